#include "protocol/property.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "protocol/text_scan.hpp"
#include "protocol/wire.hpp"

namespace tepore::protocol {
namespace {

enum class kind : std::uint8_t { none, byte, two_bytes, four_bytes, varint, text, binary, pair };

/// What a number may be. Strings and binary data have no limits of their own, except the response topic.
enum class values : std::uint8_t { any, flag, not_zero, topic_alias, topic_name };

using place_set = std::uint16_t;

template <class... Places>
[[nodiscard]] constexpr place_set in(Places... places) noexcept {
    return static_cast<place_set>((0u | ... | (1u << static_cast<unsigned>(places))));
}

struct rule_row {
    protocol::kind kind = kind::none;
    protocol::values values = values::any;
    place_set places = 0;
    place_set repeatable = 0;  // where it may stand more than once
    const char* misplaced = "";
    const char* twice = "";
    const char* bad_value = "";
};

constexpr std::size_t rows = 0x2B;  // one past the highest identifier; validate_properties() keeps one bit for each

// The texts of a fault must be static, hence joined here.
#define TEPORE_NAMED(name) "property " name " does not belong here", "property " name " is given twice", "property " name " has a wrong value"

/// Table 2-4 of 5.0, and what the packets' sections say about values.
constexpr auto table = [] {
    using enum property_place;
    using enum property_id;
    constexpr auto message = in(publish, will);
    constexpr auto everywhere = in(connect, connack, publish, will, puback, pubrec, pubrel, pubcomp, subscribe, suback, unsubscribe, unsuback,
                                   property_place::disconnect, property_place::auth);
    constexpr auto answers = in(connack, puback, pubrec, pubrel, pubcomp, suback, unsuback, property_place::disconnect, property_place::auth);
    constexpr auto authentication = in(connect, connack, property_place::auth);
    constexpr auto both_ends = in(connect, connack);

    std::array<rule_row, rows> t{};
    const auto at = [&t](property_id id) -> rule_row& { return t[static_cast<std::size_t>(id)]; };
    at(payload_format_indicator) = {kind::byte, values::flag, message, 0, TEPORE_NAMED("Payload Format Indicator")};
    at(message_expiry_interval) = {kind::four_bytes, values::any, message, 0, TEPORE_NAMED("Message Expiry Interval")};
    at(content_type) = {kind::text, values::any, message, 0, TEPORE_NAMED("Content Type")};
    at(response_topic) = {kind::text, values::topic_name, message, 0, TEPORE_NAMED("Response Topic")};
    at(correlation_data) = {kind::binary, values::any, message, 0, TEPORE_NAMED("Correlation Data")};
    at(subscription_identifier) = {kind::varint, values::not_zero, in(publish, subscribe), in(publish), TEPORE_NAMED("Subscription Identifier")};
    at(session_expiry_interval) = {kind::four_bytes, values::any, in(connect, connack, property_place::disconnect), 0,
                                   TEPORE_NAMED("Session Expiry Interval")};
    at(assigned_client_identifier) = {kind::text, values::any, in(connack), 0, TEPORE_NAMED("Assigned Client Identifier")};
    at(server_keep_alive) = {kind::two_bytes, values::any, in(connack), 0, TEPORE_NAMED("Server Keep Alive")};
    at(authentication_method) = {kind::text, values::any, authentication, 0, TEPORE_NAMED("Authentication Method")};
    at(authentication_data) = {kind::binary, values::any, authentication, 0, TEPORE_NAMED("Authentication Data")};
    at(request_problem_information) = {kind::byte, values::flag, in(connect), 0, TEPORE_NAMED("Request Problem Information")};
    at(will_delay_interval) = {kind::four_bytes, values::any, in(will), 0, TEPORE_NAMED("Will Delay Interval")};
    at(request_response_information) = {kind::byte, values::flag, in(connect), 0, TEPORE_NAMED("Request Response Information")};
    at(response_information) = {kind::text, values::any, in(connack), 0, TEPORE_NAMED("Response Information")};
    at(server_reference) = {kind::text, values::any, in(connack, property_place::disconnect), 0, TEPORE_NAMED("Server Reference")};
    at(reason_string) = {kind::text, values::any, answers, 0, TEPORE_NAMED("Reason String")};
    at(receive_maximum) = {kind::two_bytes, values::not_zero, both_ends, 0, TEPORE_NAMED("Receive Maximum")};
    at(topic_alias_maximum) = {kind::two_bytes, values::any, both_ends, 0, TEPORE_NAMED("Topic Alias Maximum")};
    at(topic_alias) = {kind::two_bytes, values::topic_alias, in(publish), 0, TEPORE_NAMED("Topic Alias")};
    at(maximum_qos) = {kind::byte, values::flag, in(connack), 0, TEPORE_NAMED("Maximum QoS")};
    at(retain_available) = {kind::byte, values::flag, in(connack), 0, TEPORE_NAMED("Retain Available")};
    at(user_property) = {kind::pair, values::any, everywhere, everywhere, TEPORE_NAMED("User Property")};
    at(maximum_packet_size) = {kind::four_bytes, values::not_zero, both_ends, 0, TEPORE_NAMED("Maximum Packet Size")};
    at(wildcard_subscription_available) = {kind::byte, values::flag, in(connack), 0, TEPORE_NAMED("Wildcard Subscription Available")};
    at(subscription_identifier_available) = {kind::byte, values::flag, in(connack), 0, TEPORE_NAMED("Subscription Identifier Available")};
    at(shared_subscription_available) = {kind::byte, values::flag, in(connack), 0, TEPORE_NAMED("Shared Subscription Available")};
    return t;
}();

#undef TEPORE_NAMED

/// The section that lists the properties of a place.
constexpr std::array section{
    "MQTT5 3.1.2.11", "MQTT5 3.1.3.2",  "MQTT5 3.2.2.3",  "MQTT5 3.3.2.3",  "MQTT5 3.4.2.2",   "MQTT5 3.5.2.2",  "MQTT5 3.6.2.2",
    "MQTT5 3.7.2.2",  "MQTT5 3.8.2.1",  "MQTT5 3.9.2.1",  "MQTT5 3.10.2.1", "MQTT5 3.11.2.1",  "MQTT5 3.14.2.2", "MQTT5 3.15.2.2",
};
static_assert(section.size() == static_cast<std::size_t>(property_place::auth) + 1);

[[nodiscard]] const rule_row& row_of(property_id id) noexcept {
    const auto index = static_cast<std::size_t>(id);
    return index < rows ? table[index] : table[0];
}

[[nodiscard]] constexpr bool contains(place_set set, property_place place) noexcept { return (set >> static_cast<unsigned>(place) & 1) != 0; }

/// The value of a property of a known kind. `checked`: UTF-8 is validated on the way, as wire bytes need it.
template <bool checked>
[[nodiscard]] property read_value(reader& in, property_id id) noexcept {
    const auto& row = row_of(id);
    const auto* const what = row.bad_value;
    const auto text = [&in, what] {
        if constexpr (checked) return in.utf8(what);
        else return as_text(in.binary(what));
    };
    property p{.id = id};
    switch (row.kind) {
        case kind::none: in.fail(reason::malformed_packet, "MQTT5 2.2.2.2", "unknown property"); break;
        case kind::byte: p.number = in.u8(what); break;
        case kind::two_bytes: p.number = in.u16(what); break;
        case kind::four_bytes: p.number = in.u32(what); break;
        case kind::varint: p.number = in.varint(what); break;
        case kind::text: p.text = text(); break;
        case kind::binary: p.data = in.binary(what); break;
        case kind::pair:
            p.text = text();
            p.value = text();
            break;
    }
    return p;
}

void check_value(reader& in, const property& p, property_place place) noexcept {
    const auto& row = row_of(p.id);
    const auto wrong = [&](bool is_wrong) {
        if (is_wrong) in.fail(reason::protocol_error, section[static_cast<std::size_t>(place)], row.bad_value);
    };
    switch (row.values) {
        case values::any: break;
        case values::flag: wrong(p.number > 1); break;
        case values::not_zero: wrong(p.number == 0); break;
        case values::topic_alias:
            if (p.number == 0) in.fail(reason::topic_alias_invalid, "MQTT5-3.3.2-8", row.bad_value);
            break;
        case values::topic_name:
            wrong(p.text.empty());
            if (scan_topic_name(p.text) == topic_text::has_wildcard) in.fail(reason::protocol_error, "MQTT5-3.3.2-14", row.bad_value);
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
    static_assert(rows <= 64);
    while (in.left() != 0) {
        // An identifier is a variable byte integer, but all that exist take one byte: a longer one is unknown or padded, and 0x81 both ways.
        const auto id = static_cast<property_id>(in.u8(""));
        const auto& row = row_of(id);
        if (row.kind == kind::none) return std::unexpected(fault{reason::malformed_packet, "MQTT5 2.2.2.2", "unknown property identifier"});
        if (!contains(row.places, place)) return std::unexpected(fault{reason::malformed_packet, "MQTT5 2.2.2.2", row.misplaced});
        const auto bit = std::uint64_t{1} << static_cast<unsigned>(id);
        if ((seen & bit) != 0 && !contains(row.repeatable, place)) {
            return std::unexpected(fault{reason::protocol_error, section[static_cast<std::size_t>(place)], row.twice});
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

property_view::iterator::iterator(byte_view rest) noexcept : rest_(rest) { read(); }

property_view::iterator& property_view::iterator::operator++() noexcept {
    read();
    return *this;
}

void property_view::iterator::read() noexcept {
    reader in(rest_);
    at_end_ = !next(in, current_);
    rest_ = rest_.last(in.left());
}

namespace {

/// The largest property number that the wire form of `id` can hold.
[[nodiscard]] constexpr std::uint32_t number_max(kind k) noexcept {
    switch (k) {
        case kind::byte: return 0xFF;
        case kind::two_bytes: return 0xFFFF;
        case kind::varint: return remaining_length_max;
        default: return 0xFFFF'FFFF;
    }
}

[[nodiscard]] byte_span grow(std::vector<std::uint8_t>& bytes, property_id id, std::size_t value_size) {
    const auto before = bytes.size();
    bytes.resize(before + 1 + value_size);
    bytes[before] = static_cast<std::uint8_t>(id);
    return byte_span(bytes).subspan(before + 1);
}

}  // namespace

property_builder& property_builder::number(property_id id, std::uint32_t value) {
    const auto k = row_of(id).kind;
    assert(value <= number_max(k));
    value = std::min(value, number_max(k));
    switch (k) {
        case kind::byte: writer(grow(bytes_, id, 1)).u8(static_cast<std::uint8_t>(value)); break;
        case kind::two_bytes: writer(grow(bytes_, id, 2)).u16(static_cast<std::uint16_t>(value)); break;
        case kind::four_bytes: writer(grow(bytes_, id, 4)).u32(value); break;
        case kind::varint: writer(grow(bytes_, id, varint_size(value))).varint(value); break;
        default: assert(false && "this property is not a number");
    }
    return *this;
}

property_builder& property_builder::text(property_id id, std::string_view value) {
    assert(row_of(id).kind == kind::text);
    value = value.substr(0, string_bytes_max);
    writer(grow(bytes_, id, 2 + value.size())).utf8(value);
    return *this;
}

property_builder& property_builder::data(property_id id, byte_view value) {
    assert(row_of(id).kind == kind::binary);
    value = value.first(std::min<std::size_t>(value.size(), string_bytes_max));
    writer(grow(bytes_, id, 2 + value.size())).binary(value);
    return *this;
}

property_builder& property_builder::user(std::string_view name, std::string_view value) {
    name = name.substr(0, string_bytes_max);
    value = value.substr(0, string_bytes_max);
    writer out(grow(bytes_, property_id::user_property, 4 + name.size() + value.size()));
    out.utf8(name);
    out.utf8(value);
    return *this;
}

}  // namespace tepore::protocol
