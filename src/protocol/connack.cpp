// CONNACK (3.2).
#include "protocol/code_set.hpp"
#include "protocol/decode_parts.hpp"
#include "protocol/encode_parts.hpp"

namespace tepore::protocol {
namespace {

constexpr std::uint8_t flag_session_present = 0x01;
constexpr auto return_code_max = static_cast<std::uint8_t>(return_code::not_authorized);

constexpr code_set connack_codes{reason::success,
                                 reason::unspecified_error,
                                 reason::malformed_packet,
                                 reason::protocol_error,
                                 reason::implementation_specific_error,
                                 reason::unsupported_protocol_version,
                                 reason::client_identifier_not_valid,
                                 reason::bad_user_name_or_password,
                                 reason::not_authorized,
                                 reason::server_unavailable,
                                 reason::server_busy,
                                 reason::banned,
                                 reason::bad_authentication_method,
                                 reason::topic_name_invalid,
                                 reason::packet_too_large,
                                 reason::quota_exceeded,
                                 reason::payload_format_invalid,
                                 reason::retain_not_supported,
                                 reason::qos_not_supported,
                                 reason::use_another_server,
                                 reason::server_moved,
                                 reason::connection_rate_exceeded};

void check_code(reader& in, const connack& p, version v) noexcept {
    if (v != version::v5 && p.code > return_code_max) in.fail(reason::malformed_packet, "MQTT 3.2.2.3", "CONNACK: reserved return code");
    if (v == version::v5 && !connack_codes.contains(p.code))
        in.fail(reason::protocol_error, "MQTT5-3.2.2-8", "CONNACK: reason code of another packet");
    if (p.session_present && p.code != 0) {
        in.fail(reason::protocol_error, by_version(v, "MQTT-3.2.2-4", "MQTT5-3.2.2-6"), "CONNACK: session present with a refusal");
    }
}

[[nodiscard]] body_size measure(const connack& p, version v) noexcept {
    body_size body(2);
    if (v == version::v5) body.properties(p.properties);
    return body;
}

}  // namespace

decoded<connack> decode_connack(const frame& f, version v) noexcept {
    assert(f.type == packet_type::connack);
    reader in(f.body);
    expect_header(in, f, v, 0, reserved_flags_rule(v), "CONNACK: reserved header flags");
    connack p;
    const auto flags = in.u8("CONNACK: acknowledge flags missing");
    p.code = in.u8("CONNACK: code missing");
    p.session_present = (flags & flag_session_present) != 0;
    if ((flags & ~flag_session_present) != 0) {
        in.fail(reason::malformed_packet, by_version(v, "MQTT 3.2.2.1", "MQTT5-3.2.2-1"), "CONNACK: reserved acknowledge flags");
    }
    if (in.ok()) check_code(in, p, v);
    p.properties = read_properties(in, v, property_place::connack, "CONNACK: property length missing or too long");
    in.expect_end("CONNACK: bytes after the last field");
    return finish(in, p);
}

std::size_t encoded_size(const connack& p, version v) noexcept {
    return measure(p, v).packet();
}

std::size_t encode(const connack& p, version v, byte_span out) noexcept {
    return encode_packet(packet_type::connack, 0, measure(p, v), out, [&](writer& to) {
        to.u8(p.session_present ? flag_session_present : 0);
        to.u8(p.code);
        if (v == version::v5) write_properties(to, p.properties);
    });
}

}  // namespace tepore::protocol
