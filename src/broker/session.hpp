// What the broker remembers of a client, connected or not (3.1.2.4). A session lives on the shard that its client id hashes to, and so does its
// connection: nothing here is shared between threads. The parts that most sessions do not need are made when they are first used.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/short_text.hpp"
#include "broker/delivery_queue.hpp"
#include "broker/message.hpp"
#include "broker/node_set.hpp"
#include "broker/shared_group.hpp"
#include "broker/subscription_terms.hpp"
#include "broker/subscription_tree.hpp"
#include "protocol/types.hpp"
#include "session/incoming_ids.hpp"
#include "session/outgoing_window.hpp"

namespace tepore::broker {

struct connection;

/// What one SUBSCRIBE asked for and its client was not given yet: the messages that are retained for these filters.
struct retained_wish {
    std::vector<std::uint8_t> requests;  // as in the packet
    std::size_t done = 0;                // bytes of them
    note_ref note;
    bool kept = false;  // for another turn: UNSUBSCRIBE may have come since
    [[nodiscard]] bool granted() const noexcept { return done == requests.size(); }
};

struct session_flow {
    tepore::session::outgoing_window<delivery> window;  // sent, not acknowledged
    std::size_t places_held = 0;                        // QoS 2 of the window, see delivery::holds_place
    std::size_t to_resend = 0;                          // of the window: PUBLISH that the present connection has not seen yet
    std::uint64_t resend_from = 0;                      // position in the window
    tepore::session::incoming_ids incoming;             // QoS 2 received, not released
    delivery_queue queue;                               // not sent yet
    std::vector<retained_wish> retained_wishes;         // in the order of their packets
};

/// A session's place in a shared subscription.
struct membership {
    std::shared_ptr<shared_group> group;
    subscription_terms terms;
    note_ref note;
};

struct session_shares {
    std::shared_ptr<member_state> state = std::make_shared<member_state>();
    std::vector<membership> list;  // by group
    std::size_t next_turn = 0;     // in `list`: whose waiting messages are looked at first
};

/// What goes out when a connection ends without DISCONNECT.
struct session_will {
    message_ref message;
    std::uint32_t delay_s = 0;
    std::optional<std::uint32_t> expiry_s;
    monotonic due = never;  // away: when it goes out, if it is delayed
};

struct session {
    short_text client_id;
    target self = no_target;
    std::uint32_t expiry_s = 0;                // 0: ends with the connection; 0xffffffff: never
    broker::connection* connection = nullptr;  // null while away
    node_set subscriptions;                    // not the shared ones
    std::unique_ptr<session_shares> shares;    // made with the first shared subscription
    std::unique_ptr<session_flow> flow;        // made with the first QoS 1/2 message or queue entry
    std::unique_ptr<session_will> will;        // null when there is none
    monotonic expires = never;                 // away: when it ends
    protocol::version version = protocol::version::v3_1_1;
    bool drop_logged = false;  // "queue full" is said once an absence

    /// For logs: "client 'id'".
    [[nodiscard]] std::string name() const { return "client '" + std::string(client_id.view()) + '\''; }
    /// Away: when something is to be done.
    [[nodiscard]] monotonic deadline() const noexcept { return will ? std::min(will->due, expires) : expires; }
    [[nodiscard]] bool persistent() const noexcept { return expiry_s != 0; }
    [[nodiscard]] std::size_t subscription_count() const noexcept { return subscriptions.size() + (shares ? shares->list.size() : 0); }
    [[nodiscard]] session_flow& need_flow() {
        if (!flow) flow = std::make_unique<session_flow>();
        return *flow;
    }
};

}  // namespace tepore::broker
