// A broker as the specification describes it: one map of sessions, one of retained messages, no optimisation. It is given the packets that the
// clients send, and the packets that the broker under test sends to them; it says what was not allowed, missing or late. What the standard leaves
// open is open here too, as narrowly as possible; each such place cites what leaves it open. What Tepore has decided where it was free is marked with
// CHOICE. Pure: time comes in, one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/message.hpp"
#include "protocol/packet.hpp"
#include "protocol/types.hpp"

namespace tepore::model {

/// How the broker under test is configured.
struct model_limits {
    std::uint16_t receive_maximum = 100;      // towards the broker
    std::uint16_t inflight_max = 100;         // CHOICE: in flight to one client
    std::uint16_t inflight_qos2_max_v3 = 10;  // CHOICE: docs/decisions/0012
    std::size_t queue_messages_max = 1000;
};

struct subscription {
    protocol::subscription_options options;
    std::optional<std::uint32_t> identifier;
    std::string topics;  // the filter without "$share/NAME/"
    bool shared = false;
};

/// A message that one member of a group has to get.
struct shared_message {
    message_ref what;
    std::uint64_t order = 0;
    bool certain = true;
    bool given_back = false;  // by a session that ended: it has no order with others any more
};

/// A QoS 1 or 2 message that was sent to the client and is not acknowledged to the end.
struct flight {
    protocol::packet_id id = 0;
    delivery what;
    bool released = false;     // PUBREC came: PUBREL is the next thing to send
    bool must_resend = false;  // a new connection, on which this has not been sent again yet
    bool here = true;          // PUBLISH was sent on the present connection
};

struct stored_will {
    message what;
    std::uint32_t delay_s = 0;
    monotonic due = never;  // once the connection is gone
};

struct connection;

struct session {
    std::string client_id;
    std::uint32_t expiry_s = 0;
    connection* online = nullptr;
    monotonic ends = never;
    std::map<std::string, subscription> subscriptions;  // by filter as it was sent
    std::deque<delivery> waiting;
    std::deque<flight> flights;                // in the order of first sending
    std::deque<protocol::packet_id> releases;  // of flights to send PUBREL for again, in the order in which PUBREC came
    std::set<protocol::packet_id> received;    // QoS 2 from the client, not released
    std::optional<stored_will> will;
};

/// What the broker has to send as an answer to a packet.
struct answer {
    protocol::packet_type type{};
    protocol::packet_id id = 0;
    bool session_present = false;
    bool perhaps_no_subscribers = false;  // 0x10 is as good as success (3.4.2.1, 3.5.2.1)
    std::string codes;
};

struct connection {
    std::string name;  // for people
    protocol::version version = protocol::version::v3_1_1;
    model::session* session = nullptr;
    bool accepted = false;                    // CONNACK was seen
    bool closing = false;                     // the broker has to close, or has closed
    std::optional<protocol::reason> goodbye;  // the DISCONNECT that has to come before (5.0)
    std::uint32_t receive_maximum = 65'535;   // of the client
    std::uint32_t packet_bytes_max = 0;       // of the client; 0: any
    std::uint32_t alias_maximum = 0;          // of the client
    std::uint16_t keep_alive_s = 0;
    bool problem_information = true;
    monotonic last_packet;
    std::deque<answer> answers;  // to come, in this order
    std::map<std::uint32_t, std::string> aliases_out;
    std::map<std::uint32_t, std::string> aliases_in;
    std::set<protocol::packet_id> received_here;  // QoS 2, counts for Receive Maximum
};

class broker_model {
public:
    broker_model(model_limits limits, monotonic now) : limits_(limits), now_(now) {}

    // What clients do. A packet of a connection that the model closed is ignored.

    void connect(connection& c, const protocol::connect& p);
    void publish(connection& c, const protocol::publish& p);
    void acknowledge(connection& c, const protocol::ack& p);
    void subscribe(connection& c, const protocol::subscribe& p);
    void unsubscribe(connection& c, const protocol::unsubscribe& p);
    void ping(connection& c);
    void disconnect(connection& c, const protocol::disconnect& p);
    void drop(connection& c);  // the network connection ended without DISCONNECT

    // Time.

    [[nodiscard]] monotonic now() const { return now_; }
    /// When the next thing happens by itself.
    [[nodiscard]] monotonic next_deadline() const;
    void advance(monotonic to);

    // What the broker under test does.

