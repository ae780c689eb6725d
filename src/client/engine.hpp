// The MQTT client as a pure state machine: bytes in, bytes out, deadlines, events. No sockets, no threads, no clock: time is an argument.
//
//            opened            CONNACK: accepted              fault, DISCONNECT, silence
//   offline --------> greeting ----------------> online ------------------------------> closing
//      ^                 |  refused, silence       |                                       |
//      |                 +----------------> closing|  disconnect()                         |
//      +---------------------------- closed -------+---------------------------------------+
//
// How to drive it: after every call send output() and tell output_taken(); deliver take_events(); call tick() at deadline(); when wants_close(),
// close once the output is sent and tell closed(). Call it from one thread at a time. Operations may be asked for in every state; what cannot be sent
// yet waits in the bounded queue.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "client/authentication.hpp"
#include "client/event.hpp"
#include "client/incoming.hpp"
#include "client/keep_alive.hpp"
#include "client/link.hpp"
#include "client/outgoing.hpp"
#include "client/requests.hpp"
#include "protocol/frame.hpp"
#include "tepore/client.hpp"

namespace tepore::mqtt_client {

/// Answers that the broker does not read wait here: above this, wants_bytes() is false until some are taken.
inline constexpr std::size_t answers_bytes_max = 256 * 1024;

class engine {
public:
    /// REQUIRES options that fault_of() accepts, with a client id.
    explicit engine(client_options options);

    // Operations. Each non-zero id returned completes exactly once. `told` false: nobody wants to hear, the id is 0.
    operation_id publish(message m, monotonic now, bool told = true);
    operation_id subscribe(std::vector<subscription> filters, monotonic now, bool told = true, request_details details = {});
    operation_id unsubscribe(std::vector<std::string> filters, monotonic now, bool told = true, user_properties user = {});

    /// Authenticates again, without interrupting anything; a failure ends the connection.
    operation_id reauthenticate(monotonic now, bool told = true);
    /// What the user's object said to an authentication_asked event.
    void authentication_answered(std::uint32_t exchange, authentication_step step, monotonic now);

    // The connection.
    /// A new connection stands: CONNECT goes out, with `first` where client_options::authentication is given. REQUIRES offline. No CONNACK until
    /// `answer_by` ends it.
    void opened(monotonic now, monotonic answer_by, const authentication_step& first = {});
    void received(byte_view bytes, monotonic now);
    /// The connection is over, whoever ended it. `why` may be empty when wants_close() was heeded.
    void closed(std::string_view why, monotonic now);

    [[nodiscard]] byte_view output() const noexcept { return link_.out.bytes(); }
    void output_taken(std::size_t count, monotonic now);
    [[nodiscard]] bool wants_close() const noexcept { return state_ == state::closing; }
    [[nodiscard]] bool wants_bytes() const noexcept { return !paused_ && link_.out.size() <= answers_bytes_max; }
    /// The user wants no more messages for now: wants_bytes() is false, and silence does not mean that the broker is gone.
    void pause(bool yes, monotonic now);

    [[nodiscard]] monotonic deadline() const noexcept;
    void tick(monotonic now);

    [[nodiscard]] std::vector<event> take_events() { return events_.take(); }
    [[nodiscard]] bool has_events() const noexcept { return !events_.empty(); }

    // The end.
    /// Everything asked for was sent and answered.
    [[nodiscard]] bool idle() const noexcept;
    /// Says goodbye when online: DISCONNECT goes out and nothing after it [MQTT-3.14.4-2].
    void disconnect(monotonic now, const disconnect_options& how = {});
    /// Completes everything left as cancelled or unknown.
    void give_up();

    [[nodiscard]] bool online() const noexcept { return state_ == state::online; }
    /// Messages that wait in the queue.
    [[nodiscard]] std::size_t waiting() const noexcept { return outgoing_.waiting(); }

private:
    enum class state : std::uint8_t { offline, greeting, online, closing };

    void handle(const protocol::frame& f, monotonic now);
    // One for each packet that a broker may send; each returns the fault that ends the connection.
    protocol::decoded<void> on_connack(const protocol::connack& answer, monotonic now);
    protocol::decoded<void> on_disconnect(const protocol::disconnect& goodbye);

    [[nodiscard]] connected_info connection_told_by(const protocol::connack& answer) const;
    void start_closing(std::string why);
    void end_unproven(std::string why);
    void fail(const protocol::fault& fault);
    void session_lost();
    [[nodiscard]] bool asks_clean_start() const noexcept;
    [[nodiscard]] bool session_outlives_connection() const noexcept;
    void pump(monotonic now);
    [[nodiscard]] operation_id next_operation(bool told) noexcept { return told ? ++last_operation_ : 0; }
    operation_id refuse(operation_id operation, protocol::reason code, std::string text);

    client_options options_;
    state state_ = state::offline;
    std::string why_;           // why we are closing
    bool had_session_ = false;  // the broker accepted us once: 5.0 sessions may be resumed from now on
    bool paused_ = false;
    bool clean_asked_ = false;     // in the CONNECT of this connection
    monotonic answer_by_ = never;  // for CONNACK
    operation_id last_operation_ = 0;

    link link_;
    authentication authentication_;
    packet_window window_;
    outgoing outgoing_;
    requests requests_;
    incoming incoming_;
    keep_alive keep_alive_;
    outbox::position heard_to_ = 0;   // what was put into the outbox up to here was noted by keep_alive_
    std::vector<std::uint8_t> tail_;  // an incomplete packet
    event_list events_;
};

}  // namespace tepore::mqtt_client
