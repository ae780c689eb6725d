// The pure heart of the broker: one shard holds the sessions whose client ids hash to it, and the connections that belong to them. Bytes, events and
// time come in as arguments; effects stay behind as values that the shell picks up at the end of its turn: bytes in outboxes, connections to close or
// to move, messages for other shards, passwords to check. Threads: one thread per shard. Shards share the subscription tree with its shared
// subscriptions, the retained store and nothing else; what they tell each other goes through the shell in batches (outgoing()/deliver(),
// errands()/run()).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/index_table.hpp"
#include "base/log.hpp"
#include "base/slot_pool.hpp"
#include "broker/authentication.hpp"
#include "broker/connection.hpp"
#include "broker/crossing.hpp"
#include "broker/dirty_list.hpp"
#include "broker/durability.hpp"
#include "broker/limits.hpp"
#include "broker/message.hpp"
#include "broker/outbox.hpp"
#include "broker/retained_store.hpp"
#include "broker/route_cache.hpp"
#include "broker/session.hpp"
#include "broker/statistics.hpp"
#include "broker/subscription_tree.hpp"
#include "protocol/topic.hpp"

namespace tepore::broker {

/// What a shard tells the others' publishers, so that they do not outrun it.
struct alignas(64) shard_load {
    explicit shard_load(std::size_t shards) : strained_until(shards) {}
    /// Messages from other shards that it has not come to.
    [[nodiscard]] std::size_t backlog() const noexcept { return inbox.get() + taken.get(); }
    counter inbox;                        // written under the inbox's lock
    counter taken;                        // written by the shard's thread
    counter slow;                         // likewise: its connections whose network did not take everything
    std::vector<counter> strained_until;  // by the publishers' shard; ns of the monotonic clock: they were more than its clients take
};

/// What the shards of one broker have in common.
struct commons {
    explicit commons(unsigned shard_count, broker::limits l = {}) : limits(l), shards(shard_count), retained(l.retained), statistics(shard_count) {
        for (unsigned i = 0; i < shards; ++i) loads.emplace_back(shards);
    }
    const broker::limits limits;
    const unsigned shards;
    bool authentication = false;  // users are configured: who connects must log in
    login_rules login;            // how
    subscription_tree subscriptions;
    retained_store retained;
    std::vector<broker::statistics> statistics;  // one for each shard
    std::deque<shard_load> loads;                // likewise
};

/// A user name and password that the shell must check; it answers with shard::authenticated().
struct authentication_request {
    broker::connection* connection;
    std::string user_name;
    std::string password;
};

/// For the shard of a member of a shared subscription.
struct errand {
    std::shared_ptr<shared_group> group;
    target member = no_target;
    message_ref message;  // QoS 0: this one is for it. Null: it should fetch one that waits in the group
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
    /// `peer` lives as long as the connection does.
    connection& open(std::string_view peer, monotonic now);
    /// Bytes came. Ignored when the connection is closing.
    void receive(connection& c, byte_view bytes, monotonic now);
    /// The network connection ended. The connection is gone afterwards.
    void closed(connection& c, monotonic now);
    /// The shell finished a connection that the core wanted closed or moved. Gone afterwards.
    void release(connection& c);
    /// The outbox was written as far as the network took it: what waits in the queue may follow.
    void flushed(connection& c, monotonic now);
    void authenticated(connection& c, bool accepted, monotonic now);
    /// What has been received will be once more, here or on another shard, and is counted then.
    void forget_received(std::size_t packets, std::size_t bytes) noexcept {
        count().packets_received.sub(packets);
        count().bytes_received.sub(bytes);
    }
    /// Messages published on other shards. Returns how many were taken out of it: the rest is for the next turn.
    [[nodiscard]] std::size_t deliver(std::span<crossing> batch, monotonic now);
    /// Errands from other shards.
    void run(const std::vector<errand>& batch, monotonic now);
    /// The store settled more.
    void settled(monotonic now);
    /// The server stops: every client is told (5.0) and its connection closed; wills are published.
    void shut_down(monotonic now);

    // Time.
    void advance(monotonic now);
    /// Timers kept, those that no longer count included: at most about twice the connections and sessions.
    [[nodiscard]] std::size_t timers() const noexcept { return timers_.size(); }
    /// Connections whose packets wait for a later turn.
    [[nodiscard]] std::size_t put_offs() const noexcept { return put_offs_; }
    /// When advance() has something to do next; `never` when nothing.
    [[nodiscard]] monotonic next_deadline() const noexcept;

    // Effects since they were last taken.

