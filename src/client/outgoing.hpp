// Messages to the broker: the bounded queue, the sender's half of QoS 1 and 2, and what becomes of them when connection or session is lost.
//
//              accept              pump                       answer
//   (user) ---------> waiting ---------------> in flight ---------------> told: acknowledged or refused
//                        ^  | too old: expired     |
//                        |                         | connection lost
//                        +--- never left us -------+--- session kept: same packet again, DUP, original order [MQTT-4.4.0-1]
//                        +--- QoS 1, session lost -+
//                                                  +--- QoS 2, session lost: told unknown
//
// Why QoS 1 and 2 part when the session is lost: the specification makes us discard the session state, packet identifiers and all
// [MQTT-3.1.2-6] [MQTT5-3.2.2-5]. The message itself is the user's. At QoS 1 it may be published anew, as a new packet, for a second copy
// is within what "at least once" says. At QoS 2 nobody can know whether the broker passed it on, and a second copy would break
// "exactly once": only the user can decide, so the user is told.
//
// Bounds: what waits is bounded in messages (queue_messages_max); what waits or flies is bounded in bytes (queue_bytes_max). What flies is bounded in
// packets by inflight_max and the broker's receive maximum. Messages that come back to the queue are kept even above the first bound.
#pragma once

#include <deque>
#include <vector>

#include "base/clock.hpp"
#include "client/event.hpp"
#include "client/link.hpp"
#include "client/outgoing_aliases.hpp"
#include "session/outgoing_window.hpp"

namespace tepore::mqtt_client {

struct held_message {
    message content;  // emptied when PUBREC came: from then on only the identifier counts [MQTT-4.3.3-1]
    operation_id operation = 0;
    std::size_t bytes = 0;
    monotonic expires = never;
    bool left_us = false;        // some of this packet may have reached the network, on this connection or an earlier one
    bool sent_before = false;    // some of an earlier packet with this content may have
    outbox::position begin = 0;  // where its latest PUBLISH begins
    std::uint64_t released = 0;  // order of PUBRECs
};

/// Shared with SUBSCRIBE and UNSUBSCRIBE, for the identifiers are.
using packet_window = session::outgoing_window<held_message>;

class outgoing {
public:
    outgoing(const client_options& options, packet_window& window);

    /// True when there is room for another `bytes`.
    [[nodiscard]] bool room_for(std::size_t bytes) const noexcept;
    /// REQUIRES a valid message and room for it.
    void accept(message m, operation_id operation, monotonic now);
    [[nodiscard]] static std::size_t cost_of(const message& m) noexcept;
    /// For other requests that share the bounds of the queue.
    void reserve(std::size_t bytes) noexcept;
    void unreserve(std::size_t bytes) noexcept;

    /// Sends what may be sent now: first what the session must repeat, then what waits, in order.
    void pump(link& link, monotonic now, event_list& events);
    /// A fault when the broker answers with the wrong kind of packet. An answer to nothing changes nothing.
    [[nodiscard]] protocol::decoded<void> on_ack(const protocol::ack& answer, link& link, event_list& events);
    /// The network took everything before `position`.
    void taken(outbox::position position, event_list& events);

    void connection_begins(const server_limits& limits);
    void connection_lost(outbox::position taken_to, event_list& events);
    /// After CONNACK. Repeats PUBRELs at once; PUBLISHes follow by pump().
    void session_resumed(link& link);
    void session_lost(event_list& events);

    [[nodiscard]] monotonic next_expiry() const noexcept { return next_expiry_; }
    void expire(monotonic now, event_list& events);
    /// Everything left completes: cancelled when it never left us, else unknown.
    void give_up(event_list& events);
    [[nodiscard]] bool idle() const noexcept { return waiting_.empty() && flying_ == 0 && leaving_.empty(); }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

private:
    [[nodiscard]] bool window_open(const link& link) const noexcept;
    void resend(link& link, event_list& events);
    /// False when the message must wait.
    [[nodiscard]] bool send(held_message& held, link& link, monotonic now, event_list& events);
    void finish(protocol::packet_id id, operation_result result, event_list& events);
    void back_to_queue(std::vector<protocol::packet_id> ids);

    struct leaving {
        outbox::position end;
        operation_id operation;
    };

    const std::size_t messages_max_;
    const std::size_t bytes_max_;
    const std::size_t inflight_max_;
    const std::uint16_t aliases_max_;
    packet_window& window_;
    std::deque<held_message> waiting_;
    std::deque<leaving> leaving_;                // QoS 0 put into the outbox, not yet taken by the network
    std::deque<protocol::packet_id> to_resend_;  // PUBLISHes of the resumed session, in original order
    outgoing_aliases aliases_;
    std::size_t flying_ = 0;    // PUBLISHes of QoS 1 and 2 in the window
    std::size_t bytes_ = 0;     // of everything waiting or flying, and reserved
    std::size_t reserved_ = 0;  // requests that count as messages
    std::uint64_t releases_ = 0;
    monotonic next_expiry_ = never;
};

}  // namespace tepore::mqtt_client