    /// It sent `p` to `c`; `bytes` on the wire.
    void saw(connection& c, const protocol::packet& p, std::size_t bytes);
    void saw_close(connection& c);
    void saw_nonsense(connection& c, std::string_view what);
    /// Nothing more comes to `c` before something else happens.
    void settled(connection& c, bool closed);
    /// The same of all connections.
    void settled();
    /// The first thing that was wrong.
    [[nodiscard]] const std::optional<std::string>& difference() const { return difference_; }

    // What CONNACK said (5.0), the same in all of them.

    [[nodiscard]] std::uint32_t alias_maximum() const { return alias_maximum_.value_or(0); }
    [[nodiscard]] const std::map<std::string, session>& sessions() const { return sessions_; }

private:
    // Connections and sessions (model_connect.cpp).
    void start(connection& c, session& s, const protocol::connect& p, bool present);
    void detach(connection& c, bool with_will);
    void end_session(const std::string& client_id);
    void publish_will(session& s);
    void refuse(connection& c, protocol::reason code);
    bool alive(connection& c);
    [[nodiscard]] monotonic keep_alive_end(const connection& c) const;

    // Messages (model_publish.cpp).
    bool resolve_alias(connection& c, const protocol::publish& p, const publish_properties& properties, std::string& topic);
    /// Returns whether a subscription matched.
    bool route(message m);
    std::optional<delivery> delivery_for(const session& s, const message_ref& m) const;
    void give(session& s, delivery d);
    /// Whether nothing may hold the broker back from sending one more message of QoS 1 or 2.
    [[nodiscard]] bool has_room(const session& s) const;

    // Shared subscriptions (model_shared.cpp).
    bool route_shared(const message_ref& m);
    void put(const std::string& group, shared_message m);
    [[nodiscard]] delivery delivery_to_member(const subscription& s, const std::string& group, const shared_message& m) const;
    [[nodiscard]] bool can_take(const session& s, const delivery& d) const;
    bool saw_shared(connection& c, const protocol::publish& p, const publish_properties& properties, std::string_view topic, std::string& why);
    bool saw_from_groups(bool certain, connection& c, const protocol::publish& p, const publish_properties& properties, std::string_view topic,
                         std::string& why);
    bool saw_from(const std::string& group, const subscription& sub, bool certain, connection& c, const protocol::publish& p,
                  const publish_properties& properties, std::string_view topic, std::string& why);
    [[nodiscard]] const session* taker(const std::string& group, const shared_message& m) const;
    void settle_group(const std::string& group, std::deque<shared_message>& waiting);
    void leave_group(const std::string& group);
    /// Not acknowledged by a session that ended.
    void give_back(const session& s);
    bool begin_flight(connection& c, const protocol::publish& p, const delivery& d);
    [[nodiscard]] std::size_t window(const connection& c) const;
    [[nodiscard]] bool window_full(const connection& c) const;

    // What clients may see (model_check.cpp, model_check_publish.cpp).
    void saw_connack(connection& c, const protocol::connack& p);
    void saw_ack(connection& c, const protocol::ack& p);
    void saw_pubrel(connection& c, const protocol::ack& p);
    void saw_codes(connection& c, protocol::packet_type type, protocol::packet_id id, byte_view codes);
    void saw_disconnect(connection& c, const protocol::disconnect& p);
    bool take_answer(connection& c, protocol::packet_type type, protocol::packet_id id, answer& found);
    void saw_publish(connection& c, const protocol::publish& p);
    void saw_again(connection& c, const protocol::publish& p, const publish_properties& properties);
    [[nodiscard]] std::string mismatch(const delivery& d, const protocol::publish& p, const publish_properties& properties, protocol::version v,
                                       std::string_view topic, bool again) const;
    void settled_messages(connection& c);
    void complain(const connection& c, std::string text);

    const model_limits limits_;
    monotonic now_;
    std::uint64_t order_ = 0;
    std::uint64_t nameless_ = 0;
    std::map<std::string, session> sessions_;                   // by client id
    std::map<std::string, message_ref> retained_;               // by topic
    std::map<std::string, std::deque<shared_message>> groups_;  // by filter with "$share": what waits for a member, in order
    std::string between_;                                       // the client id that is just being taken over
    std::optional<std::uint32_t> alias_maximum_;
    std::optional<std::string> difference_;
};

}  // namespace tepore::model
