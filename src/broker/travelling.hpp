// Which MQTT 5.0 properties of a PUBLISH or a will travel with the message to its receivers, and which are between the sender and the broker.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "protocol/property.hpp"

namespace tepore::broker {

struct travelling {
    protocol::property_view properties;
    monotonic expires = never;
    std::uint32_t expiry_s = 0;  // of what expires
};

/// Takes out topic alias, will delay and message expiry (which becomes a point in time); the others stay as they are, and in their order
/// [MQTT5-3.3.2-18]. `kept` owns the bytes when some were taken out, and keeps its memory for the next time.
[[nodiscard]] travelling travelling_properties(protocol::property_view from, std::vector<std::uint8_t>& kept, monotonic now);

/// False: the properties say that the payload is UTF-8 (Payload Format Indicator 1), and it is not.
[[nodiscard]] bool is_of_its_format(protocol::property_view properties, byte_view payload) noexcept;

/// Levels of a topic: one more than it has '/'.
[[nodiscard]] std::size_t levels_of(std::string_view topic) noexcept;

}  // namespace tepore::broker
