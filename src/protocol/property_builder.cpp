#include <algorithm>
#include <cassert>

#include "protocol/property_rules.hpp"
#include "protocol/wire.hpp"

namespace tepore::protocol {
namespace {

/// The largest number that the type can hold.
[[nodiscard]] constexpr std::uint32_t number_max(property_kind kind) noexcept {
    switch (kind) {
        case property_kind::byte: return 0xFF;
        case property_kind::two_bytes: return 0xFFFF;
        case property_kind::varint: return remaining_length_max;
        default: return 0xFFFF'FFFF;
    }
}

[[nodiscard]] std::string_view cut(std::string_view text) noexcept {
    assert(text.size() <= string_bytes_max);
    return text.substr(0, string_bytes_max);
}

/// Room for one more property, whose identifier is written.
[[nodiscard]] byte_span grow(std::vector<std::uint8_t>& bytes, property_id id, std::size_t value_size) {
    const auto before = bytes.size();
    bytes.resize(before + 1 + value_size);
    bytes[before] = static_cast<std::uint8_t>(id);
    return byte_span(bytes).subspan(before + 1);
}

}  // namespace

property_builder& property_builder::number(property_id id, std::uint32_t value) {
    const auto kind = rule_of(id).kind;
    assert(value <= number_max(kind));
    value = std::min(value, number_max(kind));
    switch (kind) {
        case property_kind::byte: writer(grow(bytes_, id, 1)).u8(static_cast<std::uint8_t>(value)); break;
        case property_kind::two_bytes: writer(grow(bytes_, id, 2)).u16(static_cast<std::uint16_t>(value)); break;
        case property_kind::four_bytes: writer(grow(bytes_, id, 4)).u32(value); break;
        case property_kind::varint: writer(grow(bytes_, id, varint_size(value))).varint(value); break;
        default: assert(false && "this property is not a number");
    }
    return *this;
}

property_builder& property_builder::text(property_id id, std::string_view value) {
    assert(rule_of(id).kind == property_kind::text);
    value = cut(value);
    writer(grow(bytes_, id, 2 + value.size())).utf8(value);
    return *this;
}

property_builder& property_builder::data(property_id id, byte_view value) {
    assert(rule_of(id).kind == property_kind::binary);
    value = as_bytes(cut(as_text(value)));
    writer(grow(bytes_, id, 2 + value.size())).binary(value);
    return *this;
}

property_builder& property_builder::user(std::string_view name, std::string_view value) {
    name = cut(name);
    value = cut(value);
    writer out(grow(bytes_, property_id::user_property, 4 + name.size() + value.size()));
    out.utf8(name);
    out.utf8(value);
    return *this;
}

}  // namespace tepore::protocol
