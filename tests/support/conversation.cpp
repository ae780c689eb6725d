#include "support/conversation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <span>

#include "base/log.hpp"
#include "broker/shard.hpp"
#include "protocol/codec.hpp"

namespace tepore::testing {

using protocol::packet_type;
using protocol::qos;
using protocol::version;

struct peer::state {
    std::weak_ptr<broker_room::impl> room;
    protocol::version version = version::v3_1_1;
    broker::connection* connection = nullptr;  // null once it ended
    unsigned shard = 0;
    bool closed_by_broker = false;
    std::vector<std::uint8_t> inbox;  // from the broker, not taken yet
    bool stalled = false;
    protocol::packet_id last_id = 0;
    protocol::packet_id take_id() noexcept { return last_id = static_cast<protocol::packet_id>(last_id % 65'535 + 1); }
    std::shared_ptr<std::vector<std::uint8_t>> last;  // what the views of the last packet point into
};

struct broker_room::impl {
    explicit impl(const room_options& options) : shared(options.shards, limits_of(options)), users(options.users) {
        shared.authentication = !users.empty();
        if (shared.authentication) shared.login = login_of(options);
        for (unsigned i = 0; i < options.shards; ++i) shards.push_back(std::make_unique<broker::shard>(i, shared, store, silent_log()));
        for (auto& s : shards) s->start(now);
        settle();
    }

    [[nodiscard]] static broker::limits limits_of(const room_options& o) {
        broker::limits l;
        l.packet_bytes_max = o.packet_bytes_max;
        l.receive_maximum = o.receive_maximum;
        l.queue_messages_max = o.queue_messages_max;
        l.queue_bytes_max = o.queue_bytes_max;
        l.retained.messages_max = o.retained_messages_max;
        if (o.adjust) o.adjust(l);
        return l;
    }

    [[nodiscard]] static broker::login_rules login_of(const room_options& o) {
        broker::login_rules rules;
        rules.passwords = o.password_login;
        if (!o.scram) return rules;
        broker::scram_accounts::table known;
        for (const auto& [name, password] : o.users) {
            const auto salt = sasl::sha256(as_bytes("salt of " + name));
            if (o.without_verifier.contains(name))
                known.emplace(name, std::nullopt);
            else
                known.emplace(name, sasl::make_verifier(password, byte_view(salt).first(16), sasl::iterations_min));
        }
        rules.scram = std::make_shared<const broker::scram_accounts>(std::move(known), sasl::sha256(as_bytes("secret")));
        rules.nonce = [count = 0]() mutable { return "server" + std::to_string(++count); };
        return rules;
    }

    /// Plays the shell: moves bytes, connections and messages until nothing more happens.
    void settle() {
        for (bool busy = true; busy;) {
            busy = false;
            for (auto& s : shards) {
                busy |= look_after(*s);
                for (const auto& r : std::exchange(s->authentication_requests(), {})) {
                    const auto known = users.find(r.user_name);
                    s->authenticated(*r.connection, known != users.end() && known->second == r.password, now);
                    busy = true;
                }
                for (unsigned to = 0; to < shards.size(); ++to) {
                    auto messages = std::exchange(s->outgoing(to), {});
                    const auto errands = std::exchange(s->errands(to), {});
                    for (std::size_t taken = 0; taken < messages.size();) {
                        taken += shards[to]->deliver(std::span(messages).subspan(taken), now);
                        shards[to]->turn_over();
                    }
                    shards[to]->run(errands, now);
                    busy |= !messages.empty() || !errands.empty();
                }
                s->turn_over();
                if (s->put_offs() != 0 && s->next_deadline() <= now + duration(1)) {  // the next turn
                    s->advance(now += duration(1));
                    busy = true;
                }
            }
        }
    }

