#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

namespace {

std::string verdict_3(std::string_view body) {
    return verdict(packet_of(0x82, body), version::v3_1_1, client);
}
std::string verdict_5(std::string_view body) {
    return verdict(packet_of(0x82, body), version::v5, client);
}

}  // namespace

TEST_CASE("SUBSCRIBE: filters with their options, in order") {
    const auto bytes = packet_of(0x82, "000a 02 0b 07 \"a/b\" 2e \"#\" 10");
    const auto p = decode_subscribe(frame_of(bytes), version::v5);
    REQUIRE(p);
    CHECK(p->id == 10);
    CHECK(p->properties.number(property_id::subscription_identifier) == 7);
    auto at = p->requests.begin();
    CHECK(at->filter == "a/b");
    CHECK(at->options.qos == qos::exactly_once);
    CHECK(at->options.no_local);
    CHECK(at->options.retain_as_published);
    CHECK(at->options.retain == retain_handling::do_not_send);
    ++at;
    CHECK(at->filter == "#");
    CHECK(at->options.qos == qos::at_most_once);
    CHECK(!at->options.no_local);
    CHECK(at->options.retain == retain_handling::send_if_new);
    ++at;
    CHECK(at == p->requests.end());
    CHECK(encoded(*p, version::v5) == bytes);
    // Before 5.0 the options byte knows the QoS only.
    CHECK(encoded(*p, version::v3_1_1) == packet_of(0x82, "000a \"a/b\" 02 \"#\" 00"));
}

TEST_CASE("an empty list has no entries") {
    CHECK(subscription_list().begin() == subscription_list().end());
    CHECK(filter_list().begin() == filter_list().end());
}

TEST_CASE("options survive the way through their byte") {
    for (unsigned byte = 0; byte < 64; ++byte) {
        if ((byte & 3) == 3 || byte >> 4 == 3) continue;
        CHECK(subscription_options::from_byte(static_cast<std::uint8_t>(byte)).to_byte() == byte);
    }
}

TEST_CASE("[MQTT-3.8.1-1] [MQTT5-3.8.1-1] the header flags of SUBSCRIBE are 0010") {
    for (const auto first_byte : wire("80 81 83 86 8A")) {
        CHECK(verdict(packet_of(first_byte, "0001 \"a\" 00"), version::v3_1_1, client) == "Malformed Packet MQTT-3.8.1-1");
        CHECK(verdict(packet_of(first_byte, "0001 00 \"a\" 00"), version::v5, client) == "Malformed Packet MQTT5-3.8.1-1");
    }
}

TEST_CASE("[MQTT-2.3.1-1] [MQTT5-2.2.1-3] SUBSCRIBE needs a packet identifier") {
    CHECK(verdict_3("0000 \"a\" 00") == "Protocol Error MQTT-2.3.1-1");
    CHECK(verdict_5("0000 00 \"a\" 00") == "Protocol Error MQTT5-2.2.1-3");
    CHECK(verdict_3("") == "Malformed Packet MQTT 1.5");
}

TEST_CASE("[MQTT-3.8.3-3] [MQTT5-3.8.3-2] SUBSCRIBE needs a topic filter") {
    CHECK(verdict_3("0001") == "Protocol Error MQTT-3.8.3-3");
    CHECK(verdict_5("0001 00") == "Protocol Error MQTT5-3.8.3-2");
    CHECK(encoded(subscribe{.id = 1}, version::v5).empty());
}

TEST_CASE("[MQTT-3.8.3-1] [MQTT5-3.8.3-1] topic filters are UTF-8, whole, and followed by an options byte") {
    CHECK(verdict_3("0001 0001 ff 00") == "Malformed Packet MQTT-1.5.3-1");
    CHECK(verdict_5("0001 00 \"ok\" 00 0001 ff 00") == "Malformed Packet MQTT5-1.5.4-1");
    CHECK(verdict_3("0001 \"a\"") == "Malformed Packet MQTT 1.5");
    CHECK(verdict_3("0001 \"a\" 00 00") == "Malformed Packet MQTT 1.5");
    CHECK(verdict_3("0001 0005 'abc'") == "Malformed Packet MQTT 1.5");
}

TEST_CASE("[MQTT-4.7.3-1] [MQTT5-4.7.3-1] a topic filter is not empty") {
    CHECK(verdict_3("0001 \"\" 00") == "Protocol Error MQTT-4.7.3-1");
    CHECK(verdict_5("0001 00 \"a\" 00 \"\" 00") == "Protocol Error MQTT5-4.7.3-1");
}

