// What the codec costs per packet.
#include <stdexcept>
#include <string>
#include <vector>

#include "micro/subject.hpp"
#include "protocol/codec.hpp"
#include "protocol/wire.hpp"

namespace tepore::bench {
namespace {

using namespace protocol;

constexpr std::string_view topic = "home/3/zone/kitchen/temperature";
constexpr std::uint32_t limit = 1024 * 1024;
const std::string payload(64, 'x');

/// Owns what the packets refer to.
const property_builder& some_properties() {
    static const property_builder properties = [] {
        property_builder p;
        p.number(property_id::message_expiry_interval, 3600).text(property_id::content_type, "text/plain").user("unit", "celsius");
        return p;
    }();
    return properties;
}

publish publish_with(qos q, bool properties) {
    publish p{.topic = topic, .payload = as_bytes(payload), .qos = q, .id = static_cast<packet_id>(q == qos::at_most_once ? 0 : 7)};
    if (properties) p.properties = some_properties().view();
    return p;
}

template <class Packet>
std::vector<std::uint8_t> wire(const Packet& p, version v) {
    std::vector<std::uint8_t> bytes(encoded_size(p, v));
    encode(p, v, bytes);
    return bytes;
}

/// A receive buffer full of one PUBLISH, as a loop's turn finds it.
operation decode_publishes(const publish& p, version v) {
    constexpr std::size_t packets = 64;
    std::vector<std::uint8_t> stream;
    for (std::size_t i = 0; i < packets; ++i) {
        const auto one = wire(p, v);
        stream.insert(stream.end(), one.begin(), one.end());
    }
    return [stream, v](std::size_t n) {
        byte_view rest(stream);
        for (std::size_t i = 0; i < n; ++i) {
            if (rest.empty()) rest = stream;
            const auto found = next_frame(rest, limit);
            const auto decoded = decode_publish(found.frame, v);
            if (!decoded) throw std::logic_error(decoded.error().what);
            keep(decoded->payload.data());
            rest = rest.subspan(found.frame.whole.size());
        }
    };
}

template <class Packet>
operation encode_again(const Packet& p, version v) {
    return [p, v, out = std::vector<std::uint8_t>(encoded_size(p, v))](std::size_t n) mutable {
        for (std::size_t i = 0; i < n; ++i) {
            keep(encode(p, v, byte_span(out).first(encoded_size(p, v))));
            keep(out.data());
        }
    };
}

operation decode_ack_of(version v) {
    return [bytes = wire(ack{.type = packet_type::puback, .id = 7}, v), v](std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) keep(decode_ack(next_frame(bytes, limit).frame, v));
    };
}

operation valid_utf8(std::string text) {
    return [text](std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) {
            keep(text.data());
            keep(is_valid_utf8(text));
        }
    };
}

}  // namespace

void add_codec(std::vector<subject>& to) {
    constexpr auto v3 = version::v3_1_1;
    constexpr auto v5 = version::v5;
    to.push_back({"codec/decode_publish_qos_0", [] { return decode_publishes(publish_with(qos::at_most_once, false), v3); }});
    to.push_back({"codec/decode_publish_qos_1", [] { return decode_publishes(publish_with(qos::at_least_once, false), v3); }});
    to.push_back({"codec/decode_publish_5", [] { return decode_publishes(publish_with(qos::at_least_once, false), v5); }});
    to.push_back({"codec/decode_publish_5_with_properties", [] { return decode_publishes(publish_with(qos::at_least_once, true), v5); }});
    to.push_back({"codec/encode_publish", [] { return encode_again(publish_with(qos::at_least_once, false), v3); }});
    to.push_back({"codec/encode_publish_5_with_properties", [] { return encode_again(publish_with(qos::at_least_once, true), v5); }});
    to.push_back({"codec/decode_ack", [] { return decode_ack_of(v3); }});
    to.push_back({"codec/decode_ack_5", [] { return decode_ack_of(v5); }});
    to.push_back({"codec/encode_ack", [] { return encode_again(ack{.type = packet_type::puback, .id = 7}, v3); }});
    to.push_back({"codec/utf8_topic", [] { return valid_utf8(std::string(topic)); }});
    to.push_back({"codec/utf8_ascii_1_KiB", [] { return valid_utf8(std::string(1024, 'a')); }});
    to.push_back({"codec/utf8_italian", [] { return valid_utf8("casa/bagno/umidità relativa/perché no"); }});
    to.push_back({"codec/utf8_japanese", [] { return valid_utf8("家/台所/温度センサー/現在の値"); }});
}

}  // namespace tepore::bench
