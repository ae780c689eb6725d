// PINGREQ (3.12), PINGRESP (3.13), DISCONNECT (3.14), AUTH (3.15).
#include "protocol/code_set.hpp"
#include "protocol/decode_parts.hpp"
#include "protocol/encode_parts.hpp"

namespace tepore::protocol {
namespace {

// Table 3-10: who may send which code. Bad authentication method (0x8C) is given to DISCONNECT by table 2-6 alone.
constexpr code_set disconnect_codes_of_clients{reason::success,
                                               reason::disconnect_with_will,
                                               reason::unspecified_error,
                                               reason::malformed_packet,
                                               reason::protocol_error,
                                               reason::implementation_specific_error,
                                               reason::topic_name_invalid,
                                               reason::receive_maximum_exceeded,
                                               reason::topic_alias_invalid,
                                               reason::packet_too_large,
                                               reason::message_rate_too_high,
                                               reason::quota_exceeded,
                                               reason::administrative_action,
                                               reason::payload_format_invalid};
constexpr code_set disconnect_codes_of_servers{reason::success,
                                               reason::unspecified_error,
                                               reason::malformed_packet,
                                               reason::protocol_error,
                                               reason::implementation_specific_error,
                                               reason::not_authorized,
                                               reason::server_busy,
                                               reason::server_shutting_down,
                                               reason::bad_authentication_method,
                                               reason::keep_alive_timeout,
                                               reason::session_taken_over,
                                               reason::topic_filter_invalid,
                                               reason::topic_name_invalid,
                                               reason::receive_maximum_exceeded,
                                               reason::topic_alias_invalid,
                                               reason::packet_too_large,
                                               reason::message_rate_too_high,
                                               reason::quota_exceeded,
                                               reason::administrative_action,
                                               reason::payload_format_invalid,
                                               reason::retain_not_supported,
                                               reason::qos_not_supported,
                                               reason::use_another_server,
                                               reason::server_moved,
                                               reason::shared_subscriptions_not_supported,
                                               reason::connection_rate_exceeded,
                                               reason::maximum_connect_time,
                                               reason::subscription_identifiers_not_supported,
                                               reason::wildcard_subscriptions_not_supported};
constexpr code_set auth_codes{reason::success, reason::continue_authentication, reason::reauthenticate};

/// Remaining length 0 means normal disconnection, 1 a code without properties.
void read_disconnect_5(reader& in, disconnect& p, direction from) noexcept {
    if (!in.ok() || in.left() == 0) return;
    const bool by_client = from == direction::client_to_server;
    const auto code = in.u8("DISCONNECT: reason code missing");
    if (!(by_client ? disconnect_codes_of_clients : disconnect_codes_of_servers).contains(code)) {
        in.fail(reason::protocol_error, "MQTT5-3.14.2-1", "DISCONNECT: not a reason code for this sender");
    }
    p.code = static_cast<reason>(code);
    if (in.left() != 0)
        p.properties = read_properties(in, version::v5, property_place::disconnect, "DISCONNECT: property length missing or too long");
    if (!by_client && p.properties.number(property_id::session_expiry_interval)) {
        in.fail(reason::protocol_error, "MQTT5-3.14.2-2", "DISCONNECT: a server sent a Session Expiry Interval");
    }
}

template <class Packet>
[[nodiscard]] decoded<Packet> decode_empty(const frame& f, version v, const char* what) noexcept {
    reader in(f.body);
    expect_header(in, f, v, 0, reserved_flags_rule(v), what);
    in.expect_end(what);
    return finish(in, Packet{});
}

[[nodiscard]] body_size measure(const disconnect& p, version v) noexcept {
    body_size body(0);
    if (v == version::v5 && (p.code != reason::success || !p.properties.empty())) {
        body.raw(1);
        if (!p.properties.empty()) body.properties(p.properties);
    }
    return body;
}

[[nodiscard]] body_size measure(const auth& p, version v) noexcept {
    return body_size(1).properties(p.properties).require(v == version::v5 && p.properties.text(property_id::authentication_method).has_value());
}

}  // namespace

decoded<pingreq> decode_pingreq(const frame& f, version v) noexcept {
    assert(f.type == packet_type::pingreq);
    return decode_empty<pingreq>(f, v, "PINGREQ: reserved header flags or a body");
}

decoded<pingresp> decode_pingresp(const frame& f, version v) noexcept {
    assert(f.type == packet_type::pingresp);
    return decode_empty<pingresp>(f, v, "PINGRESP: reserved header flags or a body");
}

decoded<disconnect> decode_disconnect(const frame& f, version v, direction from) noexcept {
    assert(f.type == packet_type::disconnect);
    reader in(f.body);
    disconnect p;
    expect_header(in, f, v, 0, by_version(v, "MQTT-3.14.1-1", "MQTT5-3.14.1-1"), "DISCONNECT: reserved header flags");
    if (v == version::v5)
        read_disconnect_5(in, p, from);
    else if (from == direction::server_to_client)
        in.fail(reason::protocol_error, "MQTT 3.14", "DISCONNECT: only clients send it before 5.0");
    in.expect_end("DISCONNECT: bytes after the last field");
    return finish(in, p);
}

decoded<auth> decode_auth(const frame& f, version v) noexcept {
    assert(f.type == packet_type::auth);
    if (v != version::v5) return refuse(reason::malformed_packet, "MQTT 2.2.1", "packet type 15 is forbidden before 5.0");
    reader in(f.body);
    expect_header(in, f, v, 0, "MQTT5-3.15.1-1", "AUTH: reserved header flags");
    // The short form of 3.15.2.1 (success, nothing else) cannot name the method that 4.12 demands in every AUTH.
    if (in.ok() && in.left() == 0) in.fail(reason::protocol_error, "MQTT5-4.12.0-5", "AUTH: no Authentication Method");
    auth p;
    const auto code = in.u8("AUTH: reason code missing");
    if (!auth_codes.contains(code)) in.fail(reason::protocol_error, "MQTT5-3.15.2-1", "AUTH: reason code of another packet");
    p.code = static_cast<reason>(code);
    p.properties = read_properties(in, v, property_place::auth, "AUTH: property length missing or too long");
    in.expect_end("AUTH: bytes after the last field");
    return finish(in, p);
}

std::size_t encoded_size(const pingreq&, version) noexcept {
    return 2;
}
std::size_t encoded_size(const pingresp&, version) noexcept {
    return 2;
}
std::size_t encoded_size(const disconnect& p, version v) noexcept {
    return measure(p, v).packet();
}
std::size_t encoded_size(const auth& p, version v) noexcept {
    return measure(p, v).packet();
}

std::size_t encode(const pingreq&, version, byte_span out) noexcept {
    return encode_packet(packet_type::pingreq, 0, body_size(0), out, [](writer&) {});
}

std::size_t encode(const pingresp&, version, byte_span out) noexcept {
    return encode_packet(packet_type::pingresp, 0, body_size(0), out, [](writer&) {});
}

std::size_t encode(const disconnect& p, version v, byte_span out) noexcept {
    const auto body = measure(p, v);
    return encode_packet(packet_type::disconnect, 0, body, out, [&](writer& to) {
        if (body.value() > 0) to.u8(static_cast<std::uint8_t>(p.code));
        if (body.value() > 1) write_properties(to, p.properties);
    });
}

std::size_t encode(const auth& p, version v, byte_span out) noexcept {
    return encode_packet(packet_type::auth, 0, measure(p, v), out, [&](writer& to) {
        to.u8(static_cast<std::uint8_t>(p.code));
        write_properties(to, p.properties);
    });
}

}  // namespace tepore::protocol
