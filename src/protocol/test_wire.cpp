#include "protocol/test_wire.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <charconv>

#include "protocol/wire.hpp"

namespace tepore::protocol::testing {
namespace {

[[nodiscard]] bool same_bytes(byte_view a, byte_view b) {
    return std::ranges::equal(a, b);
}
[[nodiscard]] bool same(property_view a, property_view b) {
    return same_bytes(a.bytes(), b.bytes());
}

[[nodiscard]] bool same(const will_message& a, const will_message& b) {
    return a.topic == b.topic && same_bytes(a.payload, b.payload) && a.qos == b.qos && a.retain == b.retain && same(a.properties, b.properties);
}

[[nodiscard]] bool same(const connect& a, const connect& b) {
    return a.version == b.version && a.clean_start == b.clean_start && a.keep_alive_s == b.keep_alive_s && a.client_id == b.client_id &&
           a.will.has_value() == b.will.has_value() && (!a.will || same(*a.will, *b.will)) && a.user_name == b.user_name &&
           a.password.has_value() == b.password.has_value() && (!a.password || same_bytes(*a.password, *b.password)) &&
           same(a.properties, b.properties);
}

[[nodiscard]] bool same(const connack& a, const connack& b) {
    return a.session_present == b.session_present && a.code == b.code && same(a.properties, b.properties);
}

[[nodiscard]] bool same(const publish& a, const publish& b) {
    return a.topic == b.topic && same_bytes(a.payload, b.payload) && a.qos == b.qos && a.retain == b.retain && a.dup == b.dup && a.id == b.id &&
           same(a.properties, b.properties);
}

[[nodiscard]] bool same(const ack& a, const ack& b) {
    return a.type == b.type && a.id == b.id && a.code == b.code && same(a.properties, b.properties);
}

[[nodiscard]] bool same(const subscribe& a, const subscribe& b) {
    return a.id == b.id && same(a.properties, b.properties) && same_bytes(a.requests.bytes(), b.requests.bytes());
}

[[nodiscard]] bool same(const suback& a, const suback& b) {
    return a.id == b.id && same(a.properties, b.properties) && same_bytes(a.codes, b.codes);
}

[[nodiscard]] bool same(const unsubscribe& a, const unsubscribe& b) {
    return a.id == b.id && same(a.properties, b.properties) && same_bytes(a.filters.bytes(), b.filters.bytes());
}

[[nodiscard]] bool same(const unsuback& a, const unsuback& b) {
    return a.id == b.id && same(a.properties, b.properties) && same_bytes(a.codes, b.codes);
}

[[nodiscard]] bool same(pingreq, pingreq) {
    return true;
}
[[nodiscard]] bool same(pingresp, pingresp) {
    return true;
}
[[nodiscard]] bool same(const disconnect& a, const disconnect& b) {
    return a.code == b.code && same(a.properties, b.properties);
}
[[nodiscard]] bool same(const auth& a, const auth& b) {
    return a.code == b.code && same(a.properties, b.properties);
}

[[nodiscard]] std::size_t size_of(const connect& p, version) {
    return encoded_size(p);
}
[[nodiscard]] std::size_t size_of(const auto& p, version v) {
    return encoded_size(p, v);
}
std::size_t encode_into(const connect& p, version, byte_span out) {
    return encode(p, out);
}
std::size_t encode_into(const auto& p, version v, byte_span out) {
    return encode(p, v, out);
}

}  // namespace

octets wire(std::string_view notation) {
    octets out;
    for (std::size_t i = 0; i < notation.size();) {
        const char c = notation[i];
        if (c == ' ' || c == '\n') {
            ++i;
        } else if (c == '"' || c == '\'') {
            const auto close = notation.find(c, i + 1);
            REQUIRE(close != std::string_view::npos);
            const auto text = notation.substr(i + 1, close - i - 1);
            if (c == '"') {
                out.push_back(static_cast<std::uint8_t>(text.size() >> 8));
                out.push_back(static_cast<std::uint8_t>(text.size()));
            }
            out.insert(out.end(), text.begin(), text.end());
            i = close + 1;
        } else {
            std::uint8_t byte = 0;
            const char* const at = notation.data() + i;
            REQUIRE(i + 1 < notation.size());
            REQUIRE(std::from_chars(at, at + 2, byte, 16).ptr == at + 2);
            out.push_back(byte);
            i += 2;
        }
    }
    return out;
}

octets packet_of(std::uint8_t first_byte, const octets& body) {
    const auto size = static_cast<std::uint32_t>(body.size());
    octets out(1 + varint_size(size) + body.size());
    writer to(out);
    to.u8(first_byte);
    to.varint(size);
    to.raw(body);
    return out;
}

octets packet_of(std::uint8_t first_byte, std::string_view body) {
    return packet_of(first_byte, wire(body));
}

frame frame_of(const octets& bytes) {
    const auto found = next_frame(bytes, remaining_length_max);
    REQUIRE(found.state == frame_state::complete);
    REQUIRE(found.frame.whole.size() == bytes.size());
    return found.frame;
}

std::string verdict(const fault& why, version v) {
    std::string_view rule = why.rule;
    REQUIRE(!rule.empty());
    REQUIRE(std::string_view(why.what) != "");
    if (const auto comma = rule.find(", "); comma != std::string_view::npos) rule = v == version::v5 ? rule.substr(comma + 2) : rule.substr(0, comma);
    return std::string(name_of(why.code)) + ' ' + std::string(rule);
}

std::string verdict(const octets& bytes, version v, direction from) {
    return verdict(decode(frame_of(bytes), v, from), v);
}

octets encoded(const packet& p, version v) {
    return std::visit(
        [v](const auto& each) {
            octets out(size_of(each, v));
            REQUIRE(encode_into(each, v, out) == out.size());
            return out;
        },
        p);
}

bool same(const packet& a, const packet& b) {
    if (a.index() != b.index()) return false;
    return std::visit([&b](const auto& each) { return same(each, std::get<std::decay_t<decltype(each)>>(b)); }, a);
}

std::string hex(byte_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const auto byte : bytes) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

}  // namespace tepore::protocol::testing
