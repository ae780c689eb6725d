// The pure heart of the broker: one shard holds the sessions whose client ids hash to it, and the connections that belong to them. Bytes, events and time come in
// as arguments; effects stay behind as values that the shell picks up at the end of its turn: bytes in outboxes, connections to close or to
// move, messages for other shards, passwords to check.
// Threads: one thread per shard. Shards share the subscription tree, the retained store and nothing else; what they tell each other goes
// through the shell in batches (outgoing()/deliver()).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "broker/connection.hpp"
#include "broker/durability.hpp"
#include "broker/limits.hpp"
#include "broker/message.hpp"
#include "broker/outbox.hpp"
#include "broker/retained_store.hpp"
#include "broker/route_cache.hpp"
#include "broker/session.hpp"
#include "broker/statistics.hpp"
#include "broker/subscription_tree.hpp"

namespace tepore::broker {

/// What the shards of one broker have in common.
struct commons {
    explicit commons(unsigned shard_count, broker::limits l = {}) : limits(l), shards(shard_count), retained(l.retained), statistics(shard_count) {}
    const broker::limits limits;
    const unsigned shards;
    bool authentication = false;  // users are configured: every CONNECT needs the shell's verdict
    subscription_tree subscriptions;
    retained_store retained;
    std::vector<broker::statistics> statistics;  // one for each shard
};

/// A user name and password that the shell must check; it answers with shard::authenticated().
struct authentication_request {
    broker::connection* connection;
    std::string user_name;
    std::string password;
};

class shard {
public:
    shard(unsigned index, commons& shared, session_store& store, log_sink& log);
    ~shard();
    shard(const shard&) = delete;
    shard& operator=(const shard&) = delete;

    // Events. `now` never goes back.

    /// Before anything else.
    void start(monotonic now);
    /// A connection was accepted. Lives until closed() or until release() after it was on the list with state closing or moving.
    connection& open(std::string peer, monotonic now);
    /// Bytes came. Ignored when the connection is closing.
    void receive(connection& c, byte_view bytes, monotonic now);
    /// The network connection ended. The connection is gone afterwards.
    void closed(connection& c, monotonic now);
    /// The shell finished a connection that the core wanted closed or moved. Gone afterwards.
    void release(connection& c);
    /// The outbox was written as far as the network took it: what waits in the queue may follow.
    void flushed(connection& c, monotonic now);
    void authenticated(connection& c, bool accepted, monotonic now);
    /// Messages published on other shards.
    void deliver(const std::vector<message_ref>& batch, monotonic now);
    /// The store settled more.
    void settled(monotonic now);
    /// The server stops: every client is told (5.0) and its connection closed; wills are published.
    void shut_down(monotonic now);

    // Time.
    void advance(monotonic now);
    /// Timers kept, those that no longer count included: at most about twice the connections and sessions.
    [[nodiscard]] std::size_t timers() const noexcept { return timers_.size(); }
    /// When advance() has something to do next; `never` when nothing.
    [[nodiscard]] monotonic next_deadline() const noexcept;

    // Effects since they were last taken.

    /// The next connection with bytes to send, to close, to move, or whose `reading` changed; null when none is left. What happens meanwhile may
    /// put connections back on the list, also the one just taken.
    [[nodiscard]] connection* take_dirty() noexcept;
    [[nodiscard]] std::vector<message_ref>& outgoing(unsigned to_shard) noexcept { return outgoing_[to_shard]; }
    [[nodiscard]] std::vector<authentication_request>& authentication_requests() noexcept { return authentication_requests_; }
    [[nodiscard]] block_pool& pool() noexcept { return pool_; }

    /// Names a connection over time: its memory may be another's later.
    struct connection_id {
        std::uint32_t slot;
        std::uint32_t serial;
    };
    [[nodiscard]] connection_id id_of(const connection& c) const noexcept { return {c.slot, c.serial}; }
    [[nodiscard]] connection* find(connection_id id) noexcept;
    [[nodiscard]] unsigned index() const noexcept { return index_; }
    /// The shard that owns a client id.
    [[nodiscard]] unsigned owner_of(std::string_view client_id) const noexcept;

private:
    using packet_fault = protocol::fault;

    // What came in (shard_receive.cpp): frames, then one handler per packet type. A handler returns false when the connection is done for.
    bool handle(connection& c, const protocol::frame& f, monotonic now);
    bool on_connect(connection& c, const protocol::frame& f, monotonic now);      // shard_connect.cpp
    bool on_publish(connection& c, const protocol::frame& f, monotonic now);      // shard_publish.cpp
    bool on_ack(connection& c, const protocol::frame& f, monotonic now);          // shard_acks.cpp
    bool on_puback(connection& c, const protocol::ack& a, monotonic now);
    bool on_pubrec(connection& c, const protocol::ack& a, monotonic now);
    bool on_pubrel(connection& c, const protocol::ack& a, monotonic now);
    bool on_pubcomp(connection& c, const protocol::ack& a, monotonic now);
    void end_delivery(connection& c, protocol::packet_id id, monotonic now);
    bool on_subscribe(connection& c, const protocol::frame& f, monotonic now);    // shard_subscribe.cpp
    bool on_unsubscribe(connection& c, const protocol::frame& f, monotonic now);
    bool on_pingreq(connection& c, const protocol::frame& f, monotonic now);
    bool on_auth(connection& c, const protocol::frame& f, monotonic now);
    bool on_forbidden(connection& c, const protocol::frame& f, monotonic now);
    bool on_disconnect(connection& c, const protocol::frame& f, monotonic now);   // shard_end.cpp

