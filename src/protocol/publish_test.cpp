#include <doctest/doctest.h>

#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

namespace {

std::string verdict_3(std::uint8_t first_byte, std::string_view body) {
    return verdict(packet_of(first_byte, body), version::v3_1_1, client);
}
std::string verdict_5(std::uint8_t first_byte, std::string_view body, direction from = client) {
    return verdict(packet_of(first_byte, body), version::v5, from);
}

}  // namespace

TEST_CASE("[MQTT-3.3.2-1] [MQTT5-3.3.2-1] PUBLISH: topic name first, then identifier, properties, payload") {
    const auto old_form = packet_of(0x3D, "\"a/b\" 000a 'hello'");
    const auto p = decode_publish(frame_of(old_form), version::v3_1_1);
    REQUIRE(p);
    CHECK(p->topic == "a/b");
    CHECK(p->id == 10);
    CHECK(as_text(p->payload) == "hello");
    CHECK(p->qos == qos::exactly_once);
    CHECK(p->retain);
    CHECK(p->dup);
    CHECK(encoded(*p, version::v3_1_1) == old_form);

    const auto new_form = packet_of(0x32, "\"a/b\" 000a 05 02 0000000f 'hello'");
    const auto q = decode_publish(frame_of(new_form), version::v5);
    REQUIRE(q);
    CHECK(q->properties.number(property_id::message_expiry_interval) == 15);
    CHECK(as_text(q->payload) == "hello");
    CHECK(encoded(*q, version::v5) == new_form);
    CHECK(encoded(*q, version::v3_1_1) == packet_of(0x32, "\"a/b\" 000a 'hello'"));
}

TEST_CASE("[MQTT-2.3.1-5] [MQTT5-2.2.1-2] there is no packet identifier at QoS 0: those bytes are payload") {
    const auto bytes = packet_of(0x30, "\"a\" 0007");
    const auto p = decode_publish(frame_of(bytes), version::v3_1_1);
    REQUIRE(p);
    CHECK(p->id == 0);
    CHECK(hex(p->payload) == "0007");
    CHECK(encoded(publish{.topic = "a", .id = 7}, version::v3_1_1) == wire("30 03 \"a\""));
}

TEST_CASE("[MQTT-2.3.1-1] [MQTT5-2.2.1-3] [MQTT5-2.2.1-4] above QoS 0 the packet identifier is there and not 0") {
    CHECK(verdict_3(0x32, "\"a\" 0000") == "Protocol Error MQTT-2.3.1-1");
    CHECK(verdict_3(0x34, "\"a\" 0000") == "Protocol Error MQTT-2.3.1-1");
    CHECK(verdict_5(0x32, "\"a\" 0000 00") == "Protocol Error MQTT5-2.2.1-3");
    CHECK(verdict_3(0x32, "\"a\"") == "Malformed Packet MQTT 1.5");
    CHECK(verdict_3(0x32, "\"a\" 00") == "Malformed Packet MQTT 1.5");
    CHECK(encoded(publish{.topic = "a", .qos = qos::at_least_once}, version::v3_1_1).empty());
}

TEST_CASE("[MQTT-3.3.1-2] [MQTT5-3.3.1-2] DUP is 0 at QoS 0, both ways") {
    CHECK(encoded(publish{.topic = "a", .dup = true}, version::v3_1_1) == wire("30 03 \"a\""));
    CHECK(verdict_3(0x38, "\"a\"") == "Malformed Packet MQTT-3.3.1-2");
    CHECK(verdict_5(0x38, "\"a\" 00") == "Malformed Packet MQTT5-3.3.1-2");
    CHECK(verdict_3(0x3A, "\"a\" 0001") == "accepted");
}

TEST_CASE("[MQTT-3.3.1-4] [MQTT5-3.3.1-4] QoS 3 is refused") {
    CHECK(verdict_3(0x36, "\"a\" 0001") == "Malformed Packet MQTT-3.3.1-4");
    CHECK(verdict_5(0x36, "\"a\" 0001 00") == "Malformed Packet MQTT5-3.3.1-4");
}

TEST_CASE("[MQTT-3.3.2-2] [MQTT-4.7.1-1] [MQTT5-3.3.2-2] [MQTT5-4.7.0-1] no wildcards in the topic name") {
    for (const auto* const topic :
         {"\"#\"", "\"+\"", "\"a/+/b\"", "\"a/#\"", "\"a+b\"", "\"house/3/zone/kitchen/#\"", "\"casa/umidità/+\"", "\"0123456+\"", "\"01234567#\""}) {
        INFO(topic);
        CHECK(verdict_3(0x30, topic) == "Topic Name invalid MQTT-3.3.2-2");
        CHECK(verdict_5(0x30, topic + std::string(" 00")) == "Topic Name invalid MQTT5-3.3.2-2");
    }
}

