// The words of MQTT: versions, packet types, QoS, packet identifiers.
#pragma once

#include <cstdint>

namespace tepore::protocol {

/// The protocol level byte of CONNECT. v3_1 has the protocol name "MQIsdp"; from CONNECT on it follows 3.1.1's rules here.
enum class version : std::uint8_t { v3_1 = 3, v3_1_1 = 4, v5 = 5 };

enum class packet_type : std::uint8_t {
    connect = 1,
    connack = 2,
    publish = 3,
    puback = 4,
    pubrec = 5,
    pubrel = 6,
    pubcomp = 7,
    subscribe = 8,
    suback = 9,
    unsubscribe = 10,
    unsuback = 11,
    pingreq = 12,
    pingresp = 13,
    disconnect = 14,
    auth = 15,
};

enum class qos : std::uint8_t { at_most_once = 0, at_least_once = 1, exactly_once = 2 };

/// 1..65535; 0 is "none" (QoS 0) and never on the wire. [MQTT-2.3.1-1]
using packet_id = std::uint16_t;

/// Who sends: several packets are legal in one direction only.
enum class direction : std::uint8_t { client_to_server, server_to_client };

/// Largest value of a remaining length (2.2.3).
inline constexpr std::uint32_t remaining_length_max = 268'435'455;
/// Longest UTF-8 string or binary field (1.5.3).
inline constexpr std::uint32_t string_bytes_max = 65'535;

}  // namespace tepore::protocol
