// PUBLISH (3.3). The hot path of the broker: topic and payload are looked at once and never copied.
#include "protocol/decode_parts.hpp"
#include "protocol/encode_parts.hpp"
#include "protocol/text_scan.hpp"

namespace tepore::protocol {
namespace {

constexpr std::uint8_t flag_retain = 0x01;
constexpr unsigned qos_shift = 1;
constexpr std::uint8_t flag_dup = 0x08;

void check_flags(reader& in, const frame& f, version v) noexcept {
    const auto qos_bits = f.flags >> qos_shift & 3;
    if (qos_bits == 3) [[unlikely]]
        in.fail(reason::malformed_packet, by_version(v, "MQTT-3.3.1-4", "MQTT5-3.3.1-4"), "PUBLISH: QoS 3");
    if (qos_bits == 0 && (f.flags & flag_dup) != 0) [[unlikely]] {
        in.fail(reason::malformed_packet, by_version(v, "MQTT-3.3.1-2", "MQTT5-3.3.1-2"), "PUBLISH: DUP at QoS 0");
    }
    expect_header(in, f, v, f.flags, "", "");
}

[[nodiscard]] inline std::string_view read_topic(reader& in, version v, std::string_view known) noexcept {
    const auto topic = as_text(in.binary("PUBLISH: topic name cut short"));
    if (topic == known) return topic;  // also when both are empty: whether it may be is seen later
    const auto found = scan_topic_name(topic);
    if (found == topic_text::plain) [[likely]]
        return topic;
    if (found == topic_text::not_utf8)
        in.fail(reason::malformed_packet, by_version(v, "MQTT-1.5.3-1", "MQTT5-1.5.4-1"), "PUBLISH: topic name not well-formed UTF-8");
    in.fail(reason::topic_name_invalid, by_version(v, "MQTT-3.3.2-2", "MQTT5-3.3.2-2"), "PUBLISH: wildcard in the topic name");
    return {};
}

void check_empty_topic(reader& in, const publish& p, version v) noexcept {
    if (v != version::v5)
        in.fail(reason::protocol_error, "MQTT-4.7.3-1", "PUBLISH: empty topic name");
    else if (!p.properties.number(property_id::topic_alias))
        in.fail(reason::protocol_error, "MQTT5 3.3.2.1", "PUBLISH: neither topic name nor topic alias");
}

[[nodiscard]] body_size measure(const publish& p, version v) noexcept {
    const bool has_id = p.qos != qos::at_most_once;
    body_size body(has_id ? 2 : 0);
    body.field(p.topic.size()).raw(p.payload.size());
    if (v == version::v5) body.properties(p.properties);
    return body.require(!has_id || p.id != 0);
}

[[nodiscard]] inline decoded<publish> read_publish(const frame& f, version v, std::string_view known_topic) noexcept {
    assert(f.type == packet_type::publish);
    reader in(f.body);
    check_flags(in, f, v);
    decoded<publish> result;  // filled in place: copying the packet at the end costs 2 ns of 14
    auto& p = *result;
    p.qos = static_cast<qos>(f.flags >> qos_shift & 3);
    p.retain = (f.flags & flag_retain) != 0;
    p.dup = (f.flags & flag_dup) != 0;
    p.topic = read_topic(in, v, known_topic);
    if (p.qos != qos::at_most_once) p.id = read_packet_id(in, v, "PUBLISH: packet identifier 0 or missing");
    p.properties = read_properties(in, v, property_place::publish, "PUBLISH: property length missing or too long");
    p.payload = in.rest();
    if (p.topic.empty() && in.ok()) [[unlikely]]
        check_empty_topic(in, p, v);
    if (!in.ok()) [[unlikely]]
        result = std::unexpected(in.why());
    return result;
}

}  // namespace

decoded<publish> decode_publish(const frame& f, version v) noexcept {
    return read_publish(f, v, {});
}

decoded<publish> decode_publish(const frame& f, version v, direction from, std::string_view known_topic) noexcept {
    auto p = read_publish(f, v, known_topic);
    if (v == version::v5 && from == direction::client_to_server && p && p->properties.number(property_id::subscription_identifier)) [[unlikely]]
        p = refuse(reason::protocol_error, "MQTT5-3.3.4-6", "PUBLISH: a client sent a Subscription Identifier");
    return p;
}

std::size_t encoded_size(const publish& p, version v) noexcept {
    return measure(p, v).packet();
}

std::size_t encode(const publish& p, version v, byte_span out) noexcept {
    const bool dup = p.dup && p.qos != qos::at_most_once;  // [MQTT-3.3.1-2]
    const auto flags = static_cast<unsigned>(p.qos) << qos_shift | (p.retain ? flag_retain : 0u) | (dup ? flag_dup : 0u);
    return encode_packet(packet_type::publish, static_cast<std::uint8_t>(flags), measure(p, v), out, [&](writer& to) {
        to.utf8(p.topic);
        if (p.qos != qos::at_most_once) to.u16(p.id);
        if (v == version::v5) write_properties(to, p.properties);
        to.raw(p.payload);
    });
}

}  // namespace tepore::protocol
