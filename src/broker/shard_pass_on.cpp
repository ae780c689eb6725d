// The plainest messages, QoS 0 without anything that their receivers see differently: they go on as they came, byte for byte. And what a sensor or a
// gateway sends many of at a time differs in the payload only: what was found out of the first holds for those that follow it in the same read, and
// they go on in one piece.
#include <cstring>

#include "broker/shard.hpp"

namespace tepore::broker {

using protocol::qos;
using protocol::version;

namespace {

/// Bytes before the payload of a PUBLISH at QoS 0 without properties.
std::size_t head_bytes(const protocol::frame& f, version v) noexcept {
    const auto topic_bytes = static_cast<std::size_t>(f.body[0] << 8 | f.body[1]);
    return f.whole.size() - f.body.size() + 2 + topic_bytes + (v == version::v5 ? 1 : 0);
}

/// The first of `packets`, and those that follow it with the same head and the same size, `count_max` at most.
std::size_t count_alike(byte_view packets, std::size_t head, std::size_t size, std::size_t count_max) noexcept {
    std::size_t count = 1;
    for (auto at = size; count < count_max && packets.size() - at >= size; ++count, at += size) {
        if (std::memcmp(packets.data() + at, packets.data(), head) != 0) break;
    }
    return count;
}

}  // namespace

/// Notes where, if it does. `p` is whole and good, and nobody waits for an answer.
bool shard::goes_as_it_came(const protocol::frame& f, const protocol::publish& p) {
    if (f.flags != 0 || f.length_padded || !p.properties.empty() || f.whole.size() > external_payload_bytes_min) return false;
    const auto& r = route_of(p.topic);
    if (!r.groups.empty() || r.remote_shards != 0) return false;
    as_it_came_ = &r;
    return true;
}

/// Whether a client would be sent just the bytes that a publisher of this version has sent, now.
bool shard::takes_as_it_came(const local_target& to, version v, std::size_t packet_bytes) const noexcept {
    const auto* c = to.session->connection;
    return c != nullptr && !c->slow && (c->version == version::v5) == (v == version::v5) && c->alias_max == 0 && to.note == 0 &&
           packet_bytes <= c->packet_bytes_max && c->out.bytes() < shared_.limits.outbox_bytes_turn && !holds_qos_0_back(*c);
}

/// Sends the first of `packets`, which goes_as_it_came(), and those like it that follow it, as many as have about `deliveries_max` deliveries.
/// Returns their bytes. An outbox may get as much more than its bound as one read brings.
std::size_t shard::pass_on(const connection& c, const protocol::frame& first, byte_view packets, std::size_t deliveries_max, monotonic now) {
    const auto& r = *std::exchange(as_it_came_, nullptr);
    const auto size = first.whole.size();
    const auto head = head_bytes(first, c.version);
    const auto number = count_alike(packets, head, size, deliveries_max / (1 + r.local.size()));
    packets = packets.first(number * size);

    auto& counters = count();
    counters.packets_received.add(number - 1);  // the first was counted when it was found
    counters.publishes_received.add(number - 1);
    deliveries_ += number * (1 + r.local.size());
    payload_bytes_since_judged_ += number * (size - head);
    strain_.tried += number * r.local.size();
    for (const auto& to : r.local) {
        if (!to.takes_from(c.session->self, to.session->self)) continue;
        if (takes_as_it_came(to, c.version, size)) {
            auto& receiver = *to.session->connection;
            receiver.out.append_copy(packets, pool_);
            counters.publishes_sent.add(number);
            counters.packets_sent.add(number);
            touch(receiver);
            continue;
        }
        for (auto rest = packets; !rest.empty(); rest = rest.subspan(size)) {
            message_ref none;
            give(*to.session, {routes_.last_topic(), {}, rest.first(size).subspan(head), qos::at_most_once, false, never, c.session->self}, none,
                 qos::at_most_once, false, r.note_of(to), now);
        }
    }
    return packets.size();
}

}  // namespace tepore::broker
