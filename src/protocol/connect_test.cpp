#include <doctest/doctest.h>

#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

namespace {

octets connect_bytes(std::string_view body) {
    return packet_of(0x10, body);
}

std::string connect_verdict(std::string_view body) {
    const auto bytes = connect_bytes(body);
    const auto v = claimed_version(frame_of(bytes)).value_or(version::v3_1_1);
    return verdict(bytes, v, client);
}

/// `flags` in hex, then the payload; once in 3.1.1's form and once in 5.0's (no properties, `will_properties` before the will topic is up to the
/// caller).
std::string verdict_3(std::string_view flags, std::string_view payload) {
    return connect_verdict("\"MQTT\" 04 " + std::string(flags) + " 003c " + std::string(payload));
}
std::string verdict_5(std::string_view flags, std::string_view payload) {
    return connect_verdict("\"MQTT\" 05 " + std::string(flags) + " 003c 00 " + std::string(payload));
}

}  // namespace

TEST_CASE("[MQTT-3.1.3-1] [MQTT-3.1.3-3] [MQTT-3.1.2-9] [MQTT-3.1.2-19] [MQTT-3.1.2-21] CONNECT with every field, in their order") {
    const auto bytes = connect_bytes("\"MQTT\" 04 f6 003c \"amy\" \"home/amy\" \"gone\" \"user\" \"pass\"");
    const auto p = decode_connect(frame_of(bytes));
    REQUIRE(p);
    CHECK(p->version == version::v3_1_1);
    CHECK(p->clean_start);
    CHECK(p->keep_alive_s == 60);
    CHECK(p->client_id == "amy");
    REQUIRE(p->will);
    CHECK(p->will->topic == "home/amy");
    CHECK(as_text(p->will->payload) == "gone");
    CHECK(p->will->qos == qos::exactly_once);
    CHECK(p->will->retain);
    CHECK(p->user_name == "user");
    REQUIRE(p->password);
    CHECK(as_text(*p->password) == "pass");
    CHECK(encoded(*p, version::v3_1_1) == bytes);
}

TEST_CASE("[MQTT5-3.1.3-1] [MQTT5-3.1.3-3] [MQTT5-3.1.2-9] [MQTT5-3.1.2-17] [MQTT5-3.1.2-19] CONNECT of 5.0 with every field, in their order") {
    const auto bytes = connect_bytes("\"MQTT\" 05 ec 000a 05 11 00000078 \"amy\" 05 18 0000000a \"t\" \"\" \"user\" 0002 00 ff");
    const auto p = decode_connect(frame_of(bytes));
    REQUIRE(p);
    CHECK(p->version == version::v5);
    CHECK(!p->clean_start);
    CHECK(p->properties.number(property_id::session_expiry_interval) == 120);
    REQUIRE(p->will);
    CHECK(p->will->qos == qos::at_least_once);
    CHECK(p->will->properties.number(property_id::will_delay_interval) == 10);
    CHECK(p->will->payload.empty());
    CHECK(hex(*p->password) == "00ff");
    CHECK(encoded(*p, version::v5) == bytes);
}

TEST_CASE("the least CONNECT of every version") {
    for (const auto v : versions) {
        const connect least{.version = v, .clean_start = true};
        const auto bytes = encoded(least, v);
        CHECK(claimed_version(frame_of(bytes)) == v);
        const auto p = decode_connect(frame_of(bytes));
        REQUIRE(p);
        CHECK(same(*p, least));
    }
    CHECK(encoded(connect{.version = version::v3_1}, version::v3_1) == connect_bytes("\"MQIsdp\" 03 02 0000 \"\""));
}

TEST_CASE("[MQTT-3.1.2-1] [MQTT5-3.1.2-1] a wrong protocol name is refused") {
    for (const auto* const body :
         {"\"MQTTX\" 04 02 003c \"x\"", "\"mqtt\" 04 02 003c \"x\"", "\"\" 04 02 003c \"x\"", "\"HTTP\" 05 02 003c 00 \"x\""}) {
        CHECK(connect_verdict(body) == "Malformed Packet MQTT-3.1.2-1");
        CHECK(!claimed_version(frame_of(connect_bytes(body))));
    }
}