    /// The next connection with bytes to send, to close, to move, or whose `reading` changed; null when none is left. What happens meanwhile may
    /// put connections back on the list, also the one just taken.
    [[nodiscard]] connection* take_dirty() noexcept { return dirty_.take(); }
    /// How many are on that list, at most.
    [[nodiscard]] std::size_t dirty() const noexcept { return dirty_.size(); }
    /// The shell has done everything that this turn brought about: who had more than a share of it has a new one.
    void turn_over() {
        // Memory is looked at after as many deliveries as one turn may have, or payloads of a sixteenth of it: less cannot take much. While it is
        // scarce, always.
        deliveries_since_judged_ += std::exchange(deliveries_, 0);
        load_.slow.set(slow_);
        count().waiting_bytes.set(pool_.bytes_in_use() + waiting_.queues + waiting_.put_off);
        const auto& limits = shared_.limits;
        if (memory_ != memory_state::free || deliveries_since_judged_ >= limits.turn_deliveries_max ||
            payload_bytes_since_judged_ >= limits.waiting_bytes_max / 16) [[unlikely]]
            judge_memory();
    }
    [[nodiscard]] std::vector<crossing>& outgoing(unsigned to_shard) noexcept { return outgoing_[to_shard]; }
    [[nodiscard]] std::vector<errand>& errands(unsigned to_shard) noexcept { return errands_[to_shard]; }
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
    void read_on(connection& c, byte_view bytes, monotonic now);
    void keep_rest(connection& c, byte_view rest, bool of_partial);
    [[nodiscard]] duration pause_now(monotonic now) const noexcept;
    [[nodiscard]] std::size_t turn_left(std::size_t deliveries) const noexcept;
    void put_off(connection& c, duration pause, monotonic now);
    void end_put_off(connection& c) noexcept;
    void go_on(connection& c, monotonic now);
    void judge_reading(connection& c) {
        const bool reading = !c.put_off && c.out.bytes() < shared_.limits.outbox_bytes_pause;
        if (reading == c.reading) [[likely]]
            return;
        c.reading = reading;
        touch(c);
    }
    void break_off_stream(connection& c, byte_view rest, const packet_fault& fault, monotonic now);
    bool handle(connection& c, const protocol::frame& f, monotonic now);
    bool on_connect(connection& c, const protocol::frame& f, monotonic now);  // shard_connect.cpp
    bool on_publish(connection& c, const protocol::frame& f, monotonic now);  // shard_publish.cpp
    enum class arrival : std::uint8_t { first, again, too_many };
    [[nodiscard]] arrival arrival_of(const connection& c, protocol::qos q, protocol::packet_id id) const noexcept;
    bool refuse_too_many(connection& c, monotonic now);
    void acknowledge(connection& c, protocol::qos q, protocol::packet_id id, protocol::reason verdict, std::string_view why);
    bool on_ack(connection& c, const protocol::frame& f, monotonic now);  // shard_acks.cpp
    bool handle_ack(connection& c, const protocol::ack& a, monotonic now);
    bool on_puback(connection& c, const protocol::ack& a, monotonic now);
    bool on_pubrec(connection& c, const protocol::ack& a, monotonic now);
    bool on_pubrel(connection& c, const protocol::ack& a);
    bool on_pubcomp(connection& c, const protocol::ack& a, monotonic now);
    using in_flight = tepore::session::outgoing_window<delivery>::entry;
    void end_delivery(connection& c, protocol::packet_id id, in_flight& e, monotonic now);
    void use_room(connection& c, monotonic now);
    bool on_subscribe(connection& c, const protocol::frame& f, monotonic now);  // shard_subscribe.cpp
    bool on_unsubscribe(connection& c, const protocol::frame& f, monotonic now);
    struct judgement {
        protocol::reason code = protocol::reason::success;
        const char* why = "";
    };
    [[nodiscard]] judgement offers(std::string_view filter) const noexcept;
    [[nodiscard]] judgement judge(const session& s, std::string_view filter) const;
    bool unsubscribe(session& s, std::string_view filter);  // false: it had no such filter
    bool on_pingreq(connection& c, const protocol::frame& f, monotonic now);
    bool on_auth(connection& c, const protocol::frame& f, monotonic now);  // shard_auth.cpp
    bool on_forbidden(connection& c, const protocol::frame& f, monotonic now);
    bool on_disconnect(connection& c, const protocol::frame& f, monotonic now);  // shard_end.cpp