TEST_CASE("[MQTT-3.8.3-4] before 5.0 the options byte is a QoS: 0, 1 or 2, all other bits 0") {
    for (unsigned options = 0; options < 256; ++options) {
        const auto body = "0001 \"a\" " + hex(octets{static_cast<std::uint8_t>(options)});
        CHECK(verdict_3(body) == (options <= 2 ? "accepted" : "Malformed Packet MQTT-3.8.3-4"));
        CHECK(verdict(packet_of(0x82, body), version::v3_1, client) == (options <= 2 ? "accepted" : "Malformed Packet MQTT-3.8.3-4"));
    }
}

TEST_CASE("[MQTT5-3.8.3-5] the options byte of 5.0: reserved bits are malformed, QoS 3 and retain handling 3 are protocol errors") {
    for (unsigned options = 0; options < 256; ++options) {
        const auto expected = (options & 0xC0) != 0                            ? "Malformed Packet MQTT5-3.8.3-5"
                              : (options & 3) == 3 || (options & 0x30) == 0x30 ? "Protocol Error MQTT5 3.8.3.1"
                                                                               : "accepted";
        CHECK(verdict_5("0001 00 \"a\" " + hex(octets{static_cast<std::uint8_t>(options)})) == expected);
    }
}

TEST_CASE("[MQTT5-3.8.3-4] no local on a shared subscription is a protocol error") {
    CHECK(verdict_5("0001 00 \"$share/g/a\" 04") == "Protocol Error MQTT5-3.8.3-4");
    CHECK(verdict_5("0001 00 \"$share/g/a\" 00") == "accepted");
    CHECK(verdict_5("0001 00 \"$shared/g/a\" 04") == "accepted");
}

TEST_CASE("the subscription identifier of SUBSCRIBE stands once and is not 0") {
    CHECK(verdict_5("0001 02 0b 00 \"a\" 00") == "Protocol Error MQTT5 3.8.2.1");
    CHECK(verdict_5("0001 04 0b 01 0b 02 \"a\" 00") == "Protocol Error MQTT5 3.8.2.1");
    CHECK(verdict_5("0001 05 0b ff ff ff 7f \"a\" 00") == "accepted");
    CHECK(verdict_5("0001 03 0b 81 00 \"a\" 00") == "Malformed Packet MQTT5-1.5.5-1");
}

TEST_CASE("[MQTT-3.9.3-1] [MQTT5-3.9.3-1] SUBACK keeps the order of its codes") {
    const auto old_form = wire("90 06 000a 02 80 00 01");
    const auto p = decode_suback(frame_of(old_form), version::v3_1_1);
    REQUIRE(p);
    CHECK(p->id == 10);
    CHECK(hex(p->codes) == "02800001");
    CHECK(encoded(*p, version::v3_1_1) == old_form);
    const auto new_form = wire("90 06 000a 00 02 8f a2");
    const auto q = decode_suback(frame_of(new_form), version::v5);
    REQUIRE(q);
    CHECK(hex(q->codes) == "028fa2");
    CHECK(encoded(*q, version::v5) == new_form);
}

TEST_CASE("[MQTT-3.9.3-2] [MQTT5-3.9.3-2] SUBACK carries the codes of its table only") {
    const auto codes_of_5 = wire("00 01 02 80 83 87 8f 91 97 9e a1 a2");  // table 3-8
    for (unsigned code = 0; code < 256; ++code) {
        const auto octet = static_cast<std::uint8_t>(code);
        INFO("code ", code);
        CHECK(verdict({0x90, 4, 0, 1, 0, octet}, version::v3_1_1, server) ==
              (code <= 2 || code == 0x80 ? "accepted" : "Malformed Packet MQTT-3.9.3-2"));
        const bool known = std::ranges::find(codes_of_5, octet) != codes_of_5.end();
        CHECK(verdict({0x90, 5, 0, 1, 0, 0, octet}, version::v5, server) == (known ? "accepted" : "Protocol Error MQTT5-3.9.3-2"));
    }
    // Every failure of 5.0 is 0x80 in 3.1.1's words.
    const auto codes = wire("01 87 a2");
    CHECK(encoded(suback{.id = 1, .codes = codes}, version::v3_1_1) == wire("90 05 0001 01 80 80"));
}

TEST_CASE("[MQTT-3.8.4-5] [MQTT5-3.8.4-6] SUBACK has at least one code") {
    CHECK(verdict(wire("90 02 0001"), version::v3_1_1, server) == "Malformed Packet MQTT-3.8.4-5");
    CHECK(verdict(wire("90 03 0001 00"), version::v5, server) == "Malformed Packet MQTT5-3.8.4-6");
    CHECK(verdict(wire("90 03 0000 00"), version::v3_1_1, server) == "Protocol Error MQTT-2.3.1-1");
}
