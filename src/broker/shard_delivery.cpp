// Messages to clients: straight into the outbox when there is room, else into the session's queue, which pump() empties in order.
#include <algorithm>
#include <cstring>

#include "broker/shard.hpp"
#include "broker/shard_send.hpp"
#include "protocol/wire.hpp"

namespace tepore::broker {

using protocol::qos;
using protocol::version;

namespace {

/// A queue's messages were written one by one, and lie all over memory: so far ahead of its turn, one is asked for.
constexpr std::size_t messages_ahead = 6;

}  // namespace

/// What waits only for acknowledgements does not hold QoS 0 back. What waits for the network does, and so does QoS 0 that waits already: it would be
/// overtaken [MQTT5-4.6.0-5].
bool shard::holds_qos_0_back(const connection& c) const noexcept {
    auto* flow = c.session->flow.get();
    if (flow == nullptr || flow->queue.empty()) return false;
    return flow->queue.has_qos_0() || window_open(c, *flow, flow->queue.front().qos);
}

/// Whether what is in flight to a client may have to be sent once more: on the session's next connection, or to another member of a shared
/// subscription. If not, nothing is kept of it but the identifier.
bool shard::is_sent_again(const connection& c, const note_ref& note) noexcept {
    return c.session->persistent() || (note && note->group);
}

void shard::give(session& s, const message_view& m, message_ref& block, qos q, bool retain, const note_ref& note, monotonic now) {
    auto* c = s.connection;
    if (c != nullptr && c->slow) ++strain_.behind;
    if (q == qos::at_most_once) {
        if (c == nullptr) return;  // QoS 0 is for those who are there
        if (outbox_has_room(*c, shared_.limits.outbox_bytes_turn) && !holds_qos_0_back(*c)) {
            write_publish(*c, m, block, note.get(), q, retain, false, 0, now);
            return;
        }
        if (!s.flow || s.flow->queue.empty()) {  // the network is slower than the publishers: QoS 0 is dropped rather than queued
            count().publishes_dropped.add();
            if (!c->slow) ++strain_.behind;
            return;
        }
    }
    const bool room = c != nullptr && outbox_has_room(*c, shared_.limits.outbox_bytes_high);
    const bool waiting = s.flow && !s.flow->queue.empty();
    if (q != qos::at_most_once && room && !waiting && !is_sent_again(*c, note) && window_open(*c, s.need_flow(), q))
        return send_unkept(*c, m, block, q, retain, note.get(), now);
    if (!block) block = message_ref::make(m);
    if (q != qos::at_most_once && s.persistent()) promise_ = std::max(promise_, store_.queued(s, block, q));
    if (room && !waiting && window_open(*c, s.need_flow(), q))
        send_new(*c, {block, note, q, retain}, now);
    else
        enqueue(s, {block, note, q, retain}, now);
}

/// Retained messages for a new subscription. They may be many, but are references to what is kept anyway, so they are not
/// counted against the queue's limits; a connection that does not take them is not read from (outbox_bytes_pause). Who repeats SUBSCRIBE and
/// acknowledges nothing gets no more of them than there can be.
void shard::give_retained(session& s, delivery d, monotonic now) {
    auto& c = *s.connection;
    auto& flow = s.need_flow();
    if (flow.queue.size() >= shared_.limits.queue_messages_max + shared_.limits.retained.messages_max || (c.slow && memory_ == memory_state::full))
        return count().publishes_dropped.add();
    const bool room = c.out.bytes() < shared_.limits.outbox_bytes_high;
    if (room && (d.qos == qos::at_most_once ? !holds_qos_0_back(c) : flow.queue.empty() && window_open(c, flow, d.qos))) {
        send_new(c, std::move(d), now);
    } else {
        flow.queue.push(std::move(d), waiting_.queues);
        has_less_room(s);
    }
}

void shard::enqueue(session& s, delivery&& d, monotonic now) {
    auto& queue = s.need_flow().queue;
    const auto& limits = shared_.limits;
    const auto full = [&] { return queue.size() >= limits.queue_messages_max || queue.bytes() + d.message->bytes() > limits.queue_bytes_max; };
    // Makes room: what has expired is not kept for a client that may never come [MQTT5-3.3.2-5].
    if (full() && queue.expires() <= now) queue.keep_if([now](const delivery& old) { return old.message->expires() > now; }, waiting_.queues);
    const bool queue_full = full();
    if (queue_full || memory_ == memory_state::full) {
        count().publishes_dropped.add();
        if (s.connection != nullptr && !s.connection->slow) ++strain_.behind;
        if (queue_full && !s.drop_logged && d.qos != qos::at_most_once) {
            s.drop_logged = true;
            log_.write(log_level::warning, "the queue of " + s.name() + " is full (" + std::to_string(queue.size()) + " messages, " +
                                               std::to_string(queue.bytes()) + " bytes): further messages for it are dropped");
        }
        return;
    }
    queue.push(std::move(d), waiting_.queues);
    // There is time to slow the publisher down before messages are lost to one who reads, only not fast enough.
    if (s.connection != nullptr && (queue.size() > limits.queue_messages_max / 2 || queue.bytes() > limits.queue_bytes_max / 2))
        strain_.crowded = true;
    has_less_room(s);
}

void shard::pump(connection& c, monotonic now) {
    auto& flow = *c.session->flow;
    while (!flow.queue.empty() && c.out.bytes() < shared_.limits.outbox_bytes_high) {
        const auto& head = flow.queue.front();
        const bool expired = head.message->expires() <= now;
        if (!expired && head.qos != qos::at_most_once && !window_open(c, flow, head.qos)) return;
        if (const auto* later = flow.queue.peek(messages_ahead)) later->message.prefetch();
        auto d = flow.queue.pop(waiting_.queues);
        if (!expired) send_new(c, std::move(d), now);
    }
}

void shard::flushed(connection& c, monotonic now) {
    slow_ -= c.slow;
    c.slow = !c.out.empty();
    slow_ += c.slow;
    if (c.state == connection_state::established && c.session->flow && !c.session->flow->queue.empty()) pump(c, now);
    if (c.state == connection_state::established) has_room(*c.session, now);
    judge_reading(c);
}

/// The first time this message goes to this client.
void shard::send_new(connection& c, delivery&& d, monotonic now) {
    const auto m = d.message->view();
    if (d.qos == qos::at_most_once) {
        write_publish(c, m, d.message, d.note.get(), d.qos, d.retain, false, 0, now);
        return;
    }
    if (!is_sent_again(c, d.note)) return send_unkept(c, m, d.message, d.qos, d.retain, d.note.get(), now);
    if (write_publish(c, m, d.message, d.note.get(), d.qos, d.retain, false, c.session->need_flow().window.next_id(), now)) {
        auto& kept = add_in_flight(c, d.qos, d.retain);
        kept.message = std::move(d.message);
        kept.note = std::move(d.note);
    } else if (c.session->persistent()) {  // larger than the client takes: counts as delivered [MQTT5-3.1.2-25]
        store_.delivered(*c.session, c.session->flow->window.next_id());
    }
}

/// QoS 1 or 2 that is_sent_again() never.
void shard::send_unkept(connection& c, const message_view& m, const message_ref& block, qos q, bool retain, const subscription_note* note,
                        monotonic now) {
    if (write_publish(c, m, block, note, q, retain, false, c.session->flow->window.next_id(), now)) add_in_flight(c, q, retain);
}

/// Of a message that was written just now, with the window's next identifier.
delivery& shard::add_in_flight(connection& c, qos q, bool retain) {
    auto& flow = *c.session->flow;
    auto& d = flow.window.add(tepore::session::first_phase(q));
    d.qos = q;
    d.retain = retain;
    d.counted = true;
    ++c.in_flight;
    d.holds_place = q == qos::exactly_once;
    if (d.holds_place) ++flow.places_held;
    has_less_room(*c.session);
    return d;
}

/// PUBREL is on its way: the client will have a free place before anything that is sent from now on reaches it.
void shard::free_place(session_flow& flow, delivery& d) noexcept {
    if (std::exchange(d.holds_place, false)) --flow.places_held;
}

/// Encodes a PUBLISH into the outbox. This is the hottest code of the broker: one size computation, one piece of room, plain copies.
/// False when the packet would be larger than the client takes; nothing is sent then.
template <bool v5>
bool shard::write_publish_as(connection& c, const message_view& m, const message_ref& block, const subscription_note* note, qos q, bool retain,
                             bool dup, protocol::packet_id id, monotonic now) {
    const auto properties = v5 ? m.properties.bytes() : byte_view{};
    const auto identifiers = v5 && note != nullptr ? byte_view(note->identifiers) : byte_view{};
    const bool expires = v5 && m.expires != never;
    outgoing_aliases::choice alias;
    if (v5 && c.alias_max != 0 && !dup) [[unlikely]] {  // a repetition names its topic [MQTT5-3.3.2-7]: it may be another connection's
        if (!c.aliases_out) c.aliases_out = std::make_unique<outgoing_aliases>(c.alias_max);
        alias = c.aliases_out->choose(m.topic);
    }
    std::string_view topic;
    std::uint32_t property_bytes = 0;
    std::uint32_t remaining = 0;
    const auto measure = [&] {
        topic = alias.known ? std::string_view{} : m.topic;
        property_bytes = static_cast<std::uint32_t>(properties.size() + identifiers.size()) + (expires ? 5u : 0u) + (alias.alias != 0 ? 3u : 0u);
        remaining = static_cast<std::uint32_t>(2 + topic.size() + (id != 0 ? 2 : 0) +
                                               (v5 ? protocol::varint_size(property_bytes) + property_bytes : 0) + m.payload.size());
        return 1 + protocol::varint_size(remaining) + remaining;
    };
    auto total = measure();
    if (total > c.packet_bytes_max && alias.alias != 0 && !alias.known) [[unlikely]] {
        alias = {};
        total = measure();
    }
    if (total > c.packet_bytes_max) {
        count().publishes_dropped.add();
        return false;
    }
    const bool by_reference = block && m.payload.size() >= external_payload_bytes_min;
    auto* at = c.out.append(by_reference ? total - m.payload.size() : total, pool_);
    const auto varint = [&at](std::uint32_t value) {
        for (; value >= 128; value >>= 7) *at++ = static_cast<std::uint8_t>(value | 128);
        *at++ = static_cast<std::uint8_t>(value);
    };
    const auto copy = [&at](const void* from, std::size_t size) {
        if (size != 0) std::memcpy(at, from, size);
        at += size;
    };
    *at++ = static_cast<std::uint8_t>(0x30u | (dup ? 8u : 0u) | static_cast<unsigned>(q) << 1 | (retain ? 1u : 0u));
    varint(remaining);
    *at++ = static_cast<std::uint8_t>(topic.size() >> 8);
    *at++ = static_cast<std::uint8_t>(topic.size());
    copy(topic.data(), topic.size());
    if (id != 0) {
        *at++ = static_cast<std::uint8_t>(id >> 8);
        *at++ = static_cast<std::uint8_t>(id);
    }
    if (v5) {
        varint(property_bytes);
        if (alias.alias != 0) [[unlikely]] {
            *at++ = static_cast<std::uint8_t>(protocol::property_id::topic_alias);
            *at++ = static_cast<std::uint8_t>(alias.alias >> 8);
            *at++ = static_cast<std::uint8_t>(alias.alias);
            if (!alias.known) c.aliases_out->set(alias.alias, m.topic);  // it is on its way
        }
        if (expires) {  // less the whole seconds that it waited here [MQTT5-3.3.2-6]
            const auto left = std::chrono::ceil<std::chrono::seconds>(m.expires - now).count();
            const auto left_s = static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 0, m.expiry_s));
            *at++ = static_cast<std::uint8_t>(protocol::property_id::message_expiry_interval);
            for (int shift = 24; shift >= 0; shift -= 8) *at++ = static_cast<std::uint8_t>(left_s >> shift);
        }
        copy(identifiers.data(), identifiers.size());
        copy(properties.data(), properties.size());
    }
    if (by_reference)
        c.out.append_payload(block, pool_);
    else
        copy(m.payload.data(), m.payload.size());
    count_sent(c);
    return true;
}

bool shard::write_publish(connection& c, const message_view& m, const message_ref& block, const subscription_note* note, qos q, bool retain, bool dup,
                          protocol::packet_id id, monotonic now) {
    return c.version == version::v5 ? write_publish_as<true>(c, m, block, note, q, retain, dup, id, now)
                                    : write_publish_as<false>(c, m, block, note, q, retain, dup, id, now);
}

}  // namespace tepore::broker
