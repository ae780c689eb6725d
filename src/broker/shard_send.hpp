// How a shard writes packets into outboxes: shared by its handler files.
#pragma once

#include "broker/shard.hpp"

namespace tepore::broker {

template <class Packet>
void shard::send(connection& c, const Packet& p) {
    const auto size = protocol::encoded_size(p, c.version);
    if (size == 0 || size > c.packet_bytes_max) return;  // 5.0: never above the client's maximum [MQTT5-3.1.2-24]
    protocol::encode(p, c.version, {c.out.append(size, pool_), size});
    count().packets_sent.add();
    touch(c);
}

template <class Packet>
Packet shard::explained(const connection& c, Packet p, protocol::property_builder& properties, std::string_view why) {
    const auto without = properties.view().bytes().size();
    p.properties = properties.view();
    if (c.version == protocol::version::v5 && c.problem_information && !why.empty()) {
        properties.text(protocol::property_id::reason_string, why);
        p.properties = properties.view();
        if (protocol::encoded_size(p, c.version) > c.packet_bytes_max)  // [MQTT5-3.2.2-19] [MQTT5-3.14.2-3] and their like
            p.properties = protocol::property_view(properties.view().bytes().first(without));
    }
    return p;
}

template <class Packet>
void shard::send_when_settled(connection& c, const Packet& p) {
    if (promise_ <= store_.settled() && (!c.held || c.held->empty())) return send(c, p);
    std::vector<std::uint8_t> bytes(protocol::encoded_size(p, c.version));
    protocol::encode(p, c.version, bytes);
    if (!c.held) c.held = std::make_unique<ring_queue<held_ack>>();
    c.held->push({promise_, std::move(bytes), false});
}

[[gnu::always_inline]] inline void shard::send_ack(connection& c, protocol::packet_type type, protocol::packet_id id, protocol::reason code) {
    // Written by hand: with QoS 1/2 this is half of all packets. Success needs no reason code (5.0: 3.4.2.1).
    const bool with_code = c.version == protocol::version::v5 && code != protocol::reason::success;
    auto* at = c.out.append(with_code ? 5 : 4, pool_);
    at[0] = static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4 | (type == protocol::packet_type::pubrel ? 2u : 0u));
    at[1] = with_code ? 3 : 2;
    at[2] = static_cast<std::uint8_t>(id >> 8);
    at[3] = static_cast<std::uint8_t>(id);
    if (with_code) at[4] = static_cast<std::uint8_t>(code);
    count().packets_sent.add();
    touch(c);
}

/// Sends an acknowledgement as soon as the store has what it promises, and never before an earlier one [MQTT-4.6.0-2].
[[gnu::always_inline]] inline bool shard::answer(connection& c, ticket needs, protocol::packet_type type, protocol::packet_id id,
                                                 protocol::reason code, std::string_view why) {
    if (!why.empty() || (c.held && !c.held->empty()) || (needs != 0 && needs > store_.settled())) [[unlikely]]
        return answer_in_full(c, needs, type, id, code, why);
    send_ack(c, type, id, code);
    return true;
}

}  // namespace tepore::broker
