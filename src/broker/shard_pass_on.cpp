// The plainest messages, without anything that their receivers see differently: they go on as they came, byte for byte, but for the packet
// identifier. And what a sensor or a gateway sends many of at a time differs in the payload only: what was found out of the first holds for those
// that follow it in the same read, and at QoS 0 they go on in one piece.
#include <algorithm>
#include <bit>
#include <cstring>

#include "broker/alike.hpp"
#include "broker/crossing.hpp"
#include "broker/shard.hpp"
#include "broker/shard_send.hpp"

namespace tepore::broker {

using protocol::packet_type;
using protocol::qos;
using protocol::reason;
using protocol::version;

namespace {

/// What all of them are; the payload is each one's own.
message_view message_of(const alike& all, target publisher) noexcept {
    return {all.topic(), {}, {}, all.qos, false, never, publisher};
}

}  // namespace

/// Notes where, if it does. `p` is whole and good.
bool shard::goes_as_it_came(const protocol::frame& f, const protocol::publish& p) {
    if (p.retain || p.dup || f.length_padded || !p.properties.empty() || f.whole.size() > external_payload_bytes_min) return false;
    const auto& r = route_of(p.topic);
    if (!r.groups.empty()) return false;
    static_assert(external_payload_bytes_min <= alike::size_max);
    as_it_came_ = &r;
    return true;
}

/// Whether a client would be sent just the bytes that the publisher has sent, now, but for the packet identifier.
bool shard::takes_as_it_came(const local_target& to, const alike& all) const noexcept {
    const auto* c = to.session->connection;
    if (c == nullptr || c->slow || (c->version == version::v5) != (all.version == version::v5) || c->alias_max != 0 || to.note != 0 ||
        to.qos < all.qos || all.size > c->packet_bytes_max)
        return false;
    if (all.qos == qos::at_most_once) return c->out.bytes() < shared_.limits.outbox_bytes_turn && !holds_qos_0_back(*c);
    const auto* flow = c->session->flow.get();
    return !c->session->persistent() && c->out.bytes() < shared_.limits.outbox_bytes_high && flow != nullptr && flow->queue.empty() &&
           window_open(*c, *flow, all.qos);
}

/// Whether no receiver's network is behind on other shards, as far as this one knows.
bool shard::others_keep_up(const route& r, monotonic now) const noexcept {
    for (auto others = r.remote_shards; others != 0; others &= others - 1) {
        const auto to = static_cast<unsigned>(std::countr_zero(others));
        const auto& load = shared_.loads[to];
        if (load.slow.get() != 0 || load.backlog() > shared_.limits.backlog_messages_max / 2 ||
            static_cast<std::int64_t>(load.strained_until[index_].get()) > in_ns(now))
            return false;
    }
    return true;
}

/// Sends the first of `packets`, which goes_as_it_came(), and those like it that follow it, as many as have about `deliveries_max` deliveries.
/// Returns their bytes; 0: the connection is done for. An outbox may get as much more than its bound as one read brings.
std::size_t shard::pass_on(connection& c, const protocol::frame& first, byte_view packets, std::size_t deliveries_max, monotonic now) {
    const auto& r = *std::exchange(as_it_came_, nullptr);
    auto all = alike::beginning_with(first, packets, c.version);
    const auto deliveries_each = 1 + r.local.size() + r.remote_receivers;
    all.keep(deliveries_max / deliveries_each);
    auto number = all.count();
    if (all.qos == qos::at_most_once) {
        pass_on_together(c.session->self, all, r, now);
        if (r.remote_shards != 0) pass_on_to_others(c.session->self, all, r);
    } else {
        number = pass_on_acknowledged(c, all, r, now);
        if (number == 0) return 0;
    }
    count().packets_received.add(number - 1);  // the first was counted when it was found
    count().publishes_received.add(number - 1);
    deliveries_ += number * deliveries_each;
    payload_bytes_since_judged_ += number * all.size;
    strain_.tried += number * r.local.size();
    strain_.remote_shards |= r.remote_shards;
    return number * all.size;
}

/// QoS 1 and 2: each has an answer, too. Returns how many were taken; 0: the connection is done for.
std::size_t shard::pass_on_acknowledged(connection& c, const alike& all, const route& r, monotonic now) {
    const auto verdict = r.empty() ? reason::no_matching_subscribers : reason::success;
    const auto publisher = c.session->self;
    std::size_t crossed = 0;  // so many of them are on their way to other shards, or need not go there
    const auto cross_before = [&](std::size_t next) {
        if (r.remote_shards != 0 && crossed != next) pass_on_to_others(publisher, all.part(crossed, next), r);
    };
    auto m = message_of(all, publisher);
    const auto count = all.count();
    for (std::size_t i = 0; i < count; ++i) {
        const auto packet = all.at(i);
        const auto id = all.id(packet);
        if (id == 0) {  // for those who say what is wrong with it
            cross_before(i);
            return i;
        }
        promise_ = 0;
        switch (arrival_of(c, all.qos, id)) {
            case arrival::again:
                cross_before(i);
                crossed = i + 1;
                answer(c, 0, packet_type::pubrec, id, reason::success);
                continue;
            case arrival::too_many:
                cross_before(i);
                refuse_too_many(c, now);
                return 0;
            case arrival::first: break;
        }
        m.payload = all.payload(packet);
        pass_on_singly(m, all, packet, r, now);
        acknowledge(c, all.qos, id, verdict, {});
    }
    cross_before(count);
    return count;
}

/// To this shard's receivers, at QoS 0.
void shard::pass_on_together(target publisher, const alike& all, const route& r, monotonic now) {
    const auto count = all.count();
    apart_.clear();
    for (const auto& to : r.local) {
        if (!to.takes_from(publisher, to.session->self)) continue;
        if (!takes_as_it_came(to, all)) {
            apart_.push_back(&to);
            continue;
        }
        auto& receiver = *to.session->connection;
        receiver.out.append_copy(all.packets, all.size, pool_);
        count_sent(receiver, count);
    }
    if (!apart_.empty()) pass_on_apart(publisher, all, r, now);
}

/// To those of this shard's receivers, at QoS 0, who do not take them as they came.
void shard::pass_on_apart(target publisher, const alike& all, const route& r, monotonic now) {
    auto m = message_of(all, publisher);
    for (std::size_t i = 0, count = all.count(); i < count; ++i) {
        m.payload = all.payload(all.at(i));
        message_ref block;  // one for all queues
        for (const auto* to : apart_) give(*to->session, m, block, all.qos, false, r.note_of(*to), now);
    }
}

/// To this shard's receivers, at QoS 1 or 2, where each has a place of its own in windows. `m` is what is in `packet`.
void shard::pass_on_singly(const message_view& m, const alike& all, byte_view packet, const route& r, monotonic now) {
    message_ref block;
    for (const auto& to : r.local) {
        if (!to.takes_from(m.publisher, to.session->self)) continue;
        if (takes_as_it_came(to, all))
            send_copy(*to.session->connection, all, packet);
        else
            give(*to.session, m, block, std::min(all.qos, to.qos), false, r.note_of(to), now);
    }
}

/// In runs that are each a quarter of a turn's work at most, see deliver().
void shard::pass_on_to_others(target publisher, const alike& all, const route& r) {
    const auto most = std::max<std::size_t>(shared_.limits.turn_deliveries_max / 4 / (1 + r.remote_receivers), 1);
    const auto count = all.count();
    for (std::size_t i = 0; i < count; i += most) route_remote(crossing(all.part(i, std::min(i + most, count)), publisher), r);
}

/// What another shard has passed on.
void shard::pass_on(target publisher, const alike& all, const route& r, monotonic now) {
    if (all.qos == qos::at_most_once) return pass_on_together(publisher, all, r, now);
    auto m = message_of(all, publisher);
    for (std::size_t i = 0, count = all.count(); i < count; ++i) {
        m.payload = all.payload(all.at(i));
        pass_on_singly(m, all, all.at(i), r, now);
    }
}

/// At QoS 1 or 2, with the packet identifier that is the receiver's next.
void shard::send_copy(connection& receiver, const alike& all, byte_view packet) {
    const auto id = receiver.session->flow->window.next_id();
    auto* at = receiver.out.append(packet.size(), pool_);
    std::memcpy(at, packet.data(), packet.size());
    at[all.head] = static_cast<std::uint8_t>(id >> 8);
    at[all.head + 1] = static_cast<std::uint8_t>(id);
    add_in_flight(receiver, all.qos, false);
    count_sent(receiver);
}

}  // namespace tepore::broker