    // CONNECT step by step.
    bool refuse(connection& c, protocol::return_code old_code, protocol::reason code, std::string_view why, monotonic now);
    bool accept(connection& c, const protocol::connect& p, std::string client_id, bool assigned, monotonic now);
    [[nodiscard]] std::string new_client_id();
    session& open_session(const std::string& client_id, bool clean, bool& present, monotonic now);
    void end_session(session& s, monotonic now);
    void resume(connection& c, monotonic now);
    void resend(connection& c, monotonic now);
    void resend_one(connection& c, protocol::packet_id id, tepore::session::outgoing_window<delivery>::entry& e, monotonic now);

    // Messages (shard_delivery.cpp).
    [[nodiscard]] protocol::fault resolve(connection& c, std::uint32_t alias, std::string_view& topic);
    [[nodiscard]] protocol::fault judge(const protocol::publish& p) const noexcept;
    protocol::reason publish(const message_view& m, message_ref block, monotonic now,
                             bool may_refuse = false);                           // retained store, local receivers, other shards
    void route_local(const message_view& m, message_ref& block, const route& r, monotonic now);
    const route& route_of(std::string_view topic);
    void give(session& s, const message_view& m, message_ref& block, protocol::qos q, bool retain, monotonic now);
    void give_retained(session& s, delivery d, monotonic now);
    void enqueue(session& s, delivery d, monotonic now);
    void drop_expired(session_flow& flow, monotonic now);
    void pump(connection& c, monotonic now);                                      // queue -> outbox
    void send_new(connection& c, delivery d, monotonic now);
    bool write_publish(connection& c, const message_view& m, const message_ref& block, protocol::qos q, bool retain, bool dup, protocol::packet_id id,
                       monotonic now);
    [[nodiscard]] bool holds_qos_0_back(const connection& c) const noexcept;
    [[nodiscard]] bool window_open(const connection& c, const session_flow& f, protocol::qos q) const noexcept;

    // Answers.
    template <class Packet>
    void send(connection& c, const Packet& p);
    /// 5.0: gives the packet its properties, and a Reason String if the client wants it and has room for it.
    template <class Packet>
    static void explain(const connection& c, Packet& p, protocol::property_builder& properties, std::string_view why);
    template <class Packet>
    void send_explained(connection& c, Packet p, protocol::property_builder& properties, std::string_view why);
    void send_ack(connection& c, protocol::packet_type type, protocol::packet_id id, protocol::reason code);
    void answer(connection& c, ticket needs, protocol::packet_type type, protocol::packet_id id, protocol::reason code, std::string_view why = {});
    void touch(connection& c) {
        if (c.dirty_at != 0) return;
        dirty_.push_back(&c);
        c.dirty_at = static_cast<std::uint32_t>(dirty_.size());
    }

    // Ends (shard_end.cpp).
    bool break_off(connection& c, const packet_fault& fault, monotonic now);      // the client broke the protocol; returns false
    void close(connection& c, monotonic now);                                                    // after what is in the outbox
    void say_goodbye(connection& c, protocol::reason code, std::string_view why);
    void detach(connection& c, bool with_will, monotonic now);                    // session <-/-> connection
    void publish_will(session& s, monotonic now);

    // Time (shard_time.cpp).
    enum class timer_kind : std::uint8_t { connection, session, sys };
    struct timer {
        monotonic when;
        timer_kind kind{};
        std::uint32_t slot = 0;
        std::uint32_t generation = 0;
        [[nodiscard]] bool operator<(const timer& other) const noexcept { return when > other.when; }  // earliest on top
    };
    [[nodiscard]] bool counts(const timer& t) const noexcept;
    void set_timer(timer t);
    void restart_timer(connection& c);
    void on_connection_timer(connection& c, monotonic now);
    void on_session_timer(session& s, monotonic now);
    void publish_sys(monotonic now);
    [[nodiscard]] monotonic connection_deadline(const connection& c) const noexcept;

    [[nodiscard]] broker::statistics& count() noexcept { return shared_.statistics[index_]; }

    const unsigned index_;
    commons& shared_;
    session_store& store_;
    log_sink& log_;

    block_pool pool_;
    std::vector<std::unique_ptr<connection>> connections_;  // by slot
    std::vector<std::uint32_t> free_connections_;
    std::uint32_t next_generation_ = 1;
    std::uint32_t next_serial_ = 1;

    struct text_hash {
        using is_transparent = void;
        [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept { return hash_bytes(text, 0); }
    };
    std::vector<std::unique_ptr<session>> sessions_;  // by slot
    std::vector<std::uint32_t> free_sessions_;
    std::unordered_map<std::string_view, session*, text_hash, std::equal_to<>> by_client_id_;  // keys point into the sessions

    route_cache routes_{shared_.limits.routes_cached};
    std::vector<subscriber> matched_;        // scratch
    std::vector<message_ref> retained_found_;  // scratch
    std::vector<std::uint8_t> kept_;         // scratch: properties of the message being published
    std::vector<timer> timers_;              // a heap
    ticket promise_ = 0;                     // highest ticket that the packet being handled depends on
    monotonic started_{};
    bool stopping_ = false;

    std::vector<connection*> dirty_;  // null: ended meanwhile
    std::size_t dirty_taken_ = 0;
    std::vector<std::vector<message_ref>> outgoing_;
    std::vector<authentication_request> authentication_requests_;
};

}  // namespace tepore::broker