TEST_CASE("[MQTT-3.1.2-2] [MQTT5-3.1.2-2] a known name with an unknown level is an unsupported version, whatever follows") {
    for (const auto* const body :
         {"\"MQTT\" 00 02 003c \"x\"", "\"MQTT\" 03 02 003c \"x\"", "\"MQTT\" 06", "\"MQTT\" 84 02 003c \"x\"", "\"MQIsdp\" 04 02 003c \"x\""}) {
        CHECK(connect_verdict(body) == "Unsupported Protocol Version MQTT-3.1.2-2");
        CHECK(!claimed_version(frame_of(connect_bytes(body))));
    }
}

TEST_CASE("[MQTT-3.1.2-3] [MQTT5-3.1.2-3] the reserved connect flag must be 0") {
    CHECK(verdict_3("03", "\"x\"") == "Malformed Packet MQTT-3.1.2-3");
    CHECK(verdict_5("03", "\"x\"") == "Malformed Packet MQTT5-3.1.2-3");
}

TEST_CASE("[MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15] [MQTT5-3.1.2-11] [MQTT5-3.1.2-13] without will flag, nothing of a will") {
    CHECK(verdict_3("0a", "\"x\"") == "Malformed Packet MQTT-3.1.2-13");
    CHECK(verdict_5("12", "\"x\"") == "Malformed Packet MQTT5-3.1.2-11");
    CHECK(verdict_3("22", "\"x\"") == "Malformed Packet MQTT-3.1.2-15");
    CHECK(verdict_5("22", "\"x\"") == "Malformed Packet MQTT5-3.1.2-13");
    CHECK(verdict_3("02", "\"x\" \"will/topic\" \"will\"") == "Malformed Packet MQTT 2.2.3");
}

TEST_CASE("[MQTT-3.1.2-14] [MQTT5-3.1.2-12] the will QoS is 0, 1 or 2") {
    for (const auto* const flags : {"06", "0e", "16"}) {
        CHECK(verdict_3(flags, "\"x\" \"t\" \"m\"") == "accepted");
        CHECK(verdict_5(flags, "\"x\" 00 \"t\" \"m\"") == "accepted");
    }
    CHECK(verdict_3("1e", "\"x\" \"t\" \"m\"") == "Malformed Packet MQTT-3.1.2-14");
    CHECK(verdict_5("1e", "\"x\" 00 \"t\" \"m\"") == "Malformed Packet MQTT5-3.1.2-12");
    CHECK(verdict_3("1a", "\"x\"") == "Malformed Packet MQTT-3.1.2-14");
}

TEST_CASE("[MQTT-3.1.2-9] [MQTT5-3.1.2-9] with will flag, will topic and will message must be there") {
    CHECK(verdict_3("06", "\"x\"") == "Malformed Packet MQTT 1.5");
    CHECK(verdict_3("06", "\"x\" \"t\"") == "Malformed Packet MQTT 1.5");
    CHECK(verdict_5("06", "\"x\"") == "Malformed Packet MQTT5-2.2.2-1");
    CHECK(verdict_5("06", "\"x\" 00 \"t\"") == "Malformed Packet MQTT5 1.5");
}

TEST_CASE("[MQTT-3.1.2-18] [MQTT-3.1.2-20] [MQTT5-3.1.2-16] [MQTT5-3.1.2-18] no user name or password without its flag") {
    CHECK(verdict_3("02", "\"x\" \"user\"") == "Malformed Packet MQTT 2.2.3");
    CHECK(verdict_3("82", "\"x\" \"user\" \"pass\"") == "Malformed Packet MQTT 2.2.3");
    CHECK(verdict_5("02", "\"x\" \"user\"") == "Malformed Packet MQTT5 2.1.4");
    CHECK(verdict_5("42", "\"x\" \"pass\" \"more\"") == "Malformed Packet MQTT5 2.1.4");
}

TEST_CASE("[MQTT-3.1.2-19] [MQTT-3.1.2-21] [MQTT5-3.1.2-17] [MQTT5-3.1.2-19] with the flag, user name and password must be there") {
    CHECK(verdict_3("82", "\"x\"") == "Malformed Packet MQTT 1.5");
    CHECK(verdict_3("c2", "\"x\" \"user\"") == "Malformed Packet MQTT 1.5");
    CHECK(verdict_5("82", "\"x\"") == "Malformed Packet MQTT5 1.5");
    CHECK(verdict_5("42", "\"x\"") == "Malformed Packet MQTT5 1.5");
}

TEST_CASE("[MQTT-3.1.2-22] a password without user name is refused before 5.0, which allows it") {
    CHECK(verdict_3("42", "\"x\" \"pass\"") == "Malformed Packet MQTT-3.1.2-22");
    CHECK(verdict_5("42", "\"x\" \"pass\"") == "accepted");
    const connect p{.client_id = "x", .password = as_bytes("pass")};
    CHECK(encoded(p, version::v3_1_1).empty());
}

