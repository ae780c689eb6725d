#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

namespace {

struct row {
    packet_type type;
    std::uint8_t first_byte;
    std::string_view codes;  // tables 3-4 to 3-7, in the notation of wire()
    const char* rule;
};

constexpr row rows[] = {
    {packet_type::puback, 0x40, "00 10 80 83 87 90 91 97 99", "Protocol Error MQTT5-3.4.2-1"},
    {packet_type::pubrec, 0x50, "00 10 80 83 87 90 91 97 99", "Protocol Error MQTT5-3.5.2-1"},
    {packet_type::pubrel, 0x62, "00 92", "Protocol Error MQTT5-3.6.2-1"},
    {packet_type::pubcomp, 0x70, "00 92", "Protocol Error MQTT5-3.7.2-1"},
};

}  // namespace

TEST_CASE("acknowledgements carry the packet identifier and nothing else before 5.0") {
    for (const auto& row : rows) {
        const octets bytes{row.first_byte, 2, 0x12, 0x34};
        const auto p = decode_ack(frame_of(bytes), version::v3_1_1);
        REQUIRE(p);
        CHECK(p->type == row.type);
        CHECK(p->id == 0x1234);
        CHECK(encoded(*p, version::v3_1_1) == bytes);
        CHECK(verdict({row.first_byte, 3, 0x12, 0x34, 0}, version::v3_1_1, client) == "Malformed Packet MQTT 2.2.3");
        CHECK(verdict({row.first_byte, 1, 0x12}, version::v3_1_1, client) == "Malformed Packet MQTT 1.5");
        // What only 5.0 can say is left out.
        CHECK(encoded(ack{.type = row.type, .id = 0x1234, .code = reason::packet_identifier_not_found}, version::v3_1_1) == bytes);
    }
}

TEST_CASE("acknowledgements of 5.0 in their three lengths") {
    property_builder properties;
    properties.text(property_id::reason_string, "why");
    for (const auto& row : rows) {
        const auto code = wire(row.codes).back();
        const ack plain{.type = row.type, .id = 1};
        const ack with_code{.type = row.type, .id = 1, .code = static_cast<reason>(code)};
        const ack full{.type = row.type, .id = 1, .code = static_cast<reason>(code), .properties = properties.view()};
        CHECK(encoded(plain, version::v5) == octets{row.first_byte, 2, 0, 1});
        CHECK(encoded(with_code, version::v5) == octets{row.first_byte, 3, 0, 1, code});
        CHECK(hex(encoded(full, version::v5)) == hex(octets{row.first_byte, 10, 0, 1, code}) + "061f0003776879");
        for (const auto& p : {plain, with_code, full}) {
            const auto bytes = encoded(p, version::v5);
            const auto back = decode_ack(frame_of(bytes), version::v5);
            REQUIRE(back);
            CHECK(same(*back, p));
        }
        CHECK(verdict({row.first_byte, 4, 0, 1, 0, 0}, version::v5, client) == "accepted");  // longer than needed, and legal
        CHECK(verdict({row.first_byte, 4, 0, 1, 0, 1}, version::v5, client) == "Malformed Packet MQTT5 2.2.2.1");
        CHECK(verdict({row.first_byte, 5, 0, 1, 0, 0, 0}, version::v5, client) == "Malformed Packet MQTT5 2.1.4");
    }
}

TEST_CASE("[MQTT-2.3.1-1] [MQTT5-2.2.1-5] identifier 0 acknowledges nothing") {
    for (const auto& row : rows) {
        CHECK(verdict({row.first_byte, 2, 0, 0}, version::v3_1_1, client) == "Protocol Error MQTT-2.3.1-1");
        CHECK(verdict({row.first_byte, 2, 0, 0}, version::v5, client) == "Protocol Error MQTT5-2.2.1-3");
        CHECK(encoded(ack{.type = row.type}, version::v5).empty());
    }
}

TEST_CASE("[MQTT5-3.4.2-1] [MQTT5-3.5.2-1] [MQTT5-3.6.2-1] [MQTT5-3.7.2-1] each acknowledgement has its own reason codes") {
    for (const auto& row : rows) {
        const auto codes = wire(row.codes);
        for (unsigned code = 0; code < 256; ++code) {
            const auto octet = static_cast<std::uint8_t>(code);
            const bool known = std::ranges::find(codes, octet) != codes.end();
            INFO("code ", code);
            CHECK(verdict({row.first_byte, 3, 0, 1, octet}, version::v5, client) == (known ? "accepted" : row.rule));
        }
    }
}

TEST_CASE("[MQTT-3.6.1-1] [MQTT5-3.6.1-1] the header flags of PUBREL are 0010") {
    for (const auto first_byte : wire("60 61 63 6A 6F")) {
        CHECK(verdict({first_byte, 2, 0, 1}, version::v3_1_1, client) == "Malformed Packet MQTT-3.6.1-1");
        CHECK(verdict({first_byte, 2, 0, 1}, version::v5, client) == "Malformed Packet MQTT5-3.6.1-1");
    }
}