    // Enhanced authentication (shard_auth.cpp). What returns bool is false when the connection is done for.
    bool begin_authentication(connection& c, const protocol::connect& p, const protocol::frame& f, monotonic now);
    bool begin_exchange(connection& c, protocol::property_view properties, monotonic now);
    bool continue_exchange(connection& c, std::string_view message, monotonic now);
    bool while_exchanging(connection& c, const protocol::frame& f, monotonic now);
    bool send_auth(connection& c, protocol::reason code, const std::optional<std::string>& data, monotonic now);
    bool fail_authentication(connection& c, protocol::reason code, const std::string& why, monotonic now);
    static void add_authentication(const connection& c, protocol::property_builder& properties);

    // CONNECT step by step.
    bool refuse(connection& c, protocol::return_code old_code, protocol::reason code, std::string_view why, monotonic now);
    bool accept(connection& c, const protocol::connect& p, std::string_view client_id, bool assigned, monotonic now);
    [[nodiscard]] std::string new_client_id();
    [[nodiscard]] session* find_session(std::string_view client_id) noexcept;
    [[nodiscard]] std::uint64_t client_hash(std::string_view client_id) const noexcept { return hash_bytes(client_id, seed_); }
    [[nodiscard]] auto client_hash_of() const noexcept {
        return [this](std::uint32_t slot) { return client_hash(sessions_[slot].client_id.view()); };
    }
    session& open_session(std::string_view client_id, bool clean, bool& present, monotonic now);
    void end_session(session& s, monotonic now);
    void resume(connection& c, monotonic now);
    void resend(connection& c, monotonic now);
    void resend_one(connection& c, protocol::packet_id id, in_flight& e, monotonic now);

    // What is retained for new subscriptions (shard_subscribe.cpp), over several turns if it is much.
    void grant(connection& c, retained_wish& wish, std::size_t deliveries_before, monotonic now);
    void keep(connection& c, retained_wish&& wish, monotonic now);
    void grant_more(connection& c, monotonic now);  // REQUIRES that it is not put off

    // Messages (shard_delivery.cpp).
    [[nodiscard]] protocol::fault resolve(connection& c, std::uint32_t alias, std::string_view& topic);
    [[nodiscard]] protocol::fault judge(const protocol::publish& p) const noexcept;
    protocol::reason publish(const message_view& m, message_ref block, monotonic now,
                             bool may_refuse = false);  // retained store, local receivers, other shards
    void route_local(const message_view& m, message_ref& block, const route& r, monotonic now);
    void route_remote(const crossing& what, const route& r);
    [[nodiscard]] bool goes_as_it_came(const protocol::frame& f, const protocol::publish& p);  // shard_pass_on.cpp
    [[nodiscard]] std::size_t pass_on(connection& c, const protocol::frame& first, byte_view packets, std::size_t deliveries_max, monotonic now);
    [[nodiscard]] bool all_keep_up(const route& r, monotonic now) const noexcept {
        return slow_ == 0 && memory_ == memory_state::free && (r.remote_shards == 0 || others_keep_up(r, now));
    }
    [[nodiscard]] bool others_keep_up(const route& r, monotonic now) const noexcept;
    void pass_on(target publisher, const alike& all, const route& r, monotonic now);
    [[nodiscard]] std::size_t pass_on_acknowledged(connection& c, const alike& all, const route& r, monotonic now);
    void pass_on_to_others(target publisher, const alike& all, const route& r);
    void pass_on_together(target publisher, const alike& all, const route& r, monotonic now);
    void pass_on_apart(target publisher, const alike& all, const route& r, monotonic now);
    void pass_on_singly(const message_view& m, const alike& all, byte_view packet, const route& r, monotonic now);
    void send_copy(connection& receiver, const alike& all, byte_view packet);
    [[nodiscard]] bool takes_as_it_came(const local_target& to, const alike& all) const noexcept;
    const route& route_of(std::string_view topic);
    void give(session& s, const message_view& m, message_ref& block, protocol::qos q, bool retain, const note_ref& note, monotonic now);
    void give_retained(session& s, delivery d, monotonic now);
    void enqueue(session& s, delivery&& d, monotonic now);
    void pump(connection& c, monotonic now);  // queue -> outbox
    void send_new(connection& c, delivery&& d, monotonic now);
    [[nodiscard]] static bool is_sent_again(const connection& c, const note_ref& note) noexcept;
    void send_unkept(connection& c, const message_view& m, const message_ref& block, protocol::qos q, bool retain, const subscription_note* note,
                     monotonic now);
    delivery& add_in_flight(connection& c, protocol::qos q, bool retain);
    static void free_place(session_flow& flow, delivery& d) noexcept;
    bool write_publish(connection& c, const message_view& m, const message_ref& block, const subscription_note* note, protocol::qos q, bool retain,
                       bool dup, protocol::packet_id id, monotonic now);
    template <bool v5>
    bool write_publish_as(connection& c, const message_view& m, const message_ref& block, const subscription_note* note, protocol::qos q, bool retain,
                          bool dup, protocol::packet_id id, monotonic now);
    /// Room for one more message, of a network that takes everything up to `usual_bytes_max`.
    [[nodiscard]] bool outbox_has_room(const connection& c, std::size_t usual_bytes_max) const noexcept {
        return c.out.bytes() < (!c.slow ? usual_bytes_max : memory_ == memory_state::full ? 0 : shared_.limits.outbox_bytes_high);
    }
    [[nodiscard]] bool holds_qos_0_back(const connection& c) const noexcept;
    /// Room in the client's window for one more message of this QoS: its receive maximum, and for 3.x QoS 2 the ten places of small clients.
    [[nodiscard]] bool window_open(const connection& c, const session_flow& f, protocol::qos q) const noexcept {
        // The second bound is for messages that wait for PUBCOMP only, since an earlier connection: they take no place of the receive maximum (4.9).
        if (f.to_resend != 0 || c.in_flight >= c.inflight_max || f.window.in_flight() >= shared_.limits.inflight_max || f.window.exhausted())
            return false;
        return q != protocol::qos::exactly_once || c.version == protocol::version::v5 || f.places_held < shared_.limits.inflight_qos2_max_v3;
    }

