// Packets that an input asks for: correct enough to get past the codec and CONNECT, odd wherever a byte says so. Shared by the fuzzers of the broker
// (packets of clients) and of the client (packets of a server).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fuzz/input.hpp"
#include "protocol/codec.hpp"

namespace tepore::fuzz {

using octets = std::vector<std::uint8_t>;

/// One of a few that meet each other, or any text.
[[nodiscard]] std::string_view a_topic(input& in);
[[nodiscard]] std::string_view a_filter(input& in);

// Each reads what it needs from the input. Empty: there is no such packet (AUTH before 5.0).
[[nodiscard]] octets a_connect(input& in, protocol::version v, std::string_view client_id);
[[nodiscard]] octets a_connack(input& in, protocol::version v);
[[nodiscard]] octets a_publish(input& in, protocol::version v);
/// PUBACK, PUBREC, PUBREL or PUBCOMP.
[[nodiscard]] octets an_ack(input& in, protocol::version v);
[[nodiscard]] octets a_subscribe(input& in, protocol::version v);
[[nodiscard]] octets a_suback(input& in, protocol::version v);
[[nodiscard]] octets an_unsubscribe(input& in, protocol::version v);
[[nodiscard]] octets an_unsuback(input& in, protocol::version v);
/// PINGREQ or PINGRESP, DISCONNECT, AUTH.
[[nodiscard]] octets a_short_packet(input& in, protocol::version v);
/// Any first byte and any body, under the right remaining length.
[[nodiscard]] octets a_framed_piece(input& in);

}  // namespace tepore::fuzz
