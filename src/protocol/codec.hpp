// Frames to packets and back. Strict: lengths, flags, UTF-8, reserved bits, packet ids, properties are all checked; nothing throws or
// allocates; a malformed packet is a fault that names the rule it breaks.
#pragma once

#include <cstddef>
#include <optional>

#include "protocol/fault.hpp"
#include "protocol/frame.hpp"
#include "protocol/packet.hpp"

namespace tepore::protocol {

// One decoder per packet type, so that a receiver's handlers need no variant. `f` must be of that type (asserted).
// Views in the result point into f.body.

/// The version is read from the packet itself: unsupported_protocol_version is the fault of a known name ("MQTT", "MQIsdp") with an unknown level.
/// Other faults have 5.0's codes in all versions; how much of it a 3.x client is told is the receiver's affair (3.x just closes).
/// The will topic is checked like check_topic_name().
[[nodiscard]] decoded<connect> decode_connect(const frame& f) noexcept;
/// What a CONNECT says it speaks, when its name and level are known. For a CONNECT that decode_connect() refused: it is answered in its language.
[[nodiscard]] std::optional<version> claimed_version(const frame& f) noexcept;
/// Whether the bytes are the beginning of a CONNECT of 5.0, name and level included. For one that is too large to be waited for.
[[nodiscard]] bool begins_connect_5(byte_view bytes) noexcept;
[[nodiscard]] decoded<connack> decode_connack(const frame& f, version v) noexcept;
/// Topic names are checked here too: no wildcards [MQTT-3.3.2-2], not empty unless 5.0 with a topic alias.
/// How many levels a topic has is not checked: a client must take what its broker accepts, a broker asks check_topic_name() before it keeps one.
[[nodiscard]] decoded<publish> decode_publish(const frame& f, version v) noexcept;
/// The same, and a Subscription Identifier from a client is refused. [MQTT5-3.3.4-6]
/// `known_topic`: a topic name that was found good before, or nothing. The same name is not looked at again: publishers repeat theirs.
[[nodiscard]] decoded<publish> decode_publish(const frame& f, version v, direction from, std::string_view known_topic = {}) noexcept;
/// PUBACK, PUBREC, PUBREL, PUBCOMP.
[[nodiscard]] decoded<ack> decode_ack(const frame& f, version v) noexcept;
/// Nearly all are four bytes that mean success, in every version: finds and decodes such a one at the front of a stream. False: ask next_frame().
inline constexpr std::size_t short_ack_bytes = 4;
[[nodiscard]] inline bool next_short_ack(byte_view bytes, ack& found) noexcept {
    if (bytes.size() < short_ack_bytes || bytes[1] != 2) return false;
    switch (bytes[0]) {
        case 0x40:
        case 0x50:
        case 0x62:
        case 0x70: break;
        default: return false;
    }
    found.type = static_cast<packet_type>(bytes[0] >> 4);
    found.id = static_cast<packet_id>(bytes[2] << 8 | bytes[3]);
    return found.id != 0;
}
[[nodiscard]] decoded<subscribe> decode_subscribe(const frame& f, version v) noexcept;
[[nodiscard]] decoded<suback> decode_suback(const frame& f, version v) noexcept;
[[nodiscard]] decoded<unsubscribe> decode_unsubscribe(const frame& f, version v) noexcept;
[[nodiscard]] decoded<unsuback> decode_unsuback(const frame& f, version v) noexcept;
[[nodiscard]] decoded<pingreq> decode_pingreq(const frame& f, version v) noexcept;
[[nodiscard]] decoded<pingresp> decode_pingresp(const frame& f, version v) noexcept;
[[nodiscard]] decoded<disconnect> decode_disconnect(const frame& f, version v, direction from) noexcept;
[[nodiscard]] decoded<auth> decode_auth(const frame& f, version v) noexcept;

/// Any packet, by its type and the direction it travels (a server-only packet from a client is a protocol error). For tests, tools and fuzzers.
[[nodiscard]] decoded<packet> decode(const frame& f, version v, direction from) noexcept;

// Encoding: ask for the size, provide that much room, encode. encoded_size() returns 0 when the packet has no form on the wire: a string over
// 65,535 bytes, a body over 268,435,455 bytes, no packet id where one must be, SUBSCRIBE without filters, SUBACK without codes, a password without
// user name in 3.x, AUTH in 3.x or without its method. encode() then writes nothing and returns 0. REQUIRES out.size() >= encoded_size(p, v)
// (asserted; also writes nothing and returns 0). Returns the bytes written.
// Content is the caller's: strings are not checked for UTF-8 again, reason codes not against the packet's table. In 3.x what exists only in 5.0 is
// left out, and SUBACK's failures all become 0x80.
[[nodiscard]] std::size_t encoded_size(const connect& p) noexcept;
[[nodiscard]] std::size_t encoded_size(const connack& p, version v) noexcept;
[[nodiscard]] std::size_t encoded_size(const publish& p, version v) noexcept;
[[nodiscard]] std::size_t encoded_size(const ack& p, version v) noexcept;
[[nodiscard]] std::size_t encoded_size(const subscribe& p, version v) noexcept;
[[nodiscard]] std::size_t encoded_size(const suback& p, version v) noexcept;
[[nodiscard]] std::size_t encoded_size(const unsubscribe& p, version v) noexcept;
[[nodiscard]] std::size_t encoded_size(const unsuback& p, version v) noexcept;
[[nodiscard]] std::size_t encoded_size(const pingreq& p, version v) noexcept;
[[nodiscard]] std::size_t encoded_size(const pingresp& p, version v) noexcept;
[[nodiscard]] std::size_t encoded_size(const disconnect& p, version v) noexcept;
[[nodiscard]] std::size_t encoded_size(const auth& p, version v) noexcept;

std::size_t encode(const connect& p, byte_span out) noexcept;
std::size_t encode(const connack& p, version v, byte_span out) noexcept;
std::size_t encode(const publish& p, version v, byte_span out) noexcept;
std::size_t encode(const ack& p, version v, byte_span out) noexcept;
std::size_t encode(const subscribe& p, version v, byte_span out) noexcept;
std::size_t encode(const suback& p, version v, byte_span out) noexcept;
std::size_t encode(const unsubscribe& p, version v, byte_span out) noexcept;
std::size_t encode(const unsuback& p, version v, byte_span out) noexcept;
std::size_t encode(const pingreq& p, version v, byte_span out) noexcept;
std::size_t encode(const pingresp& p, version v, byte_span out) noexcept;
std::size_t encode(const disconnect& p, version v, byte_span out) noexcept;
std::size_t encode(const auth& p, version v, byte_span out) noexcept;

}  // namespace tepore::protocol