TEST_CASE("[MQTT-3.1.3-3] [MQTT5-3.1.3-3] the client identifier must be there, though it may be empty") {
    CHECK(verdict_3("02", "") == "Malformed Packet MQTT 1.5");
    CHECK(verdict_3("02", "\"\"") == "accepted");
    CHECK(verdict_5("00", "\"\"") == "accepted");
}

TEST_CASE("[MQTT-3.1.3-4] [MQTT-3.1.3-10] [MQTT-3.1.3-11] [MQTT5-3.1.3-4] [MQTT5-3.1.3-11] [MQTT5-3.1.3-12] names are UTF-8, payloads any bytes") {
    CHECK(verdict_3("02", "0001 ff") == "Malformed Packet MQTT-1.5.3-1");
    CHECK(verdict_3("06", "\"x\" 0001 ff \"m\"") == "Malformed Packet MQTT-1.5.3-1");
    CHECK(verdict_3("82", "\"x\" 0001 ff") == "Malformed Packet MQTT-1.5.3-1");
    CHECK(verdict_5("02", "0001 ff") == "Malformed Packet MQTT5-1.5.4-1");
    CHECK(verdict_5("06", "\"x\" 00 0001 ff \"m\"") == "Malformed Packet MQTT5-1.5.4-1");
    CHECK(verdict_5("82", "\"x\" 0001 ff") == "Malformed Packet MQTT5-1.5.4-1");
    CHECK(verdict_3("c6", "\"x\" \"t\" 0001 ff \"u\" 0001 ff") == "accepted");
}

TEST_CASE("[MQTT-4.7.1-1] [MQTT-4.7.3-1] [MQTT5-4.7.0-1] [MQTT5-4.7.3-1] a will topic is a topic name") {
    CHECK(verdict_3("06", "\"x\" \"a/+\" \"m\"") == "Topic Name invalid MQTT-4.7.1-1");
    CHECK(verdict_3("06", "\"x\" \"\" \"m\"") == "Topic Name invalid MQTT-4.7.3-1");
    CHECK(verdict_5("06", "\"x\" 00 \"#\" \"m\"") == "Topic Name invalid MQTT5-4.7.0-1");
}

TEST_CASE("[MQTT-3.1.4-1] [MQTT5-3.1.4-1] [MQTT-3.1.3-1] surplus, cut and wrongly ordered fields do not pass") {
    CHECK(verdict_3("02", "\"x\" 00") == "Malformed Packet MQTT 2.2.3");
    CHECK(verdict_5("02", "\"x\" 00") == "Malformed Packet MQTT5 2.1.4");
    CHECK(connect_verdict("") == "Malformed Packet MQTT 1.5");
    CHECK(connect_verdict("\"MQTT\"") == "Malformed Packet MQTT 1.5");
    CHECK(connect_verdict("\"MQTT\" 04") == "Malformed Packet MQTT 1.5");
    CHECK(connect_verdict("\"MQTT\" 04 02 00") == "Malformed Packet MQTT 1.5");
    CHECK(connect_verdict("\"MQTT\" 05 02 003c") == "Malformed Packet MQTT5-2.2.2-1");
}

TEST_CASE("CONNECT properties: the ones with rules of their own") {
    const auto with = [](std::string_view properties) {
        const auto bytes = wire(properties);
        return connect_verdict("\"MQTT\" 05 02 003c " + hex(octets{static_cast<std::uint8_t>(bytes.size())}) + " " + std::string(properties) +
                               " \"x\"");
    };
    CHECK(with("15 \"SCRAM\" 16 \"data\"") == "accepted");
    CHECK(with("16 \"data\" 15 \"SCRAM\"") == "accepted");
    CHECK(with("16 \"data\"") == "Protocol Error MQTT5 3.1.2.11.10");
    CHECK(with("21 0000") == "Protocol Error MQTT5 3.1.2.11");
    CHECK(with("27 00000000") == "Protocol Error MQTT5 3.1.2.11");
    CHECK(with("17 02") == "Protocol Error MQTT5 3.1.2.11");
    CHECK(with("11 00000000 11 00000000") == "Protocol Error MQTT5 3.1.2.11");
    CHECK(with("18 00000001") == "Malformed Packet MQTT5 2.2.2.2");  // a will property
}