    void flush(broker::connection& c) {
        auto& p = *static_cast<peer::state*>(c.shell);
        auto& s = *shards[p.shard];
        if (p.stalled) return s.flushed(c, now);
        while (!c.out.empty()) {
            iovec part{};
            (void)c.out.gather({&part, 1});
            const auto* bytes = static_cast<const std::uint8_t*>(part.iov_base);
            p.inbox.insert(p.inbox.end(), bytes, bytes + part.iov_len);
            c.out.consume(part.iov_len, s.pool());
            s.flushed(c, now);
        }
    }

    bool look_after(broker::shard& s) {
        bool any = false;
        while (auto* c = s.take_dirty()) {
            any = true;
            auto& p = *static_cast<peer::state*>(c->shell);
            flush(*c);
            if (c->state == broker::connection_state::moving) {
                const auto bytes = std::move(c->partial);
                s.forget_received(1, bytes.size());
                p.shard = c->move_to;
                const auto label = c->peer;  // a literal
                s.release(*c);
                p.connection = &shards[p.shard]->open(label, now);
                p.connection->shell = &p;
                shards[p.shard]->receive(*p.connection, bytes, now);
            } else if (c->state == broker::connection_state::closing && (c->out.empty() || c->abandoned)) {
                p.connection = nullptr;
                p.closed_by_broker = true;
                s.release(*c);
            }
        }
        return any;
    }

