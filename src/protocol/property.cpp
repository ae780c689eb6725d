#include "protocol/property.hpp"

#include "protocol/property_rules.hpp"
#include "protocol/text_scan.hpp"
#include "protocol/wire.hpp"

namespace tepore::protocol {
namespace {

/// The value of a property of a known kind. `checked`: UTF-8 is validated on the way, as wire bytes need it.
template <bool checked>
[[nodiscard]] property read_value(reader& in, property_id id) noexcept {
    const auto& rule = rule_of(id);
    const auto* const what = rule.bad_value;
    const auto text = [&in, what] {
        if constexpr (checked)
            return in.utf8(what);
        else
            return as_text(in.binary(what));
    };
    property p{.id = id};
    switch (rule.kind) {
        case property_kind::none: in.fail(reason::malformed_packet, "MQTT5 2.2.2.2", "unknown property"); break;
        case property_kind::byte: p.number = in.u8(what); break;
        case property_kind::two_bytes: p.number = in.u16(what); break;
        case property_kind::four_bytes: p.number = in.u32(what); break;
        case property_kind::varint: p.number = in.varint(what); break;
        case property_kind::text: p.text = text(); break;
        case property_kind::binary: p.data = in.binary(what); break;
        case property_kind::pair:
            p.text = text();
            p.value = text();
            break;
    }
    return p;
}

void check_value(reader& in, const property& p, property_place place) noexcept {
    const auto& rule = rule_of(p.id);
    const auto wrong = [&](bool is_wrong) {
        if (is_wrong) in.fail(reason::protocol_error, section_of(place), rule.bad_value);
    };
    switch (rule.values) {
        case property_values::any: break;
        case property_values::flag: wrong(p.number > 1); break;
        case property_values::not_zero: wrong(p.number == 0); break;
        case property_values::topic_alias:
            if (p.number == 0) in.fail(reason::topic_alias_invalid, "MQTT5-3.3.2-8", rule.bad_value);
            break;
        case property_values::topic_name:
            wrong(p.text.empty());
            if (scan_topic_name(p.text) == topic_text::has_wildcard) in.fail(reason::protocol_error, "MQTT5-3.3.2-14", rule.bad_value);
            break;
    }
}

/// The next property of bytes that were validated; the end when they were not after all.
[[nodiscard]] bool next(reader& in, property& out) noexcept {
    if (in.left() == 0) return false;
    const auto id = static_cast<property_id>(in.u8(""));
    out = read_value<false>(in, id);
    return in.ok();
}

[[nodiscard]] std::optional<property> find(byte_view bytes, property_id id) noexcept {
    reader in(bytes);
    property p;
    while (next(in, p)) {
        if (p.id == id) return p;
    }
    return std::nullopt;
}

}  // namespace

decoded<property_view> validate_properties(byte_view bytes, property_place place) noexcept {
    reader in(bytes);
    std::uint64_t seen = 0;
    static_assert(property_ids <= 64);
    while (in.left() != 0) {
        // An identifier is a variable byte integer, but all that exist take one byte: a longer one is unknown or padded, and 0x81 both ways.
        const auto id = static_cast<property_id>(in.u8(""));
        const auto& rule = rule_of(id);
        if (rule.kind == property_kind::none) return std::unexpected(fault{reason::malformed_packet, "MQTT5 2.2.2.2", "unknown property identifier"});
        if (!contains(rule.places, place)) return std::unexpected(fault{reason::malformed_packet, "MQTT5 2.2.2.2", rule.misplaced});
        const auto bit = std::uint64_t{1} << static_cast<unsigned>(id);
        if ((seen & bit) != 0 && !contains(rule.repeatable, place)) {
            return std::unexpected(fault{reason::protocol_error, section_of(place), rule.twice});
        }
        seen |= bit;
        const auto p = read_value<true>(in, id);
        if (in.ok()) check_value(in, p, place);
    }
    if (!in.ok()) return std::unexpected(in.why());

    const auto has = [seen](property_id id) { return (seen >> static_cast<unsigned>(id) & 1) != 0; };
    if (place == property_place::auth && !has(property_id::authentication_method)) {
        return std::unexpected(fault{reason::protocol_error, "MQTT5-4.12.0-5", "AUTH: no Authentication Method"});
    }
    if (place == property_place::connect && has(property_id::authentication_data) && !has(property_id::authentication_method)) {
        return std::unexpected(fault{reason::protocol_error, "MQTT5 3.1.2.11.10", "CONNECT: Authentication Data without Authentication Method"});
    }
    return property_view(bytes);
}

std::optional<std::uint32_t> property_view::number(property_id id) const noexcept {
    const auto p = find(bytes_, id);
    return p ? std::optional(p->number) : std::nullopt;
}

std::optional<std::string_view> property_view::text(property_id id) const noexcept {
    const auto p = find(bytes_, id);
    return p ? std::optional(p->text) : std::nullopt;
}

std::optional<byte_view> property_view::data(property_id id) const noexcept {
    const auto p = find(bytes_, id);
    return p ? std::optional(p->data) : std::nullopt;
}

property_view::iterator::iterator(byte_view rest) noexcept : rest_(rest) {
    read();
}

property_view::iterator& property_view::iterator::operator++() noexcept {
    read();
    return *this;
}

void property_view::iterator::read() noexcept {
    reader in(rest_);
    at_end_ = !next(in, current_);
    rest_ = rest_.last(in.left());
}

}  // namespace tepore::protocol
