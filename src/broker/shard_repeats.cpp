// Messages that come many at a time and differ in their payload only, as a sensor's or a gateway's do: what was found out of the first holds for
// those that follow it in the same read, and they go on in one piece.
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

/// How many packets of `packet_bytes` at the front of `rest` begin like this.
std::size_t repeats(byte_view head, std::size_t packet_bytes, byte_view rest, std::size_t count_max) noexcept {
    std::size_t count = 0;
    for (const auto* at = rest.data(); count < count_max && rest.size() - count * packet_bytes >= packet_bytes; ++count, at += packet_bytes) {
        if (std::memcmp(at, head.data(), head.size()) != 0) break;
    }
    return count;
}

}  // namespace

/// Whether a client would be sent just the bytes that a publisher of this version has sent, now.
bool shard::takes_as_it_came(const local_target& to, version v, std::size_t packet_bytes) const noexcept {
    const auto* c = to.session->connection;
    return c != nullptr && !c->slow && (c->version == version::v5) == (v == version::v5) && c->alias_max == 0 && to.note == 0 &&
           packet_bytes <= c->packet_bytes_max && c->out.bytes() < shared_.limits.outbox_bytes_turn && !holds_qos_0_back(*c);
}

/// Those of the same head that follow `first` in `rest`, which same_way_ is of: goes on with as many as have about `deliveries_max` deliveries, and
/// returns their bytes. An outbox may get as much more than its bound as one read brings.
std::size_t shard::pass_on_repeats(const connection& c, const protocol::frame& first, byte_view rest, std::size_t deliveries_max, monotonic now) {
    const auto& r = *same_way_;
    const auto packet_bytes = first.whole.size();
    if (first.length_padded || packet_bytes > external_payload_bytes_min || !r.groups.empty() || r.remote_shards != 0) return 0;
    const auto head = head_bytes(first, c.version);
    const auto count = repeats(first.whole.first(head), packet_bytes, rest, deliveries_max / (1 + r.local.size()));
    if (count == 0) return 0;
    const auto packets = rest.first(count * packet_bytes);

    auto& counters = this->count();
    counters.packets_received.add(count);
    counters.publishes_received.add(count);
    deliveries_ += count * (1 + r.local.size());
    payload_bytes_since_judged_ += count * (packet_bytes - head);
    strain_.tried += count * r.local.size();
    for (const auto& to : r.local) {
        if (!to.takes_from(c.session->self, to.session->self)) continue;
        if (takes_as_it_came(to, c.version, packet_bytes)) {
            auto& receiver = *to.session->connection;
            receiver.out.append_copy(packets, pool_);
            counters.publishes_sent.add(count);
            counters.packets_sent.add(count);
            touch(receiver);
            continue;
        }
        for (std::size_t i = 0; i < count; ++i) {
            const auto payload = packets.subspan(i * packet_bytes, packet_bytes).subspan(head);
            message_ref none;
            give(*to.session, {routes_.last_topic(), {}, payload, qos::at_most_once, false, never, c.session->self}, none, qos::at_most_once, false,
                 r.note_of(to), now);
        }
    }
    return packets.size();
}

}  // namespace tepore::broker
