// CONNECT (3.1).
#include "protocol/decode_parts.hpp"
#include "protocol/encode_parts.hpp"
#include "protocol/topic.hpp"

namespace tepore::protocol {
namespace {

constexpr std::uint8_t flag_reserved = 0x01;
constexpr std::uint8_t flag_clean_start = 0x02;
constexpr std::uint8_t flag_will = 0x04;
constexpr unsigned will_qos_shift = 3;
constexpr std::uint8_t flag_will_retain = 0x20;
constexpr std::uint8_t flag_password = 0x40;
constexpr std::uint8_t flag_user_name = 0x80;

constexpr std::string_view name_of_3_1 = "MQIsdp";
constexpr std::string_view name_since_3_1_1 = "MQTT";

[[nodiscard]] constexpr std::string_view protocol_name(version v) noexcept {
    return v == version::v3_1 ? name_of_3_1 : name_since_3_1_1;
}

[[nodiscard]] version read_version(reader& in) noexcept {
    const auto name = in.utf8("CONNECT: protocol name cut short or not well-formed UTF-8");
    const auto level = in.u8("CONNECT: protocol level missing");
    if (name == name_of_3_1 && level == 3) return version::v3_1;
    if (name == name_since_3_1_1 && level == 4) return version::v3_1_1;
    if (name == name_since_3_1_1 && level == 5) return version::v5;
    if (name == name_of_3_1 || name == name_since_3_1_1) {
        in.fail(reason::unsupported_protocol_version, "MQTT-3.1.2-2, MQTT5-3.1.2-2", "CONNECT: unknown protocol level");
    } else {
        in.fail(reason::malformed_packet, "MQTT-3.1.2-1, MQTT5-3.1.2-1", "CONNECT: the protocol name is not MQTT");
    }
    return version::v3_1_1;
}

void check_flags(reader& in, version v, unsigned flags) noexcept {
    const auto refuse_if = [&](bool wrong, const char* rule, const char* what) {
        if (wrong) in.fail(reason::malformed_packet, rule, what);
    };
    const bool will = (flags & flag_will) != 0;
    const auto will_qos = flags >> will_qos_shift & 3;
    refuse_if((flags & flag_reserved) != 0, by_version(v, "MQTT-3.1.2-3", "MQTT5-3.1.2-3"), "CONNECT: reserved flag is set");
    refuse_if(will_qos == 3, by_version(v, "MQTT-3.1.2-14", "MQTT5-3.1.2-12"), "CONNECT: will QoS 3");
    refuse_if(!will && will_qos != 0, by_version(v, "MQTT-3.1.2-13", "MQTT5-3.1.2-11"), "CONNECT: will QoS without a will");
    refuse_if(!will && (flags & flag_will_retain) != 0, by_version(v, "MQTT-3.1.2-15", "MQTT5-3.1.2-13"), "CONNECT: will retain without a will");
    // 5.0 took this rule back (3.1.2.9).
    refuse_if(v != version::v5 && (flags & flag_password) != 0 && (flags & flag_user_name) == 0, "MQTT-3.1.2-22",
              "CONNECT: password without user name");
}

[[nodiscard]] will_message read_will(reader& in, version v, unsigned flags) noexcept {
    will_message will{.qos = static_cast<qos>(flags >> will_qos_shift & 3), .retain = (flags & flag_will_retain) != 0};
    will.properties = read_properties(in, v, property_place::will, "CONNECT: length of the will properties missing or too long");
    will.topic = in.utf8("CONNECT: will topic cut short or not well-formed UTF-8");
    will.payload = in.binary("CONNECT: will payload cut short");
    if (in.ok()) {
        const auto checked = check_topic_name(will.topic);
        if (!checked) in.fail(checked.error().code, checked.error().rule, "CONNECT: the will topic is not a valid topic name");
    }
    return will;
}

[[nodiscard]] std::uint8_t flags_of(const connect& p) noexcept {
    unsigned flags = 0;
    if (p.clean_start) flags |= flag_clean_start;
    if (p.will) flags |= flag_will | static_cast<unsigned>(p.will->qos) << will_qos_shift;
    if (p.will && p.will->retain) flags |= flag_will_retain;
    if (p.password) flags |= flag_password;
    if (p.user_name) flags |= flag_user_name;
    return static_cast<std::uint8_t>(flags);
}

[[nodiscard]] body_size measure(const connect& p) noexcept {
    constexpr std::size_t level_flags_keep_alive = 4;
    const bool v5 = p.version == version::v5;
    body_size body(level_flags_keep_alive);
    body.field(protocol_name(p.version).size());
    if (v5) body.properties(p.properties);
    body.field(p.client_id.size());
    if (p.will) {
        if (v5) body.properties(p.will->properties);
        body.field(p.will->topic.size()).field(p.will->payload.size());
    }
    if (p.user_name) body.field(p.user_name->size());
    if (p.password) body.field(p.password->size());
    body.require(v5 || !p.password || p.user_name.has_value());
    return body;
}

}  // namespace

decoded<connect> decode_connect(const frame& f) noexcept {
    assert(f.type == packet_type::connect);
    reader in(f.body);
    connect p;
    p.version = read_version(in);
    expect_header(in, f, p.version, 0, reserved_flags_rule(p.version), "CONNECT: reserved header flags");
    const unsigned flags = in.u8("CONNECT: connect flags missing");
    if (in.ok()) check_flags(in, p.version, flags);
    p.clean_start = (flags & flag_clean_start) != 0;
    p.keep_alive_s = in.u16("CONNECT: keep alive missing");
    p.properties = read_properties(in, p.version, property_place::connect, "CONNECT: property length missing or too long");
    p.client_id = in.utf8("CONNECT: client identifier cut short or not well-formed UTF-8");
    if (in.ok() && (flags & flag_will) != 0) p.will = read_will(in, p.version, flags);
    if (in.ok() && (flags & flag_user_name) != 0) p.user_name = in.utf8("CONNECT: user name cut short or not well-formed UTF-8");
    if (in.ok() && (flags & flag_password) != 0) p.password = in.binary("CONNECT: password cut short");
    in.expect_end("CONNECT: bytes after the last field");
    return finish(in, p);
}

std::optional<version> claimed_version(const frame& f) noexcept {
    assert(f.type == packet_type::connect);
    reader in(f.body);
    const auto v = read_version(in);
    return in.ok() ? std::optional(v) : std::nullopt;
}

bool begins_connect_5(byte_view bytes) noexcept {
    reader in(bytes);
    const auto first = in.u8("");
    (void)in.varint("");
    const auto v = read_version(in);
    return in.ok() && first >> 4 == static_cast<unsigned>(packet_type::connect) && v == version::v5;
}

std::size_t encoded_size(const connect& p) noexcept {
    return measure(p).packet();
}

std::size_t encode(const connect& p, byte_span out) noexcept {
    return encode_packet(packet_type::connect, 0, measure(p), out, [&p](writer& to) {
        const bool v5 = p.version == version::v5;
        to.utf8(protocol_name(p.version));
        to.u8(static_cast<std::uint8_t>(p.version));
        to.u8(flags_of(p));
        to.u16(p.keep_alive_s);
        if (v5) write_properties(to, p.properties);
        to.utf8(p.client_id);
        if (p.will) {
            if (v5) write_properties(to, p.will->properties);
            to.utf8(p.will->topic);
            to.binary(p.will->payload);
        }
        if (p.user_name) to.utf8(*p.user_name);
        if (p.password) to.binary(*p.password);
    });
}

}  // namespace tepore::protocol