    // Shared subscriptions (shard_shared.cpp).
    bool join(session& s, const protocol::shared_filter& which, subscription_terms terms);  // true: it was a member
    bool leave(session& s, const protocol::shared_filter& which);                           // false: it was none
    void leave_all(session& s, monotonic now);
    void share(const message_view& m, message_ref& block, const route& r, monotonic now);
    void share_qos_0(const std::shared_ptr<shared_group>& group, const message_ref& block, monotonic now);
    bool give_qos_0(const std::shared_ptr<shared_group>& group, target who, const message_ref& block, monotonic now);
    void fetch(const std::shared_ptr<shared_group>& group, target who, monotonic now);
    bool fetch_one(shared_group& group, target who, monotonic now);
    void fetch_waiting(session& s, monotonic now);
    [[nodiscard]] membership* share_of(const shared_group& group, target who) noexcept;
    [[nodiscard]] readiness readiness_of(const session& s) const noexcept;
    bool tell_readiness(session& s) noexcept;
    void tell_less(session& s) noexcept;
    /// The session may take more than before.
    void has_room(session& s, monotonic now) {
        if (s.shares && tell_readiness(s)) fetch_waiting(s, now);
    }
    /// The session may take less than before.
    void has_less_room(session& s) noexcept {
        if (s.shares) tell_less(s);
    }

    // Answers.
    template <class Packet>
    void send(connection& c, const Packet& p);
    /// 5.0: with a Reason String, if the client wants it and has room for it. `properties` owns what the packet refers to.
    template <class Packet>
    [[nodiscard]] Packet explained(const connection& c, Packet p, protocol::property_builder& properties, std::string_view why);
    template <class Packet>
    void send_explained(connection& c, const Packet& p, protocol::property_builder& properties, std::string_view why) {
        send(c, explained(c, p, properties, why));
    }
    /// As soon as the store has what the packet promises, and not before an earlier answer.
    template <class Packet>
    void send_when_settled(connection& c, const Packet& p);
    void send_ack(connection& c, protocol::packet_type type, protocol::packet_id id, protocol::reason code);
    bool answer(connection& c, ticket needs, protocol::packet_type type, protocol::packet_id id, protocol::reason code,
                std::string_view why = {});  // false: it waits for the store
    bool answer_in_full(connection& c, ticket needs, protocol::packet_type type, protocol::packet_id id, protocol::reason code, std::string_view why);
    /// So many PUBLISH packets were put into the outbox.
    void count_sent(connection& c, std::size_t publishes = 1) {
        count().publishes_sent.add(publishes);
        count().packets_sent.add(publishes);
        touch(c);
    }
    void touch(connection& c) { dirty_.add(c); }

    // Ends (shard_end.cpp).
    bool break_off(connection& c, const packet_fault& fault, monotonic now);  // the client broke the protocol; returns false
    void close(connection& c, monotonic now);                                 // after what is in the outbox
    void say_goodbye(connection& c, protocol::reason code, std::string_view why);
    void detach(connection& c, bool with_will, monotonic now);  // session <-/-> connection
    void publish_will(session& s, monotonic now);

