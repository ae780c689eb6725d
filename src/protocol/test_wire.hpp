// How the tests of this room write packets down, and how they say what became of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/codec.hpp"

namespace tepore::protocol::testing {

using octets = std::vector<std::uint8_t>;

inline constexpr version versions[] = {version::v3_1, version::v3_1_1, version::v5};
inline constexpr auto client = direction::client_to_server;
inline constexpr auto server = direction::server_to_client;

/// Bytes in a small notation: hex pairs; "text" is a string field (length first); 'text' is text alone. Blanks are for the eye.
[[nodiscard]] octets wire(std::string_view notation);

/// A whole packet: first byte, remaining length, body in the notation above.
[[nodiscard]] octets packet_of(std::uint8_t first_byte, std::string_view body);
[[nodiscard]] octets packet_of(std::uint8_t first_byte, const octets& body);

/// REQUIRES exactly one whole packet. The frame is a view of `bytes`.
[[nodiscard]] frame frame_of(const octets& bytes);

/// "accepted", or reason code and statement: "Malformed Packet MQTT-3.8.1-1". Where a rule names both specifications, the one of `v`.
[[nodiscard]] std::string verdict(const octets& bytes, version v, direction from);
[[nodiscard]] std::string verdict(const fault& why, version v);
template <class T>
[[nodiscard]] std::string verdict(const decoded<T>& result, version v) {
    return result ? "accepted" : verdict(result.error(), v);
}

/// encode() into a buffer of just the right size; empty when the packet has no form on the wire.
[[nodiscard]] octets encoded(const packet& p, version v);

/// Field by field, views by what they show.
[[nodiscard]] bool same(const packet& a, const packet& b);

/// "01ff..."
[[nodiscard]] std::string hex(byte_view bytes);

}  // namespace tepore::protocol::testing
