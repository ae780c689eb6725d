// PUBACK, PUBREC, PUBREL, PUBCOMP (3.4 to 3.7).
#include "protocol/code_set.hpp"
#include "protocol/decode_parts.hpp"
#include "protocol/encode_parts.hpp"

namespace tepore::protocol {
namespace {

constexpr code_set received_codes{reason::success,
                                  reason::no_matching_subscribers,
                                  reason::unspecified_error,
                                  reason::implementation_specific_error,
                                  reason::not_authorized,
                                  reason::topic_name_invalid,
                                  reason::packet_identifier_in_use,
                                  reason::quota_exceeded,
                                  reason::payload_format_invalid};
constexpr code_set release_codes{reason::success, reason::packet_identifier_not_found};

[[nodiscard]] constexpr bool is_ack(packet_type type) noexcept {
    return type >= packet_type::puback && type <= packet_type::pubcomp;
}

[[nodiscard]] constexpr std::uint8_t header_flags(packet_type type) noexcept {
    return type == packet_type::pubrel ? 2 : 0;
}

[[nodiscard]] constexpr const char* header_rule(packet_type type, version v) noexcept {
    return type == packet_type::pubrel ? by_version(v, "MQTT-3.6.1-1", "MQTT5-3.6.1-1") : reserved_flags_rule(v);
}

struct kind_of_ack {
    const code_set* codes;
    const char* code_rule;
    property_place place;
};

[[nodiscard]] constexpr kind_of_ack kind_of(packet_type type) noexcept {
    switch (type) {
        case packet_type::puback: return {&received_codes, "MQTT5-3.4.2-1", property_place::puback};
        case packet_type::pubrec: return {&received_codes, "MQTT5-3.5.2-1", property_place::pubrec};
        case packet_type::pubrel: return {&release_codes, "MQTT5-3.6.2-1", property_place::pubrel};
        default: return {&release_codes, "MQTT5-3.7.2-1", property_place::pubcomp};
    }
}

/// The optional part of 5.0: a packet of two bytes means success, one of three has no property length.
void read_code_and_properties(reader& in, ack& p) noexcept {
    const auto kind = kind_of(p.type);
    const auto code = in.u8("acknowledgement: reason code missing");
    if (!kind.codes->contains(code)) in.fail(reason::protocol_error, kind.code_rule, "acknowledgement: reason code of another packet");
    p.code = static_cast<reason>(code);
    if (in.left() != 0) p.properties = read_properties(in, version::v5, kind.place, "acknowledgement: property length missing or too long");
}

[[nodiscard]] body_size measure(const ack& p, version v) noexcept {
    body_size body(2);
    if (v == version::v5 && (p.code != reason::success || !p.properties.empty())) {
        body.raw(1);
        if (!p.properties.empty()) body.properties(p.properties);
    }
    return body.require(p.id != 0);
}

}  // namespace

decoded<ack> decode_ack(const frame& f, version v) noexcept {
    assert(is_ack(f.type));
    // Nearly all are two bytes that mean success, in every version.
    if (f.body.size() == 2 && f.flags == header_flags(f.type) && !f.length_padded) {
        const auto id = static_cast<packet_id>(f.body[0] << 8 | f.body[1]);
        if (id != 0) return ack{.type = f.type, .id = id};
    }
    reader in(f.body);
    expect_header(in, f, v, header_flags(f.type), header_rule(f.type, v), "acknowledgement: reserved header flags");
    ack p{.type = f.type};
    p.id = read_packet_id(in, v, "acknowledgement: packet identifier 0 or missing");
    if (v == version::v5 && in.left() != 0) read_code_and_properties(in, p);
    in.expect_end("acknowledgement: bytes after the last field");
    return finish(in, p);
}

std::size_t encoded_size(const ack& p, version v) noexcept {
    return measure(p, v).packet();
}

std::size_t encode(const ack& p, version v, byte_span out) noexcept {
    assert(is_ack(p.type));
    const auto body = measure(p, v);
    return encode_packet(p.type, header_flags(p.type), body, out, [&](writer& to) {
        to.u16(p.id);
        if (body.value() > 2) to.u8(static_cast<std::uint8_t>(p.code));
        if (body.value() > 3) write_properties(to, p.properties);
    });
}

}  // namespace tepore::protocol
