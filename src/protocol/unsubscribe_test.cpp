#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

namespace {

std::string verdict_3(std::string_view body) {
    return verdict(packet_of(0xA2, body), version::v3_1_1, client);
}
std::string verdict_5(std::string_view body) {
    return verdict(packet_of(0xA2, body), version::v5, client);
}

}  // namespace

TEST_CASE("[MQTT-3.10.3-1] [MQTT5-3.10.3-1] UNSUBSCRIBE: filters, contiguous, in order, UTF-8") {
    const auto bytes = packet_of(0xA2, "000a \"a/b\" \"c/+\" \"#\"");
    const auto p = decode_unsubscribe(frame_of(bytes), version::v3_1_1);
    REQUIRE(p);
    CHECK(p->id == 10);
    std::string filters;
    for (const auto filter : p->filters) filters += std::string(filter) + ' ';
    CHECK(filters == "a/b c/+ # ");
    CHECK(encoded(*p, version::v3_1_1) == bytes);
    CHECK(encoded(*p, version::v5) == packet_of(0xA2, "000a 00 \"a/b\" \"c/+\" \"#\""));
    CHECK(verdict_3("0001 0001 ff") == "Malformed Packet MQTT-1.5.3-1");
    CHECK(verdict_3("0001 \"a\" 00") == "Malformed Packet MQTT 1.5");
    CHECK(verdict_5("0001 00 \"a\" 0004 'abc'") == "Malformed Packet MQTT5 1.5");
}

TEST_CASE("[MQTT-3.10.1-1] [MQTT5-3.10.1-1] the header flags of UNSUBSCRIBE are 0010") {
    for (const auto first_byte : wire("A0 A1 A3 A6 AA")) {
        CHECK(verdict(packet_of(first_byte, "0001 \"a\""), version::v3_1_1, client) == "Malformed Packet MQTT-3.10.1-1");
        CHECK(verdict(packet_of(first_byte, "0001 00 \"a\""), version::v5, client) == "Malformed Packet MQTT5-3.10.1-1");
    }
}

TEST_CASE("[MQTT-3.10.3-2] [MQTT5-3.10.3-2] UNSUBSCRIBE needs a topic filter") {
    CHECK(verdict_3("0001") == "Protocol Error MQTT-3.10.3-2");
    CHECK(verdict_5("0001 00") == "Protocol Error MQTT5-3.10.3-2");
    CHECK(encoded(unsubscribe{.id = 1}, version::v3_1_1).empty());
}

TEST_CASE("[MQTT-2.3.1-1] [MQTT-4.7.3-1] UNSUBSCRIBE: no identifier 0, no empty filter") {
    CHECK(verdict_3("0000 \"a\"") == "Protocol Error MQTT-2.3.1-1");
    CHECK(verdict_3("0001 \"\"") == "Protocol Error MQTT-4.7.3-1");
    CHECK(verdict_5("0001 00 \"a\" \"\"") == "Protocol Error MQTT5-4.7.3-1");
}

TEST_CASE("UNSUBACK has no payload before 5.0") {
    const auto bytes = wire("b0 02 000a");
    const auto p = decode_unsuback(frame_of(bytes), version::v3_1_1);
    REQUIRE(p);
    CHECK(p->id == 10);
    CHECK(encoded(*p, version::v3_1_1) == bytes);
    CHECK(verdict(wire("b0 03 0001 00"), version::v3_1_1, server) == "Malformed Packet MQTT 2.2.3");
    CHECK(verdict(wire("b0 02 0000"), version::v3_1_1, server) == "Protocol Error MQTT-2.3.1-1");
}

TEST_CASE("[MQTT5-3.11.3-1] [MQTT5-3.11.3-2] UNSUBACK of 5.0 keeps the order of its codes, which are those of its table") {
    const auto bytes = wire("b0 05 000a 00 11 00");
    const auto p = decode_unsuback(frame_of(bytes), version::v5);
    REQUIRE(p);
    CHECK(hex(p->codes) == "1100");
    CHECK(encoded(*p, version::v5) == bytes);
    const auto codes = wire("00 11 80 83 87 8f 91");  // table 3-9
    for (unsigned code = 0; code < 256; ++code) {
        const auto octet = static_cast<std::uint8_t>(code);
        const bool known = std::ranges::find(codes, octet) != codes.end();
        INFO("code ", code);
        CHECK(verdict({0xB0, 4, 0, 1, 0, octet}, version::v5, server) == (known ? "accepted" : "Protocol Error MQTT5-3.11.3-2"));
    }
    CHECK(verdict(wire("b0 03 0001 00"), version::v5, server) == "Malformed Packet MQTT5 3.11.3");
}
