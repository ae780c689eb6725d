// What 5.0 says about each property, as a table: type, places, values. Internal to this room.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "protocol/property.hpp"

namespace tepore::protocol {

enum class property_kind : std::uint8_t { none, byte, two_bytes, four_bytes, varint, text, binary, pair };

/// What a number may be. Strings and binary data have no limits of their own, except the response topic.
enum class property_values : std::uint8_t { any, flag, not_zero, topic_alias, topic_name };

/// One bit for each property_place.
using place_set = std::uint16_t;

[[nodiscard]] constexpr bool contains(place_set set, property_place place) noexcept {
    return (set >> static_cast<unsigned>(place) & 1) != 0;
}

struct property_rule {
    property_kind kind = property_kind::none;
    property_values values = property_values::any;
    place_set places = 0;
    place_set repeatable = 0;  // where it may stand more than once
    // Texts for faults.
    const char* misplaced = "";
    const char* twice = "";
    const char* bad_value = "";
};

/// One past the highest identifier.
inline constexpr std::size_t property_ids = 0x2B;

/// By identifier; those that do not exist have kind none, and 0 is one of them.
extern const std::array<property_rule, property_ids> property_rules;

/// Of any byte.
[[nodiscard]] inline const property_rule& rule_of(property_id id) noexcept {
    const auto index = static_cast<std::size_t>(id);
    return property_rules[index < property_ids ? index : 0];
}

/// The section of 5.0 that lists the properties of a place.
[[nodiscard]] const char* section_of(property_place place) noexcept;

}  // namespace tepore::protocol