    broker::commons shared;
    std::map<std::string, std::string> users;
    broker::memory_store store;
    std::vector<std::unique_ptr<broker::shard>> shards;
    std::vector<std::shared_ptr<peer::state>> peers;
    monotonic now = monotonic{} + std::chrono::hours(1);
    unsigned next_shard = 0;
};

namespace {

std::shared_ptr<broker_room::impl> room_of(const std::weak_ptr<broker_room::impl>& room) {
    auto r = room.lock();
    REQUIRE_MESSAGE(r, "the broker_room is gone");
    return r;
}

template <class Packet>
std::vector<std::uint8_t> encoded(const Packet& p, version v) {
    std::vector<std::uint8_t> bytes(protocol::encoded_size(p, v));
    REQUIRE(!bytes.empty());
    protocol::encode(p, v, bytes);
    return bytes;
}

template <class Packet>
Packet expect(peer& p, const char* name) {
    auto got = p.next();
    REQUIRE_MESSAGE(got, "expected ", name, ", but nothing came");
    REQUIRE_MESSAGE(std::holds_alternative<Packet>(got->packet), "expected ", name, ", but packet type ", (*got->bytes)[0] >> 4, " came");
    return std::get<Packet>(got->packet);
}

}  // namespace

broker_room::broker_room(room_options options) : impl_(std::make_shared<impl>(options)) {}
broker_room::~broker_room() = default;

peer broker_room::open() {
    auto s = std::make_shared<peer::state>();
    s->room = impl_;
    s->shard = impl_->next_shard++ % static_cast<unsigned>(impl_->shards.size());
    s->connection = &impl_->shards[s->shard]->open("test", impl_->now);
    s->connection->shell = s.get();
    impl_->peers.push_back(s);
    return peer(std::move(s));
}

peer broker_room::connect(std::string_view client_id, connect_options options, bool* session_present) {
    auto p = open();
    protocol::connect packet;
    packet.version = options.version;
    packet.clean_start = options.clean;
    packet.keep_alive_s = options.keep_alive_s;
    packet.client_id = client_id;
    packet.will = options.will;
    if (options.user_name) packet.user_name = *options.user_name;
    if (options.password) packet.password = as_bytes(*options.password);
    packet.properties = protocol::property_view(options.properties);
    p.send(packet);
    const auto answer = p.expect_connack();
    REQUIRE(answer.code == 0);
    if (session_present != nullptr) *session_present = answer.session_present;
    return p;
}

void broker_room::shut_down() {
    for (auto& s : impl_->shards) s->shut_down(impl_->now);
    impl_->settle();
}

std::size_t broker_room::timers() const {
    std::size_t sum = 0;
    for (const auto& s : impl_->shards) sum += s->timers();
    return sum;
}

void broker_room::advance(duration by) {
    const auto until = impl_->now + by;
    for (;;) {
        auto next = until;
        for (auto& s : impl_->shards) next = std::min(next, std::max(s->next_deadline(), impl_->now));
        impl_->now = next;
        for (auto& s : impl_->shards) s->advance(next);
        impl_->settle();
        const bool due = std::ranges::any_of(impl_->shards, [&](auto& s) { return s->next_deadline() <= until; });
        if (next == until && !due) return;
    }
}

void peer::send(byte_view bytes) {
    auto room = room_of(state_->room);
    if (state_->connection == nullptr) return;  // as on a socket: bytes to a closed connection are lost
    room->shards[state_->shard]->receive(*state_->connection, bytes, room->now);
    room->settle();
}
void peer::send(std::initializer_list<std::uint8_t> bytes) {
    send(byte_view{bytes.begin(), bytes.size()});
}
void peer::send(const protocol::connect& p) {
    state_->version = p.version;
    std::vector<std::uint8_t> bytes(protocol::encoded_size(p));
    REQUIRE(!bytes.empty());
    protocol::encode(p, bytes);
    send(byte_view(bytes));
}
void peer::send(const protocol::publish& p) {
    send(byte_view(encoded(p, state_->version)));
}
void peer::send(const protocol::ack& p) {
    send(byte_view(encoded(p, state_->version)));
}
void peer::send(const protocol::subscribe& p) {
    send(byte_view(encoded(p, state_->version)));
}
void peer::send(const protocol::unsubscribe& p) {
    send(byte_view(encoded(p, state_->version)));
}
void peer::send(const protocol::disconnect& p) {
    send(byte_view(encoded(p, state_->version)));
}
void peer::send(const protocol::auth& p) {
    send(byte_view(encoded(p, state_->version)));
}
void peer::send_pingreq() {
    send({0xC0, 0x00});
}
void peer::stall(bool stalled) {
    auto room = room_of(state_->room);
    state_->stalled = stalled;
    if (stalled || state_->connection == nullptr) return;
    room->flush(*state_->connection);
    room->settle();
}

std::optional<received> peer::next() {
    const auto found = protocol::next_frame(state_->inbox, protocol::remaining_length_max);
    REQUIRE(found.state != protocol::frame_state::broken);
    if (found.state == protocol::frame_state::incomplete) {
        REQUIRE_MESSAGE(state_->inbox.empty(), "the broker sent an incomplete packet");
        return std::nullopt;
    }
    const auto size = found.frame.whole.size();
    auto bytes = std::make_shared<std::vector<std::uint8_t>>(state_->inbox.begin(), state_->inbox.begin() + static_cast<std::ptrdiff_t>(size));
    state_->inbox.erase(state_->inbox.begin(), state_->inbox.begin() + static_cast<std::ptrdiff_t>(size));
    state_->last = bytes;
    const auto again = protocol::next_frame(*bytes, protocol::remaining_length_max);
    const auto packet = protocol::decode(again.frame, state_->version, protocol::direction::server_to_client);
    REQUIRE_MESSAGE(packet, "the broker sent a bad packet: ", packet.error().what);
    return received{bytes, *packet};
}

protocol::connack peer::expect_connack() {
    return expect<protocol::connack>(*this, "CONNACK");
}

received_publish peer::expect_publish() {
    const auto p = expect<protocol::publish>(*this, "PUBLISH");
    const auto properties = p.properties.bytes();
    return {std::string(p.topic), std::string(as_text(p.payload)), p.qos, p.retain, p.dup, p.id, {properties.begin(), properties.end()}};
}

protocol::ack peer::expect_ack(packet_type type) {
    const auto a = expect<protocol::ack>(*this, "an acknowledgement");
    REQUIRE(static_cast<int>(a.type) == static_cast<int>(type));
    return a;
}

std::vector<std::uint8_t> peer::expect_suback(protocol::packet_id id) {
    const auto a = expect<protocol::suback>(*this, "SUBACK");
    REQUIRE(a.id == id);
    return {a.codes.begin(), a.codes.end()};
}

std::vector<std::uint8_t> peer::expect_unsuback(protocol::packet_id id) {
    const auto a = expect<protocol::unsuback>(*this, "UNSUBACK");
    REQUIRE(a.id == id);
    return {a.codes.begin(), a.codes.end()};
}

void peer::expect_pingresp() {
    (void)expect<protocol::pingresp>(*this, "PINGRESP");
}
protocol::disconnect peer::expect_disconnect() {
    return expect<protocol::disconnect>(*this, "DISCONNECT");
}
bool peer::silent() {
    return state_->inbox.empty() && !state_->closed_by_broker;
}
bool peer::closed() {
    return state_->inbox.empty() && state_->closed_by_broker;
}
std::vector<std::uint8_t> peer::raw() {
    return std::exchange(state_->inbox, {});
}

std::uint8_t peer::subscribe(std::string_view filter, qos q) {
    std::vector<std::uint8_t> list;
    protocol::subscription_list::append(list, filter, {.qos = q});
    const auto id = state_->take_id();
    send(protocol::subscribe{id, {}, protocol::subscription_list(list)});
    const auto codes = expect_suback(id);
    REQUIRE(codes.size() == 1);
    return codes[0];
}

void peer::unsubscribe(std::string_view filter) {
    std::vector<std::uint8_t> list;
    protocol::filter_list::append(list, filter);
    const auto id = state_->take_id();
    send(protocol::unsubscribe{id, {}, protocol::filter_list(list)});
    (void)expect_unsuback(id);
}

void peer::publish(std::string_view topic, std::string_view payload, qos q, bool retain) {
    protocol::publish p{.topic = topic, .payload = as_bytes(payload), .qos = q, .retain = retain};
    if (q != qos::at_most_once) p.id = state_->take_id();
    send(p);
    if (q == qos::at_least_once) REQUIRE(expect_ack(packet_type::puback).id == p.id);
    if (q == qos::exactly_once) {
        REQUIRE(expect_ack(packet_type::pubrec).id == p.id);
        send(protocol::ack{.type = packet_type::pubrel, .id = p.id});
        REQUIRE(expect_ack(packet_type::pubcomp).id == p.id);
    }
}

received_publish peer::take() {
    auto p = expect_publish();
    if (p.qos == qos::at_least_once) send(protocol::ack{.type = packet_type::puback, .id = p.id});
    if (p.qos == qos::exactly_once) {
        send(protocol::ack{.type = packet_type::pubrec, .id = p.id});
        // Other messages may have come before the answer: they stay where they are.
        const std::vector<std::uint8_t> pubrel{0x62, 2, static_cast<std::uint8_t>(p.id >> 8), static_cast<std::uint8_t>(p.id)};
        const auto at = std::ranges::search(state_->inbox, pubrel);
        REQUIRE_MESSAGE(!at.empty(), "expected PUBREL");
        state_->inbox.erase(at.begin(), at.end());
        send(protocol::ack{.type = packet_type::pubcomp, .id = p.id});
    }
    return p;
}

void peer::drop(byte_view last) {
    auto room = room_of(state_->room);
    if (state_->connection == nullptr) return;
    if (!last.empty()) room->shards[state_->shard]->receive(*state_->connection, last, room->now);
    auto* c = std::exchange(state_->connection, nullptr);
    room->shards[state_->shard]->closed(*c, room->now);
    room->settle();
}

void peer::disconnect() {
    send(protocol::disconnect{});
    if (state_->connection != nullptr) drop();
}

void peer::set_version(version v) {
    state_->version = v;
}

}  // namespace tepore::testing
