#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

TEST_CASE("pings are two bytes") {
    for (const auto v : versions) {
        CHECK(encoded(pingreq{}, v) == wire("c0 00"));
        CHECK(encoded(pingresp{}, v) == wire("d0 00"));
        CHECK(verdict(wire("c0 00"), v, client) == "accepted");
        CHECK(verdict(wire("d0 00"), v, server) == "accepted");
        CHECK(verdict(wire("c0 01 00"), v, client).starts_with("Malformed Packet MQTT"));
        CHECK(verdict(wire("d0 01 00"), v, server).starts_with("Malformed Packet MQTT"));
    }
}

TEST_CASE("[MQTT5-1.5.5-1] the remaining length of a ping has its shortest form in 5.0") {
    for (const auto v : {version::v3_1, version::v3_1_1}) {
        CHECK(verdict(wire("c0 80 00"), v, client) == "accepted");
        CHECK(verdict(wire("d0 80 00"), v, server) == "accepted");
    }
    CHECK(verdict(wire("c0 80 00"), version::v5, client) == "Malformed Packet MQTT5-1.5.5-1");
    CHECK(verdict(wire("d0 80 00"), version::v5, server) == "Malformed Packet MQTT5-1.5.5-1");
}

TEST_CASE("packets that travel one way only are protocol errors the other way") {
    for (const auto v : {version::v3_1_1, version::v5}) {
        for (const auto first_byte : wire("20 90 B0 D0")) CHECK(verdict(packet_of(first_byte, "0001 00"), v, client).starts_with("Protocol Error "));
        for (const auto first_byte : wire("10 82 A2 C0")) CHECK(verdict(packet_of(first_byte, "0001 00"), v, server).starts_with("Protocol Error "));
    }
}

TEST_CASE("[MQTT-3.14.1-1] [MQTT5-3.14.1-1] the reserved bits of DISCONNECT are 0") {
    CHECK(verdict(wire("e1 00"), version::v3_1_1, client) == "Malformed Packet MQTT-3.14.1-1");
    CHECK(verdict(wire("e8 00"), version::v5, client) == "Malformed Packet MQTT5-3.14.1-1");
}

TEST_CASE("DISCONNECT before 5.0: from clients, without body") {
    CHECK(encoded(disconnect{.code = reason::server_busy}, version::v3_1_1) == wire("e0 00"));
    CHECK(verdict(wire("e0 00"), version::v3_1_1, client) == "accepted");
    CHECK(verdict(wire("e0 01 00"), version::v3_1_1, client) == "Malformed Packet MQTT 2.2.3");
    CHECK(verdict(wire("e0 00"), version::v3_1_1, server) == "Protocol Error MQTT 3.14");
}

TEST_CASE("DISCONNECT of 5.0 in its three lengths") {
    property_builder properties;
    properties.number(property_id::session_expiry_interval, 1);
    CHECK(encoded(disconnect{}, version::v5) == wire("e0 00"));
    CHECK(encoded(disconnect{.code = reason::disconnect_with_will}, version::v5) == wire("e0 01 04"));
    CHECK(encoded(disconnect{.properties = properties.view()}, version::v5) == wire("e0 07 00 05 11 00000001"));
    for (const auto* const bytes : {"e0 00", "e0 01 00", "e0 01 04", "e0 02 00 00", "e0 07 00 05 11 00000001"}) {
        CHECK(verdict(wire(bytes), version::v5, client) == "accepted");
    }
    CHECK(verdict(wire("e0 03 00 00 00"), version::v5, client) == "Malformed Packet MQTT5 2.1.4");
}

TEST_CASE("[MQTT5-3.14.2-1] DISCONNECT: each side has its reason codes") {
    const auto of_clients = wire("00 04 80 81 82 83 90 93 94 95 96 97 98 99");  // table 3-10
    const auto of_servers = wire("00 80 81 82 83 87 89 8b 8d 8e 8f 90 93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f a0 a1 a2");
    for (unsigned code = 0; code < 256; ++code) {
        const auto octet = static_cast<std::uint8_t>(code);
        const auto expected = [octet](const octets& known) {
            return std::ranges::find(known, octet) != known.end() ? "accepted" : "Protocol Error MQTT5-3.14.2-1";
        };
        INFO("code ", code);
        CHECK(verdict({0xE0, 1, octet}, version::v5, client) == expected(of_clients));
        if (code != 0x8C) CHECK(verdict({0xE0, 1, octet}, version::v5, server) == expected(of_servers));
    }
    // Bad authentication method stands in table 2-6 for DISCONNECT but not in table 3-10: taken.
    CHECK(verdict(wire("e0 01 8c"), version::v5, server) == "accepted");
}

TEST_CASE("[MQTT5-3.14.2-2] a server sends no session expiry interval in DISCONNECT") {
    CHECK(verdict(wire("e0 07 00 05 11 00000001"), version::v5, server) == "Protocol Error MQTT5-3.14.2-2");
}

TEST_CASE("[MQTT5-3.15.1-1] the reserved bits of AUTH are 0") {
    CHECK(verdict(packet_of(0xF2, "18 04 15 \"m\""), version::v5, client) == "Malformed Packet MQTT5-3.15.1-1");
}

TEST_CASE("[MQTT5-4.12.0-5] AUTH names its method") {
    const auto bytes = packet_of(0xF0, "18 0a 15 \"m\" 16 0003 01 02 03");
    const auto p = decode_auth(frame_of(bytes), version::v5);
    REQUIRE(p);
    CHECK(p->code == reason::continue_authentication);
    CHECK(p->properties.text(property_id::authentication_method) == "m");
    CHECK(hex(*p->properties.data(property_id::authentication_data)) == "010203");
    CHECK(encoded(*p, version::v5) == bytes);
    CHECK(verdict(wire("f0 00"), version::v5, server) == "Protocol Error MQTT5-4.12.0-5");
    CHECK(verdict(wire("f0 02 18 00"), version::v5, server) == "Protocol Error MQTT5-4.12.0-5");
    CHECK(verdict(wire("f0 01 18"), version::v5, server) == "Malformed Packet MQTT5-2.2.2-1");
    CHECK(encoded(auth{.code = reason::continue_authentication}, version::v5).empty());
}

TEST_CASE("[MQTT5-3.15.2-1] AUTH: success comes from servers, re-authentication from clients") {
    const auto with = [](const char* code) { return packet_of(0xF0, std::string(code) + " 04 15 \"m\""); };
    CHECK(verdict(with("18"), version::v5, client) == "accepted");
    CHECK(verdict(with("18"), version::v5, server) == "accepted");
    CHECK(verdict(with("19"), version::v5, client) == "accepted");
    CHECK(verdict(with("19"), version::v5, server) == "Protocol Error MQTT5-3.15.2-1");
    CHECK(verdict(with("00"), version::v5, client) == "Protocol Error MQTT5-3.15.2-1");
    CHECK(verdict(with("00"), version::v5, server) == "accepted");
    CHECK(verdict(with("87"), version::v5, server) == "Protocol Error MQTT5-3.15.2-1");
}

TEST_CASE("packet type 15 is forbidden before 5.0") {
    CHECK(verdict(packet_of(0xF0, "18 04 15 \"m\""), version::v3_1_1, client) == "Malformed Packet MQTT 2.2.1");
    property_builder properties;
    properties.text(property_id::authentication_method, "m");
    CHECK(encoded(auth{.properties = properties.view()}, version::v3_1_1).empty());
}
