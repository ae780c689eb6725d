// The plainest messages, without anything that their receivers see differently: they go on as they came, byte for byte, but for the packet
// identifier. And what a sensor or a gateway sends many of at a time differs in the payload only: what was found out of the first holds for those
// that follow it in the same read, and at QoS 0 they go on in one piece.
#include <algorithm>
#include <cstring>

#include "broker/shard.hpp"
#include "broker/shard_send.hpp"

namespace tepore::broker {

using protocol::packet_type;
using protocol::qos;
using protocol::reason;
using protocol::version;

namespace {

/// Bytes of a PUBLISH up to the end of its topic.
std::size_t head_bytes(const protocol::frame& f) noexcept {
    const auto topic_bytes = static_cast<std::size_t>(f.body[0] << 8 | f.body[1]);
    return f.whole.size() - f.body.size() + 2 + topic_bytes;
}

}  // namespace

/// PUBLISH packets of one size and without properties, that differ only behind their topics.
struct shard::alike {
    byte_view packets;
    std::size_t size;  // of each
    std::size_t head;  // of each: what is the same in all, from its front
    protocol::qos qos;
    protocol::version version;

    /// Of what begins with one of them, those that are, `count_max` at most.
    void keep(std::size_t count_max) noexcept {
        std::size_t end = size;
        for (std::size_t count = 1; count < count_max && packets.size() - end >= size; ++count, end += size) {
            const auto* packet = packets.data() + end;
            if (std::memcmp(packet, packets.data(), head) != 0 || (version == version::v5 && packet[head + id_bytes()] != 0)) break;
        }
        packets = packets.first(end);
    }
    [[nodiscard]] std::size_t id_bytes() const noexcept { return qos != qos::at_most_once ? 2 : 0; }
    [[nodiscard]] std::size_t count() const noexcept { return packets.size() / size; }
    [[nodiscard]] byte_view at(std::size_t index) const noexcept { return packets.subspan(index * size, size); }
    [[nodiscard]] protocol::packet_id id(byte_view packet) const noexcept {
        return static_cast<protocol::packet_id>(packet[head] << 8 | packet[head + 1]);
    }
    [[nodiscard]] byte_view payload(byte_view packet) const noexcept {
        return packet.subspan(head + id_bytes() + (version == version::v5 ? 1 : 0));  // behind an empty property length
    }
};

/// Notes where, if it does. `p` is whole and good.
bool shard::goes_as_it_came(const protocol::frame& f, const protocol::publish& p) {
    if (p.retain || p.dup || f.length_padded || !p.properties.empty() || f.whole.size() > external_payload_bytes_min) return false;
    const auto& r = route_of(p.topic);
    if (!r.groups.empty()) return false;
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

/// Sends the first of `packets`, which goes_as_it_came(), and those like it that follow it, as many as have about `deliveries_max` deliveries.
/// Returns their bytes; 0: the connection is done for. An outbox may get as much more than its bound as one read brings.
std::size_t shard::pass_on(connection& c, const protocol::frame& first, byte_view packets, std::size_t deliveries_max, monotonic now) {
    const auto& r = *std::exchange(as_it_came_, nullptr);
    alike all{packets, first.whole.size(), head_bytes(first), static_cast<qos>(first.flags >> 1), c.version};
    const auto deliveries_each = 1 + r.local.size() + r.remote_receivers;
    all.keep(deliveries_max / deliveries_each);
    auto number = all.count();
    if (all.qos == qos::at_most_once) {
        pass_on_together(c, all, r, now);
    } else {
        number = pass_on_singly(c, all, r, now);
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

void shard::pass_on_together(const connection& c, const alike& all, const route& r, monotonic now) {
    const auto publisher = c.session->self;
    for (const auto& to : r.local) {
        if (!to.takes_from(publisher, to.session->self)) continue;
        if (takes_as_it_came(to, all)) {
            auto& receiver = *to.session->connection;
            receiver.out.append_copy(all.packets, pool_);
            count_sent(receiver, all.count());
            continue;
        }
        for (std::size_t i = 0; i < all.count(); ++i) {
            message_ref none;
            const message_view m{routes_.last_topic(), {}, all.payload(all.at(i)), all.qos, false, never, publisher};
            give(*to.session, m, none, all.qos, false, r.note_of(to), now);
        }
    }
    for (std::size_t i = 0; r.remote_shards != 0 && i < all.count(); ++i) {
        message_ref block;
        route_remote({routes_.last_topic(), {}, all.payload(all.at(i)), all.qos, false, never, publisher}, block, r);
    }
}

/// QoS 1 and 2: each has a place of its own in windows, and an answer. Returns how many were taken; 0: the connection is done for.
std::size_t shard::pass_on_singly(connection& c, const alike& all, const route& r, monotonic now) {
    const auto verdict = r.empty() ? reason::no_matching_subscribers : reason::success;
    const auto publisher = c.session->self;
    for (std::size_t i = 0; i < all.count(); ++i) {
        const auto packet = all.at(i);
        const auto id = all.id(packet);
        if (id == 0) return i;  // for those who say what is wrong with it
        promise_ = 0;
        switch (arrival_of(c, all.qos, id)) {
            case arrival::again: answer(c, 0, packet_type::pubrec, id, reason::success); continue;
            case arrival::too_many: refuse_too_many(c, now); return 0;
            case arrival::first: break;
        }
        const message_view m{routes_.last_topic(), {}, all.payload(packet), all.qos, false, never, publisher};
        message_ref block;
        for (const auto& to : r.local) {
            if (!to.takes_from(publisher, to.session->self)) continue;
            if (takes_as_it_came(to, all))
                send_copy(*to.session->connection, all, packet);
            else
                give(*to.session, m, block, std::min(all.qos, to.qos), false, r.note_of(to), now);
        }
        if (r.remote_shards != 0) route_remote(m, block, r);
        acknowledge(c, all.qos, id, verdict, {});
    }
    return all.count();
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
