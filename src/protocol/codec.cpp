#include "protocol/codec.hpp"

#include "protocol/decode_parts.hpp"

namespace tepore::protocol {
namespace {

template <class Packet>
[[nodiscard]] decoded<packet> as_packet(const decoded<Packet>& p) noexcept {
    if (!p) return std::unexpected(p.error());
    return packet(*p);
}

[[nodiscard]] std::unexpected<fault> wrong_direction(const char* what) noexcept {
    return refuse(reason::protocol_error, "MQTT 2.2.1, MQTT5 2.1.2", what);
}

[[nodiscard]] decoded<packet> decode_from_client(const frame& f, version v) noexcept {
    switch (f.type) {
        case packet_type::connect: return as_packet(decode_connect(f));
        case packet_type::subscribe: return as_packet(decode_subscribe(f, v));
        case packet_type::unsubscribe: return as_packet(decode_unsubscribe(f, v));
        case packet_type::pingreq: return as_packet(decode_pingreq(f, v));
        default: return wrong_direction("only a server may send this packet");
    }
}

[[nodiscard]] decoded<packet> decode_from_server(const frame& f, version v) noexcept {
    switch (f.type) {
        case packet_type::connack: return as_packet(decode_connack(f, v));
        case packet_type::suback: return as_packet(decode_suback(f, v));
        case packet_type::unsuback: return as_packet(decode_unsuback(f, v));
        case packet_type::pingresp: return as_packet(decode_pingresp(f, v));
        default: return wrong_direction("only a client may send this packet");
    }
}

/// Table 3-11: a server confirms, a client starts again.
[[nodiscard]] decoded<packet> decode_auth_from(const frame& f, version v, direction from) noexcept {
    const auto p = decode_auth(f, v);
    const auto not_ours = from == direction::client_to_server ? reason::success : reason::reauthenticate;
    if (p && p->code == not_ours) return refuse(reason::protocol_error, "MQTT5-3.15.2-1", "AUTH: not a reason code for this sender");
    return as_packet(p);
}

}  // namespace

decoded<packet> decode(const frame& f, version v, direction from) noexcept {
    switch (f.type) {
        case packet_type::publish: return as_packet(decode_publish(f, v, from));
        case packet_type::puback:
        case packet_type::pubrec:
        case packet_type::pubrel:
        case packet_type::pubcomp: return as_packet(decode_ack(f, v));
        case packet_type::disconnect: return as_packet(decode_disconnect(f, v, from));
        case packet_type::auth: return decode_auth_from(f, v, from);
        default: return from == direction::client_to_server ? decode_from_client(f, v) : decode_from_server(f, v);
    }
}

}  // namespace tepore::protocol
