// Table 2-4 of MQTT 5.0: each property, its type, where it may stand, and what its section says about values.
#include "packets/description.hpp"

namespace tepore::packets {
namespace {

using conformance::join;
using conformance::length;
using conformance::raw;
using conformance::text;
using conformance::u16;
using conformance::u8;
using enum place;

wire u32(std::uint32_t v) {
    return join({u16(v >> 16), u16(v & 0xffff)});
}

/// "A value of either 0 or 1": anything else is a Protocol Error.
std::vector<value> zero_or_one(std::string_view section) {
    std::vector<value> all{{"0", u8(0)}, {"1", u8(1)}};
    for (const unsigned wrong : {2u, 3u, 127u, 128u, 255u}) all.push_back({std::to_string(wrong), u8(wrong), forbidden(section, "")});
    return all;
}

std::vector<value> any_two_bytes() {
    return {{"0", u16(0)}, {"1", u16(1)}, {"65535", u16(65'535)}};
}

std::vector<value> any_four_bytes() {
    return {{"0", u32(0)}, {"1", u32(1)}, {"4294967295", u32(0xffff'ffff)}};
}

std::vector<value> any_text() {
    return {{"\"x\"", text("x")},
            {"empty", text("")},
            {"a byte order mark", text("\xEF\xBB\xBFx")},
            {"the last code point", text("\xF4\x8F\xBF\xBD")},
            {"1000 characters", text(std::string(1000, 'x'))}};
}

std::vector<value> any_binary() {
    return {{"2 bytes", text("\xC0\x80")}, {"empty", text("")}, {"1000 bytes", text(std::string(1000, '\0'))}};
}

std::vector<value> any_pair() {
    return {{"a pair", join({text("name"), text("value")})},
            {"an empty pair", join({text(""), text("")})},
            {"a long pair", join({text(std::string(300, 'n')), text(std::string(300, 'v'))})}};
}

/// A topic name: not empty [MQTT5-4.7.3-1], no wildcards.
std::vector<value> topic_name(std::string_view wildcard_rule) {
    std::vector<value> all{{"a/b", text("a/b")}, {"/", text("/")}};
    all.push_back({"empty", text(""), forbidden("MQTT5-4.7.3-1", "")});
    for (const auto* wrong : {"#", "+", "a/#", "a/+/b", "a+", "#b"}) all.push_back({wrong, text(wrong), forbidden(wildcard_rule, "")});
    return all;
}

/// 1 to 268,435,455.
std::vector<value> subscription_identifiers(std::string_view section) {
    std::vector<value> all;
    for (const std::size_t good : {1u, 127u, 128u, 16'383u, 16'384u, 2'097'151u, 2'097'152u, 268'435'455u})
        all.push_back({std::to_string(good), length(good)});
    all.push_back({"0", length(0), forbidden(section, "")});
    all.push_back({"1 in two bytes", {0x81, 0x00}, malformed("MQTT5-1.5.5-1", "")});
    all.push_back({"128 in four bytes", {0x80, 0x81, 0x80, 0x00}, malformed("MQTT5-1.5.5-1", "")});
    all.push_back({"in five bytes", {0x80, 0x80, 0x80, 0x80, 0x01}, malformed("MQTT5 1.5.5", "")});
    return all;
}

std::vector<value> not_zero(std::vector<value> values, wire zero, std::string_view section) {
    values.push_back({"0", std::move(zero), forbidden(section, "")});
    return values;
}

const std::vector<place> message{publish, will};
const std::vector<place> everywhere{connect, connack,   publish, will,        puback,   pubrec,     pubrel,
                                    pubcomp, subscribe, suback,  unsubscribe, unsuback, disconnect, auth};
const std::vector<place> answers{connack, puback, pubrec, pubrel, pubcomp, suback, unsuback, disconnect, auth};

}  // namespace

const std::vector<property>& properties() {
    static const std::vector<property> all{
        {0x01, "Payload Format Indicator", kind::byte, message, {}, zero_or_one("MQTT5 3.3.2.3.2")},
        {0x02, "Message Expiry Interval", kind::four_bytes, message, {}, any_four_bytes()},
        {0x03, "Content Type", kind::text, message, {}, any_text()},
        {0x08, "Response Topic", kind::text, message, {}, topic_name("MQTT5-3.3.2-14")},
        {0x09, "Correlation Data", kind::binary, message, {}, any_binary()},
        {0x0B, "Subscription Identifier", kind::varint, {publish, subscribe}, {publish}, subscription_identifiers("MQTT5 3.8.2.1.2")},
        {0x11, "Session Expiry Interval", kind::four_bytes, {connect, connack, disconnect}, {}, any_four_bytes()},
        {0x12, "Assigned Client Identifier", kind::text, {connack}, {}, any_text()},
        {0x13, "Server Keep Alive", kind::two_bytes, {connack}, {}, any_two_bytes()},
        {0x15, "Authentication Method", kind::text, {connect, connack, auth}, {}, any_text()},
        {0x16, "Authentication Data", kind::binary, {connect, connack, auth}, {}, any_binary()},
        {0x17, "Request Problem Information", kind::byte, {connect}, {}, zero_or_one("MQTT5 3.1.2.11.7")},
        {0x18, "Will Delay Interval", kind::four_bytes, {will}, {}, any_four_bytes()},
        {0x19, "Request Response Information", kind::byte, {connect}, {}, zero_or_one("MQTT5 3.1.2.11.6")},
        {0x1A, "Response Information", kind::text, {connack}, {}, any_text()},
        {0x1C, "Server Reference", kind::text, {connack, disconnect}, {}, any_text()},
        {0x1F, "Reason String", kind::text, answers, {}, any_text()},
        {0x21,
         "Receive Maximum",
         kind::two_bytes,
         {connect, connack},
         {},
         not_zero({{"1", u16(1)}, {"65535", u16(65'535)}}, u16(0), "MQTT5 3.1.2.11.3")},
        {0x22, "Topic Alias Maximum", kind::two_bytes, {connect, connack}, {}, any_two_bytes()},
        {0x23, "Topic Alias", kind::two_bytes, {publish}, {}, {{"1", u16(1)}, {"65535", u16(65'535)}, {"0", u16(0), {0x94, "MQTT5-3.3.2-8", ""}}}},
        {0x24, "Maximum QoS", kind::byte, {connack}, {}, zero_or_one("MQTT5 3.2.2.3.4")},
        {0x25, "Retain Available", kind::byte, {connack}, {}, zero_or_one("MQTT5 3.2.2.3.5")},
        {0x26, "User Property", kind::pair, everywhere, everywhere, any_pair()},
        {0x27,
         "Maximum Packet Size",
         kind::four_bytes,
         {connect, connack},
         {},
         not_zero({{"1000", u32(1000)}, {"4294967295", u32(0xffff'ffff)}}, u32(0), "MQTT5 3.1.2.11.4")},
        {0x28, "Wildcard Subscription Available", kind::byte, {connack}, {}, zero_or_one("MQTT5 3.2.2.3.11")},
        {0x29, "Subscription Identifier Available", kind::byte, {connack}, {}, zero_or_one("MQTT5 3.2.2.3.12")},
        {0x2A, "Shared Subscription Available", kind::byte, {connack}, {}, zero_or_one("MQTT5 3.2.2.3.13")},
    };
    return all;
}

}  // namespace tepore::packets
