// UNSUBSCRIBE (3.10) and UNSUBACK (3.11).
#include "protocol/code_set.hpp"
#include "protocol/decode_parts.hpp"
#include "protocol/encode_parts.hpp"

namespace tepore::protocol {
namespace {

constexpr std::uint8_t header_flags = 2;

constexpr code_set unsuback_codes{
    reason::success,        reason::no_subscription_existed, reason::unspecified_error,       reason::implementation_specific_error,
    reason::not_authorized, reason::topic_filter_invalid,    reason::packet_identifier_in_use};

void check_filters(reader& in, version v) noexcept {
    if (in.ok() && in.left() == 0) in.fail(reason::protocol_error, by_version(v, "MQTT-3.10.3-2", "MQTT5-3.10.3-2"), "UNSUBSCRIBE: no topic filter");
    while (in.left() != 0) {
        const auto filter = in.utf8("UNSUBSCRIBE: topic filter cut short or not well-formed UTF-8");
        if (filter.empty()) in.fail(reason::protocol_error, by_version(v, "MQTT-4.7.3-1", "MQTT5-4.7.3-1"), "UNSUBSCRIBE: empty topic filter");
    }
}

[[nodiscard]] body_size measure(const unsubscribe& p, version v) noexcept {
    body_size body(2);
    if (v == version::v5) body.properties(p.properties);
    return body.raw(p.filters.bytes().size()).require(p.id != 0 && !p.filters.bytes().empty());
}

[[nodiscard]] body_size measure(const unsuback& p, version v) noexcept {
    body_size body(2);
    if (v == version::v5) body.properties(p.properties).raw(p.codes.size()).require(!p.codes.empty());
    return body.require(p.id != 0);
}

}  // namespace

void filter_list::iterator::read() noexcept {
    reader in(rest_);
    current_ = as_text(in.binary(""));
    size_ = rest_.size() - in.left();
}

filter_list::iterator& filter_list::iterator::operator++() noexcept {
    rest_ = rest_.subspan(size_);
    read();
    return *this;
}

void filter_list::append(std::vector<std::uint8_t>& out, std::string_view filter) {
    assert(filter.size() <= string_bytes_max);
    filter = filter.substr(0, string_bytes_max);
    const auto before = out.size();
    out.resize(before + 2 + filter.size());
    writer(byte_span(out).subspan(before)).utf8(filter);
}

decoded<unsubscribe> decode_unsubscribe(const frame& f, version v) noexcept {
    assert(f.type == packet_type::unsubscribe);
    reader in(f.body);
    expect_header(in, f, v, header_flags, by_version(v, "MQTT-3.10.1-1", "MQTT5-3.10.1-1"), "UNSUBSCRIBE: reserved header flags");
    unsubscribe p;
    p.id = read_packet_id(in, v, "UNSUBSCRIBE: packet identifier 0 or missing");
    p.properties = read_properties(in, v, property_place::unsubscribe, "UNSUBSCRIBE: property length missing or too long");
    p.filters = filter_list(f.body.last(in.left()));
    check_filters(in, v);
    return finish(in, p);
}

decoded<unsuback> decode_unsuback(const frame& f, version v) noexcept {
    assert(f.type == packet_type::unsuback);
    reader in(f.body);
    expect_header(in, f, v, 0, reserved_flags_rule(v), "UNSUBACK: reserved header flags");
    unsuback p;
    p.id = read_packet_id(in, v, "UNSUBACK: packet identifier 0 or missing");
    if (v == version::v5) {
        p.properties = read_properties(in, v, property_place::unsuback, "UNSUBACK: property length missing or too long");
        p.codes = in.rest();
        if (p.codes.empty()) in.fail(reason::malformed_packet, "MQTT5 3.11.3", "UNSUBACK: no reason code");
        if (!unsuback_codes.contains_all(p.codes)) in.fail(reason::protocol_error, "MQTT5-3.11.3-2", "UNSUBACK: reason code of another packet");
    }
    in.expect_end("UNSUBACK: bytes after the last field");
    return finish(in, p);
}

std::size_t encoded_size(const unsubscribe& p, version v) noexcept {
    return measure(p, v).packet();
}

std::size_t encode(const unsubscribe& p, version v, byte_span out) noexcept {
    return encode_packet(packet_type::unsubscribe, header_flags, measure(p, v), out, [&](writer& to) {
        to.u16(p.id);
        if (v == version::v5) write_properties(to, p.properties);
        to.raw(p.filters.bytes());
    });
}

std::size_t encoded_size(const unsuback& p, version v) noexcept {
    return measure(p, v).packet();
}

std::size_t encode(const unsuback& p, version v, byte_span out) noexcept {
    return encode_packet(packet_type::unsuback, 0, measure(p, v), out, [&](writer& to) {
        to.u16(p.id);
        if (v != version::v5) return;
        write_properties(to, p.properties);
        to.raw(p.codes);
    });
}

}  // namespace tepore::protocol
