#include "fuzz/stage.hpp"

#include <algorithm>
#include <span>

#include "protocol/topic.hpp"
#include "sasl/hash.hpp"
#include "sasl/scram.hpp"

namespace tepore::fuzz {

using protocol::packet_type;
using protocol::qos;
using protocol::version;

broker::limits small_limits() {
    broker::limits l;
    l.connect_packet_bytes_max = 1024;
    l.packet_bytes_max = 4096;
    l.receive_maximum = 4;
    l.topic_alias_maximum = 2;
    l.topic_alias_out_max = 2;
    l.inflight_max = 3;
    l.inflight_qos2_max_v3 = 2;
    l.queue_messages_max = 6;
    l.queue_bytes_max = 8192;
    l.outbox_bytes_high = 2048;
    l.outbox_bytes_turn = 16 * 1024;
    l.outbox_bytes_pause = 4096;
    l.sessions_max = 9;
    l.subscriptions_per_session_max = 4;
    l.topic_levels_max = 8;
    l.routes_cached = 16;
    l.retained = {.messages_max = 8, .bytes_max = 16 * 1024};
    l.session_expiry_max_s = 100'000;
    l.sys_interval = std::chrono::seconds(600);
    l.turn_deliveries_max = 12;
    l.share_deliveries = 6;
    return l;
}

stage::stage(unsigned shards, bool authentication, const broker::limits& limits) : shared_(shards, limits) {
    shared_.authentication = authentication;
    if (authentication) {
        static const auto amy = sasl::make_verifier("pw", as_bytes("salt of sixteen."), sasl::iterations_min);
        shared_.login.scram =
            std::make_shared<const broker::scram_accounts>(broker::scram_accounts::table{{"amy", amy}}, sasl::sha256(as_bytes("secret")));
        shared_.login.nonce = [count = 0]() mutable { return "server" + std::to_string(++count); };
    }
    for (unsigned i = 0; i < shards; ++i) shards_.push_back(std::make_unique<broker::shard>(i, shared_, store_, silent_log()));
    for (auto& s : shards_) s->start(now_);
    settle();
}

// ---- the shell

void stage::open(peer& p) {
    if (p.core != nullptr) drop(p);
    p = {};
    p.shard = next_shard_++ % static_cast<unsigned>(shards_.size());
    p.core = &shards_[p.shard]->open("test", now_);
    p.core->shell = &p;
    settle();
}

void stage::say(peer& p, byte_view bytes) {
    if (p.core == nullptr || !p.core->reading || bytes.empty()) return;
    note_answers(p, bytes);
    const octets own(bytes.begin(), bytes.end());  // of just the right size, and gone afterwards
    shards_[p.shard]->receive(*p.core, own, now_);
    settle();
}

void stage::drop(peer& p) {
    if (p.core == nullptr) return;
    shards_[p.shard]->closed(*std::exchange(p.core, nullptr), now_);
    settle();
}

void stage::set_room(peer& p, std::size_t room) {
    p.room = room;
    if (p.core == nullptr || p.core->state == broker::connection_state::moving) return;
    flush(*shards_[p.shard], *p.core, p);
    if (p.core->state == broker::connection_state::closing && p.core->out.empty()) shards_[p.shard]->release(*std::exchange(p.core, nullptr));
    settle();
}

void stage::answer_password(bool accepted) {
    if (questions_.empty()) return;
    const auto q = questions_.front();
    questions_.erase(questions_.begin());
    if (auto* c = shards_[q.shard]->find(q.who); c != nullptr) shards_[q.shard]->authenticated(*c, accepted, now_);
    settle();
}

void stage::advance(duration by) {
    const auto until = now_ + by;
    for (;;) {
        auto next = until;
        for (auto& s : shards_) next = std::min(next, std::max(s->next_deadline(), now_));
        now_ = next;
        for (auto& s : shards_) s->advance(next);
        settle();
        const bool due = std::ranges::any_of(shards_, [&](auto& s) { return s->next_deadline() <= until; });
        if (next == until && !due) return;
    }
}

void stage::shut_down() {
    for (auto& s : shards_) s->shut_down(now_);
    settle();
}

void stage::settle() {
    int turns = 0;
    for (bool busy = true; busy;) {
        must(++turns < 10'000, "the broker comes to rest");
        busy = false;
        for (auto& s : shards_) {
            busy |= look_after(*s);
            for (const auto& r : std::exchange(s->authentication_requests(), {})) {
                questions_.push_back({s->index(), s->id_of(*r.connection)});
                busy = true;
            }
            for (unsigned to = 0; to < shards_.size(); ++to) {
                auto messages = std::exchange(s->outgoing(to), {});
                const auto errands = std::exchange(s->errands(to), {});
                for (std::size_t taken = 0; taken < messages.size();) {
                    taken += shards_[to]->deliver(std::span(messages).subspan(taken), now_);
                    shards_[to]->turn_over();
                }
                shards_[to]->run(errands, now_);
                busy |= !messages.empty() || !errands.empty();
            }
            s->turn_over();
            if (s->put_offs() != 0 && s->next_deadline() <= now_ + duration(1)) {  // the next turn
                s->advance(now_ += duration(1));
                busy = true;
            }
        }
    }
}

bool stage::look_after(broker::shard& s) {
    bool any = false;
    while (auto* c = s.take_dirty()) {
        any = true;
        auto& p = *static_cast<peer*>(c->shell);
        must(p.core == c, "the broker speaks of connections that are there");
        if (c->state == broker::connection_state::moving) {
            const auto bytes = std::move(c->partial);
            p.shard = c->move_to;
            s.release(*c);
            p.core = &shards_[p.shard]->open("test", now_);
            p.core->shell = &p;
            shards_[p.shard]->receive(*p.core, bytes, now_);
            continue;
        }
        if (!c->out.empty()) flush(s, *c, p);
        if (c->state == broker::connection_state::closing && (c->out.empty() || c->abandoned)) {
            p.core = nullptr;
            s.release(*c);
        }
    }
    return any;
}

void stage::flush(broker::shard& s, broker::connection& c, peer& p) {
    p.version = c.version;
    while (!c.out.empty()) {
        std::array<iovec, 4> parts{};
        const auto count = c.out.gather(parts);
        std::size_t taken = 0;
        for (std::size_t i = 0; i < count && p.room > 0; ++i) {
            const auto size = std::min(parts[i].iov_len, p.room);
            if (p.room != any_room) p.room -= size;
            listen(p, {static_cast<const std::uint8_t*>(parts[i].iov_base), size});
            taken += size;
        }
        c.out.consume(taken, s.pool());
        s.flushed(c, now_);
        if (p.room == 0) return;
    }
}

// ---- what the broker says

void stage::listen(peer& p, byte_view bytes) {
    p.heard_tail.insert(p.heard_tail.end(), bytes.begin(), bytes.end());
    byte_view rest = p.heard_tail;
    for (;;) {
        const auto found = protocol::next_frame(rest, protocol::remaining_length_max);
        must(found.state != protocol::frame_state::broken, "the broker's packets have the right form");
        if (found.state == protocol::frame_state::incomplete) break;
        understand(p, found.frame);
        rest = rest.subspan(found.frame.whole.size());
    }
    p.heard_tail.erase(p.heard_tail.begin(), p.heard_tail.end() - static_cast<std::ptrdiff_t>(rest.size()));
}

void stage::understand(peer& p, const protocol::frame& f) {
    must(!p.last_word, "nothing comes after the last word");
    must(f.whole.size() <= p.core->packet_bytes_max, "no packet is larger than the client takes");
    const auto packet = protocol::decode(f, p.version, protocol::direction::server_to_client);
    must(packet.has_value(), "the broker's packets are correct", packet ? "" : packet.error().what);
    p.heard.push_back(f.type);
    if (!p.greeted) must(f.type == packet_type::connack || f.type == packet_type::auth, "the first word is CONNACK (or AUTH)");
    if (f.type == packet_type::connack) {
        must(!p.greeted, "one CONNACK");
        p.greeted = true;
        p.last_word = std::get<protocol::connack>(*packet).code != 0;
    } else if (f.type == packet_type::disconnect) {
        must(p.version == version::v5, "a server's DISCONNECT is 5.0's");
        p.last_word = true;
    } else if (const auto* m = std::get_if<protocol::publish>(&*packet)) {
        must(m->topic.empty() || protocol::check_topic_name(m->topic).has_value(), "messages have topic names");
        p.payloads.emplace_back(as_text(m->payload));
        if (m->qos == qos::at_most_once) return;
        if (p.answered_early.erase(m->id) == 0) p.in_flight.insert(m->id);
        must(p.in_flight.size() <= p.core->inflight_max, "the client's receive maximum is kept");
    }
}

/// PUBACK, PUBCOMP and PUBREC with an error end a delivery.
void stage::note_answers(peer& p, byte_view bytes) {
    p.sent_tail.insert(p.sent_tail.end(), bytes.begin(), bytes.end());
    byte_view rest = p.sent_tail;
    for (;;) {
        const auto found = protocol::next_frame(rest, protocol::remaining_length_max);
        if (found.state != protocol::frame_state::complete) break;
        if (found.frame.type >= packet_type::puback && found.frame.type <= packet_type::pubcomp) {
            if (const auto a = protocol::decode_ack(found.frame, p.version)) {
                const bool ends =
                    a->type == packet_type::puback || a->type == packet_type::pubcomp || (a->type == packet_type::pubrec && is_error(a->code));
                if (ends && p.in_flight.erase(a->id) == 0) p.answered_early.insert(a->id);  // a guess, and perhaps it is on its way
            }
        }
        rest = rest.subspan(found.frame.whole.size());
    }
    p.sent_tail.erase(p.sent_tail.begin(), p.sent_tail.end() - static_cast<std::ptrdiff_t>(rest.size()));
}

// ---- what it keeps

std::size_t stage::connections() const {
    std::size_t sum = 0;
    for (auto& s : shared_.statistics) sum += s.connections.get();
    return sum;
}

void stage::check_bounds(std::span<peer* const> peers) const {
    const auto& l = shared_.limits;
    std::size_t open = 0;
    for (const auto* p : peers) {
        if (p->core == nullptr) continue;
        ++open;
        const auto& c = *p->core;
        if (!c.put_off) must(c.partial.size() <= l.packet_bytes_max, "an incomplete packet is bounded");
        must(c.out.bytes() <= l.outbox_bytes_turn + 4 * l.packet_bytes_max, "an outbox is bounded");
        if (c.session == nullptr) continue;
        const auto& s = *c.session;
        must(s.connection == &c, "a session and its connection know each other");
        must(s.subscriptions.size() <= l.subscriptions_per_session_max, "subscriptions are bounded");
        if (!s.flow) continue;
        const auto kept = l.queue_messages_max + l.retained.messages_max * l.subscriptions_per_session_max;  // retained messages are references
        must(s.flow->queue.size() <= kept, "a queue is bounded");
        must(s.flow->window.in_flight() <= l.inflight_max, "a window is bounded");
        if (c.version == version::v5) must(s.flow->incoming.size() <= l.receive_maximum, "our receive maximum is kept");
    }
    must(connections() == open, "the broker counts its connections");
    std::size_t sessions = 0;
    std::size_t timers = 0;
    for (auto& s : shared_.statistics) sessions += s.sessions.get();
    for (auto& s : shards_) timers += s->timers();
    must(sessions <= l.sessions_max + shards_.size(), "sessions are bounded");
    must(timers <= 2 * (open + sessions) + shards_.size() * 1'100, "timers are bounded");
    must(shared_.retained.size() <= l.retained.messages_max && shared_.retained.bytes() <= l.retained.bytes_max, "retained messages are bounded");
}

}  // namespace tepore::fuzz