    // Time (shard_time.cpp).
    enum class timer_kind : std::uint8_t { connection, session, sys, put_off };
    struct timer {
        timer(monotonic at, timer_kind its_kind, std::uint32_t its_slot = 0, std::uint32_t its_generation = 0) noexcept
            : when(at), kind(its_kind), slot(its_slot & (sessions_per_shard_max - 1)), generation(its_generation) {}
        monotonic when;
        timer_kind kind : 2;
        std::uint32_t slot : 30;
        std::uint32_t generation;
        [[nodiscard]] bool operator<(const timer& other) const noexcept { return when > other.when; }  // earliest on top
    };
    [[nodiscard]] bool counts(const timer& t) const noexcept;
    void set_timer(timer t);
    void arm_timer(connection& c);
    void restart_timer(connection& c);
    void on_connection_timer(connection& c, monotonic now);
    void on_session_timer(session& s, monotonic now);
    void publish_sys(monotonic now);
    [[nodiscard]] monotonic connection_deadline(const connection& c) const noexcept;

    [[nodiscard]] broker::statistics& count() noexcept { return statistics_; }

    const unsigned index_;
    commons& shared_;
    broker::statistics& statistics_;
    shard_load& load_;
    session_store& store_;
    log_sink& log_;

    /// How much of limits::waiting_bytes_max is used.
    enum class memory_state : std::uint8_t { free, scarce, full };
    void judge_memory();
    /// Before anything depends on it: the last verdict may be old on a shard that had nothing to do.
    void judge_memory_again() {
        if (memory_ != memory_state::free && deliveries_ == 0) judge_memory();
    }
    [[nodiscard]] std::size_t waiting_bytes() const noexcept;
    [[nodiscard]] static std::int64_t in_ns(monotonic t) noexcept { return std::chrono::nanoseconds(t.time_since_epoch()).count(); }

    block_pool pool_;
    slot_pool<connection> connections_;
    std::uint32_t next_generation_ = 1;
    std::uint32_t next_serial_ = 1;

    slot_pool<session> sessions_;
    index_table by_client_id_;  // of sessions
    std::uint64_t seed_ = hash_seed();

    route_cache routes_{shared_.limits.routes_cached};
    std::vector<subscriber> matched_;          // scratch
    std::vector<message_ref> retained_found_;  // scratch
    std::vector<const local_target*> apart_;   // scratch: those who do not take a message as it came
    std::vector<std::uint8_t> kept_;           // scratch: properties of the message being published
    std::vector<timer> timers_;                // a heap
    /// Who looks through trees lets others wait, too: so many of their nodes are like a delivery.
    static constexpr std::size_t nodes_per_delivery = 8;
    std::size_t deliveries_ = 0;               // of this turn, or attempts; see limits::turn_deliveries_max
    std::size_t deliveries_since_judged_ = 0;  // see judge_memory()
    std::size_t payload_bytes_since_judged_ = 0;
    std::size_t put_offs_ = 0;  // connections that are put off
    std::size_t slowed_ = 0;    // of them
    std::size_t slow_ = 0;      // connections whose network did not take everything at the last flush
    bool last_words_ = false;   // of a connection that is gone: nothing is put off
    /// What the messages of one publisher, or of one other shard's publishers, meet with here.
    struct strain {
        std::size_t tried = 0;            // deliveries to clients of this shard
        std::size_t behind = 0;           // of them, to connected clients whose network or queue had no room
        std::uint64_t remote_shards = 0;  // where messages went besides
        bool crowded = false;             // the queue of a connected client is more than half full
    };
    [[nodiscard]] duration pause_for(const strain& met, std::size_t together) const noexcept;
    strain strain_;                // of what is being routed
    std::vector<strain> strains_;  // scratch: by shard
    struct {
        std::size_t queues = 0;
        std::size_t put_off = 0;
    } waiting_;  // bytes, beside what pool_ knows
    memory_state memory_ = memory_state::free;
    bool full_told_ = false;             // in the log, since memory was last free
    ticket promise_ = 0;                 // highest ticket that the packet being handled depends on
    bool made_room_ = false;             // what is being read has made room in its session's window; see use_room()
    const route* as_it_came_ = nullptr;  // where the PUBLISH that was handled just now is to go with pass_on(); null: it was routed
    monotonic started_{};
    bool stopping_ = false;

    dirty_list dirty_;
    std::vector<std::vector<crossing>> outgoing_;
    std::vector<std::vector<errand>> errands_;
    std::vector<authentication_request> authentication_requests_;
};

}  // namespace tepore::broker
