// One MQTT client of the generator: the least that a broker can talk to. Pure: bytes in, bytes out, what happened through client_events. It does not
// reconnect, has no timers and no queue, so many thousands fit in one process and the broker stays the slower side.
//
// Whatever the broker does against the protocol, also an answer to nothing, is trouble, and told.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "bench/output.hpp"
#include "protocol/frame.hpp"
#include "protocol/packet.hpp"
#include "session/incoming_ids.hpp"
#include "session/outgoing_window.hpp"

namespace tepore::bench {

/// Larger packets of a broker are refused.
inline constexpr std::uint32_t packet_bytes_max = 1024 * 1024;

class lean_client;

/// What a scenario hears of its clients.
class client_events {
public:
    /// A message, at QoS 2 the first time its identifier comes. The views live until the call returns.
    virtual void on_message(lean_client& to, const protocol::publish& message, monotonic now) = 0;
    /// A message of ours is settled (QoS 1 and 2), or a SUBSCRIBE or UNSUBSCRIBE is.
    virtual void on_settled(lean_client&) {}
    /// The turn ends and the client has something to send, or was woken: what is said now goes with it.
    virtual void on_turn(lean_client&) {}
    /// The broker broke the protocol, refused, or there is no connection to it.
    virtual void on_trouble(lean_client&, std::string_view what) = 0;
    /// The broker ended a connection that was up: by DISCONNECT (5.0) or by closing. Once for each connection.
    virtual void on_closed(lean_client& c, std::string_view why) { on_trouble(c, why); }

protected:
    ~client_events() = default;
};

/// Clients that have something to send, or to think about, when the turn ends.
using turn_list = std::vector<lean_client*>;

enum class client_state : std::uint8_t { closed, opening, connecting, up, leaving };

/// How all clients of a run present themselves.
struct login {
    protocol::version version = protocol::version::v3_1_1;
    std::optional<std::string> user;
    std::optional<std::string> password;
};

/// A session that is kept while its client is away: long enough for every run, short enough not to stay for ever (5.0).
inline constexpr std::uint32_t kept_session_s = 3600;

class lean_client {
public:
    /// `serial` numbers all clients of the run from 0, `index` those of one role. The references must outlive the client.
    lean_client(client_events& events, turn_list& awake, const bench::login& login, std::string client_id, std::uint32_t serial, std::uint32_t index)
        : events_(events), awake_(awake), login_(login), client_id_(std::move(client_id)), serial_(serial), index_(index) {}
    lean_client(const lean_client&) = delete;
    lean_client& operator=(const lean_client&) = delete;

    [[nodiscard]] std::uint32_t serial() const noexcept { return serial_; }
    [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
    [[nodiscard]] client_state state() const noexcept { return state_; }
    [[nodiscard]] bool is_up() const noexcept { return state_ == client_state::up; }
    /// In this connection or one before.
    [[nodiscard]] bool was_up() const noexcept { return was_up_; }
    [[nodiscard]] bool session_present() const noexcept { return session_present_; }
    [[nodiscard]] protocol::version version() const noexcept { return login_.version; }
    /// Packets that wait for an answer: messages of QoS 1 and 2, SUBSCRIBE, UNSUBSCRIBE.
    [[nodiscard]] std::size_t unsettled() const noexcept { return sent_.in_flight(); }
    /// How many messages of QoS 1 and 2 the broker takes at once.
    [[nodiscard]] std::uint32_t receive_maximum() const noexcept { return receive_maximum_; }
    /// Whether one more of QoS 1 or 2 may go, to the broker's mind and with at most `unsettled_max` of them unsettled.
    [[nodiscard]] bool may_publish(std::size_t unsettled_max) const noexcept { return unsettled() < unsettled_max && unsettled() < receive_maximum_; }

    /// For the world: what the network may hold for this client while it does not read. 0: as much as the system likes.
    void limit_receive_buffer(std::uint32_t bytes) noexcept { receive_buffer_bytes_ = bytes; }
    [[nodiscard]] std::uint32_t receive_buffer_bytes() const noexcept { return receive_buffer_bytes_; }

    /// Puts the client on the list of this turn.
    void wake() {
        if (std::exchange(is_awake_, true)) return;
        awake_.push_back(this);
    }

    // What the scenario says. REQUIRES is_up() but for keep_session().
    /// From the next connection on: a session that outlives it.
    void keep_session(bool kept) noexcept { session_kept_ = kept; }
    void subscribe(std::span<const std::string> filters, protocol::qos qos);
    void unsubscribe(std::span<const std::string> filters);
    /// The identifier for a message of QoS 1 or 2 that the caller then writes into output().
    [[nodiscard]] protocol::packet_id begin_publish(protocol::qos qos) { return sent_.add({}, session::first_phase(qos)); }
    void publish(const protocol::publish& message);
    void disconnect();

    // What the connection says.
    void note_opening() noexcept { state_ = client_state::opening; }
    void opened();
    void take(byte_view bytes, monotonic now);
    /// The connection is over; `why` is empty for an orderly end. Expected while leaving.
    void ended(std::string_view why);
    /// Nothing is left of the connection, and nothing is told.
    void reset() noexcept;
    /// The turn ends. What is said in on_turn() goes with it, so it wakes nobody.
    void end_turn() {
        events_.on_turn(*this);
        is_awake_ = false;
    }
    [[nodiscard]] bench::output& output() noexcept { return output_; }
    [[nodiscard]] const bench::output& output() const noexcept { return output_; }

private:
    struct nothing {};

    [[nodiscard]] byte_view complete_tail(byte_view bytes, monotonic now);
    /// What is left is the beginning of a packet.
    [[nodiscard]] byte_view take_whole(byte_view bytes, monotonic now);
    void take_packet(const protocol::frame& f, monotonic now);
    void take_connack(const protocol::frame& f);
    void take_publish(const protocol::frame& f, monotonic now);
    void take_ack(const protocol::frame& f);
    void take_pubrel(protocol::packet_id id);
    void take_codes(protocol::packet_id id, session::phase waited_for, byte_view codes);
    void settle(protocol::packet_id id);
    void answer(protocol::packet_type type, protocol::packet_id id);
    template <class Packet>
    void say(const Packet& p);
    void trouble(std::string_view what);
    void trouble(const protocol::fault& f);

    client_events& events_;
    turn_list& awake_;
    const bench::login& login_;
    std::string client_id_;
    std::uint32_t serial_;
    std::uint32_t index_;
    std::uint32_t receive_buffer_bytes_ = 0;
    std::uint16_t receive_maximum_ = 65'535;
    client_state state_ = client_state::closed;
    bool is_awake_ = false;
    bool session_kept_ = false;
    bool session_present_ = false;
    bool was_up_ = false;
    bench::output output_;
    std::vector<std::uint8_t> tail_;  // the beginning of a packet whose rest has not come
    session::outgoing_window<nothing> sent_;
    session::incoming_ids received_;  // QoS 2
};

}  // namespace tepore::bench
