#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

TEST_CASE("CONNACK in both forms") {
    const auto old_form = wire("20 02 01 00");
    const auto accepted = decode_connack(frame_of(old_form), version::v3_1_1);
    REQUIRE(accepted);
    CHECK(accepted->session_present);
    CHECK(encoded(*accepted, version::v3_1_1) == old_form);

    const auto new_form = packet_of(0x20, "00 87 06 1f \"sad\"");
    const auto refused = decode_connack(frame_of(new_form), version::v5);
    REQUIRE(refused);
    CHECK(refused->code == 0x87);
    CHECK(refused->properties.text(property_id::reason_string) == "sad");
    CHECK(encoded(*refused, version::v5) == new_form);
    CHECK(encoded(connack{}, version::v5) == wire("20 03 00 00 00"));
}

TEST_CASE("[MQTT5-3.2.2-1] reserved acknowledge flags must be 0") {
    CHECK(verdict(wire("20 02 02 00"), version::v3_1_1, server) == "Malformed Packet MQTT 3.2.2.1");
    CHECK(verdict(wire("20 03 81 00 00"), version::v5, server) == "Malformed Packet MQTT5-3.2.2-1");
}

TEST_CASE("[MQTT-3.2.2-4] [MQTT5-3.2.2-6] no session is present with a refusal") {
    CHECK(verdict(wire("20 02 01 05"), version::v3_1_1, server) == "Protocol Error MQTT-3.2.2-4");
    CHECK(verdict(wire("20 03 01 87 00"), version::v5, server) == "Protocol Error MQTT5-3.2.2-6");
}

TEST_CASE("[MQTT5-3.2.2-8] only the codes of the tables pass") {
    const auto codes_of_5 = wire("00 80 81 82 83 84 85 86 87 88 89 8a 8c 90 95 97 99 9a 9b 9c 9d 9f");  // table 3-1
    for (unsigned code = 0; code < 256; ++code) {
        const auto octet = static_cast<std::uint8_t>(code);
        INFO("code ", code);
        CHECK(verdict({0x20, 2, 0, octet}, version::v3_1_1, server) == (code <= 5 ? "accepted" : "Malformed Packet MQTT 3.2.2.3"));
        const bool known = std::ranges::find(codes_of_5, octet) != codes_of_5.end();
        CHECK(verdict({0x20, 3, 0, octet, 0}, version::v5, server) == (known ? "accepted" : "Protocol Error MQTT5-3.2.2-8"));
    }
}

TEST_CASE("CONNACK cut short or too long") {
    CHECK(verdict(wire("20 00"), version::v3_1_1, server) == "Malformed Packet MQTT 1.5");
    CHECK(verdict(wire("20 01 00"), version::v3_1_1, server) == "Malformed Packet MQTT 1.5");
    CHECK(verdict(wire("20 03 00 00 00"), version::v3_1_1, server) == "Malformed Packet MQTT 2.2.3");
    CHECK(verdict(wire("20 02 00 00"), version::v5, server) == "Malformed Packet MQTT5-2.2.2-1");
    CHECK(verdict(wire("20 04 00 00 00 00"), version::v5, server) == "Malformed Packet MQTT5 2.1.4");
    CHECK(verdict(wire("20 03 00 00 01"), version::v5, server) == "Malformed Packet MQTT5 2.2.2.1");
}