TEST_CASE("[MQTT-4.7.3-1] [MQTT5-4.7.3-1] the topic name is not empty, except in 5.0 with a topic alias") {
    CHECK(verdict_3(0x30, "\"\" 'x'") == "Protocol Error MQTT-4.7.3-1");
    CHECK(verdict_5(0x30, "\"\" 00 'x'") == "Protocol Error MQTT5 3.3.2.1");
    CHECK(verdict_5(0x30, "\"\" 03 23 0001 'x'") == "accepted");
}

TEST_CASE("[MQTT5-3.3.2-8] topic alias 0 is refused with its own reason code") {
    CHECK(verdict_5(0x30, "\"a\" 03 23 0000") == "Topic Alias invalid MQTT5-3.3.2-8");
    CHECK(verdict_5(0x30, "\"a\" 03 23 ffff") == "accepted");
    CHECK(verdict_5(0x30, "\"a\" 06 23 0001 23 0001") == "Protocol Error MQTT5 3.3.2.3");
}

TEST_CASE("[MQTT5-3.3.2-13] [MQTT5-3.3.2-14] [MQTT5-3.3.2-19] response topic and content type are UTF-8, the former without wildcards") {
    CHECK(verdict_5(0x30, "\"a\" 06 08 \"r/1\"") == "accepted");
    CHECK(verdict_5(0x30, "\"a\" 06 08 \"r/+\"") == "Protocol Error MQTT5-3.3.2-14");
    CHECK(verdict_5(0x30, "\"a\" 03 08 \"\"") == "Protocol Error MQTT5 3.3.2.3");
    CHECK(verdict_5(0x30, "\"a\" 04 08 0001 ff") == "Malformed Packet MQTT5-1.5.4-1");
    CHECK(verdict_5(0x30, "\"a\" 04 03 0001 ff") == "Malformed Packet MQTT5-1.5.4-1");
}

TEST_CASE("[MQTT5-3.3.4-6] a client sends no subscription identifier; a server may send several, none of them 0") {
    CHECK(verdict_5(0x30, "\"a\" 02 0b 05", client) == "Protocol Error MQTT5-3.3.4-6");
    CHECK(verdict_5(0x30, "\"a\" 05 0b 05 0b 80 01", server) == "accepted");
    CHECK(verdict_5(0x30, "\"a\" 02 0b 00", server) == "Protocol Error MQTT5 3.3.2.3");
}

TEST_CASE("[MQTT-4.7.3-3] [MQTT5-4.7.3-3] topic names up to 65,535 bytes pass, longer ones cannot be encoded") {
    const std::string longest(65'535, 't');
    for (const auto v : versions) {
        const auto bytes = encoded(publish{.topic = longest, .payload = as_bytes("p")}, v);
        const auto p = decode_publish(frame_of(bytes), v);
        REQUIRE(p);
        CHECK(p->topic == longest);
        CHECK(encoded(publish{.topic = longest + "t"}, v).empty());
    }
}

TEST_CASE("a PUBLISH cut inside topic or properties") {
    CHECK(verdict_3(0x30, "") == "Malformed Packet MQTT 1.5");
    CHECK(verdict_3(0x30, "0003 'ab'") == "Malformed Packet MQTT 1.5");
    CHECK(verdict_5(0x30, "\"a\"") == "Malformed Packet MQTT5-2.2.2-1");
    CHECK(verdict_5(0x30, "\"a\" 05 02 0000") == "Malformed Packet MQTT5 2.2.2.1");
    CHECK(verdict_5(0x30, "\"a\" 03 02 0000") == "Malformed Packet MQTT5 1.5");
}

TEST_CASE("the largest packet, and one byte more") {
    // No memory is touched: encoded_size() looks at sizes only.
    const byte_view huge(static_cast<const std::uint8_t*>(nullptr), 268'435'455 - 3);
    CHECK(encoded_size(publish{.topic = "a", .payload = huge}, version::v3_1_1) == 5 + 268'435'455ull);
    CHECK(encoded_size(publish{.topic = "ab", .payload = huge}, version::v3_1_1) == 0);
    CHECK(encoded_size(publish{.topic = "a", .payload = huge}, version::v5) == 0);
}
