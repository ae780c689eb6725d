// SUBSCRIBE (3.8) and SUBACK (3.9).
#include "protocol/code_set.hpp"
#include "protocol/decode_parts.hpp"
#include "protocol/encode_parts.hpp"

namespace tepore::protocol {
namespace {

constexpr std::uint8_t header_flags = 2;
constexpr std::uint8_t qos_bits = 0x03;
constexpr std::uint8_t flag_no_local = 0x04;
constexpr std::uint8_t retain_handling_bits = 0x30;
constexpr std::uint8_t reserved_bits = 0xC0;

constexpr code_set suback_codes_3{reason::success, reason::granted_qos_1, reason::granted_qos_2, reason::unspecified_error};
constexpr code_set suback_codes_5{reason::success,
                                  reason::granted_qos_1,
                                  reason::granted_qos_2,
                                  reason::unspecified_error,
                                  reason::implementation_specific_error,
                                  reason::not_authorized,
                                  reason::topic_filter_invalid,
                                  reason::packet_identifier_in_use,
                                  reason::quota_exceeded,
                                  reason::shared_subscriptions_not_supported,
                                  reason::subscription_identifiers_not_supported,
                                  reason::wildcard_subscriptions_not_supported};

void check_options_3(reader& in, unsigned options) noexcept {
    if ((options & ~unsigned{qos_bits}) != 0) in.fail(reason::malformed_packet, "MQTT-3.8.3-4", "SUBSCRIBE: reserved bits of the options byte");
    if ((options & qos_bits) == 3) in.fail(reason::malformed_packet, "MQTT-3.8.3-4", "SUBSCRIBE: QoS 3");
}

void check_options_5(reader& in, std::string_view filter, unsigned options) noexcept {
    if ((options & reserved_bits) != 0) in.fail(reason::malformed_packet, "MQTT5-3.8.3-5", "SUBSCRIBE: reserved bits of the options byte");
    if ((options & qos_bits) == 3) in.fail(reason::protocol_error, "MQTT5 3.8.3.1", "SUBSCRIBE: QoS 3");
    if ((options & retain_handling_bits) == retain_handling_bits) in.fail(reason::protocol_error, "MQTT5 3.8.3.1", "SUBSCRIBE: retain handling 3");
    if ((options & flag_no_local) != 0 && filter.starts_with("$share/")) {
        in.fail(reason::protocol_error, "MQTT5-3.8.3-4", "SUBSCRIBE: no local on a shared subscription");
    }
}

void check_requests(reader& in, version v) noexcept {
    if (in.ok() && in.left() == 0) in.fail(reason::protocol_error, by_version(v, "MQTT-3.8.3-3", "MQTT5-3.8.3-2"), "SUBSCRIBE: no topic filter");
    while (in.left() != 0) {
        const auto filter = in.utf8("SUBSCRIBE: topic filter cut short or not well-formed UTF-8");
        const auto options = in.u8("SUBSCRIBE: options byte missing");
        if (!in.ok()) return;
        if (filter.empty())
            in.fail(reason::protocol_error, by_version(v, "MQTT-4.7.3-1", "MQTT5-4.7.3-1"), "SUBSCRIBE: empty topic filter");
        else if (v == version::v5)
            check_options_5(in, filter, options);
        else
            check_options_3(in, options);
    }
}

[[nodiscard]] body_size measure(const subscribe& p, version v) noexcept {
    body_size body(2);
    if (v == version::v5) body.properties(p.properties);
    return body.raw(p.requests.bytes().size()).require(p.id != 0 && !p.requests.bytes().empty());
}

[[nodiscard]] body_size measure(const suback& p, version v) noexcept {
    body_size body(2);
    if (v == version::v5) body.properties(p.properties);
    return body.raw(p.codes.size()).require(p.id != 0 && !p.codes.empty());
}

}  // namespace

void subscription_list::iterator::read() noexcept {
    reader in(rest_);
    current_.filter = as_text(in.binary(""));
    current_.options = subscription_options::from_byte(in.u8(""));
    size_ = rest_.size() - in.left();
}

subscription_list::iterator& subscription_list::iterator::operator++() noexcept {
    rest_ = rest_.subspan(size_);
    read();
    return *this;
}

void subscription_list::append(std::vector<std::uint8_t>& out, std::string_view filter, subscription_options options) {
    filter_list::append(out, filter);
    out.push_back(options.to_byte());
}

decoded<subscribe> decode_subscribe(const frame& f, version v) noexcept {
    assert(f.type == packet_type::subscribe);
    reader in(f.body);
    expect_header(in, f, v, header_flags, by_version(v, "MQTT-3.8.1-1", "MQTT5-3.8.1-1"), "SUBSCRIBE: reserved header flags");
    subscribe p;
    p.id = read_packet_id(in, v, "SUBSCRIBE: packet identifier 0 or missing");
    p.properties = read_properties(in, v, property_place::subscribe, "SUBSCRIBE: property length missing or too long");
    p.requests = subscription_list(f.body.last(in.left()));
    check_requests(in, v);
    return finish(in, p);
}

decoded<suback> decode_suback(const frame& f, version v) noexcept {
    assert(f.type == packet_type::suback);
    reader in(f.body);
    expect_header(in, f, v, 0, reserved_flags_rule(v), "SUBACK: reserved header flags");
    suback p;
    p.id = read_packet_id(in, v, "SUBACK: packet identifier 0 or missing");
    p.properties = read_properties(in, v, property_place::suback, "SUBACK: property length missing or too long");
    p.codes = in.rest();
    if (p.codes.empty()) in.fail(reason::malformed_packet, by_version(v, "MQTT-3.8.4-5", "MQTT5-3.8.4-6"), "SUBACK: no code");
    if (v == version::v5 && !suback_codes_5.contains_all(p.codes))
        in.fail(reason::protocol_error, "MQTT5-3.9.3-2", "SUBACK: reason code of another packet");
    if (v != version::v5 && !suback_codes_3.contains_all(p.codes)) in.fail(reason::malformed_packet, "MQTT-3.9.3-2", "SUBACK: reserved return code");
    return finish(in, p);
}

std::size_t encoded_size(const subscribe& p, version v) noexcept {
    return measure(p, v).packet();
}

std::size_t encode(const subscribe& p, version v, byte_span out) noexcept {
    return encode_packet(packet_type::subscribe, header_flags, measure(p, v), out, [&](writer& to) {
        to.u16(p.id);
        if (v == version::v5) {
            write_properties(to, p.properties);
            to.raw(p.requests.bytes());
            return;
        }
        for (const auto& request : p.requests) {
            to.utf8(request.filter);
            to.u8(static_cast<std::uint8_t>(request.options.qos));
        }
    });
}

std::size_t encoded_size(const suback& p, version v) noexcept {
    return measure(p, v).packet();
}

std::size_t encode(const suback& p, version v, byte_span out) noexcept {
    return encode_packet(packet_type::suback, 0, measure(p, v), out, [&](writer& to) {
        to.u16(p.id);
        if (v == version::v5) {
            write_properties(to, p.properties);
            to.raw(p.codes);
            return;
        }
        // 3.x knows one failure only. [MQTT-3.9.3-2]
        for (const auto code : p.codes) to.u8(is_error(static_cast<reason>(code)) ? static_cast<std::uint8_t>(reason::unspecified_error) : code);
    });
}

}  // namespace tepore::protocol
