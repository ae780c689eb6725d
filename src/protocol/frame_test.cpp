#include "protocol/frame.hpp"

#include <doctest/doctest.h>

#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

namespace {

constexpr std::uint32_t no_limit = 0xFFFF'FFFF;

frame_result look(const octets& bytes, std::uint32_t limit = no_limit) {
    return next_frame(bytes, limit);
}

}  // namespace

TEST_CASE("a frame is found as soon as its last byte is there, and says before how much it needs") {
    const auto bytes = packet_of(0x31, "\"a/b\" 'hello'");
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto found = look(octets(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
        CHECK(found.state == frame_state::incomplete);
        CHECK(found.need == (size < 2 ? 2 : bytes.size()));
    }
    const auto found = look(bytes);
    REQUIRE(found.state == frame_state::complete);
    CHECK(found.frame.type == packet_type::publish);
    CHECK(found.frame.flags == 1);
    CHECK(found.frame.whole.size() == bytes.size());
    CHECK(as_text(found.frame.body).ends_with("hello"));
    CHECK(!found.frame.length_padded);
}

TEST_CASE("only the first of several packets is taken") {
    const auto found = look(wire("c0 00 d0 00"));
    REQUIRE(found.state == frame_state::complete);
    CHECK(found.frame.type == packet_type::pingreq);
    CHECK(found.frame.whole.size() == 2);
}

TEST_CASE("a remaining length whose bytes are still arriving asks for one byte more") {
    CHECK(look(wire("30 80")).need == 3);
    CHECK(look(wire("30 80 80")).need == 4);
    CHECK(look(wire("30 80 80 80")).need == 5);
    CHECK(look(wire("30 ff ff ff 7f")).need == 5 + 268'435'455);
}

TEST_CASE("a fifth length byte is malformed, and so is packet type 0") {
    const auto five = look(wire("30 80 80 80 80 01"));
    REQUIRE(five.state == frame_state::broken);
    CHECK(verdict(five.fault, version::v5) == "Malformed Packet MQTT5 1.5.5");
    CHECK(look(wire("30 80 80 80 80")).state == frame_state::broken);
    const auto type_0 = look(wire("00"));
    REQUIRE(type_0.state == frame_state::broken);
    CHECK(verdict(type_0.fault, version::v3_1_1) == "Malformed Packet MQTT 2.2.1");
}

TEST_CASE("[MQTT5-3.2.2-15] [MQTT5-3.1.2-24] a packet over the limit is refused before its body arrives") {
    const auto bytes = packet_of(0x30, octets(200));  // 203 bytes in all
    CHECK(look(bytes, 203).state == frame_state::complete);
    for (const auto& seen : {bytes, wire("30 c8 01")}) {
        const auto found = look(seen, 202);
        REQUIRE(found.state == frame_state::broken);
        CHECK(found.fault.code == reason::packet_too_large);
    }
}

TEST_CASE("[MQTT5-1.5.5-1] a padded remaining length is malformed in 5.0 and was legal before") {
    const auto bytes = wire("c0 80 00");
    const auto found = look(bytes);
    REQUIRE(found.state == frame_state::complete);
    CHECK(found.frame.length_padded);
    const auto puback = wire("40 82 80 00 0001");
    CHECK(verdict(puback, version::v3_1_1, client) == "accepted");
    CHECK(verdict(puback, version::v5, client) == "Malformed Packet MQTT5-1.5.5-1");
    CHECK(verdict(wire("30 83 00 \"x\""), version::v3_1_1, client) == "accepted");
    CHECK(verdict(wire("30 84 00 \"x\" 00"), version::v5, client) == "Malformed Packet MQTT5-1.5.5-1");
}

TEST_CASE("[MQTT-2.2.2-1] [MQTT-2.2.2-2] [MQTT5-2.1.3-1] reserved flags of the fixed header must have the listed value") {
    struct row {
        std::uint8_t first_byte;  // with the flags it must have
        direction from;
        octets body_3, body_5;
    };
    const row rows[] = {
        {0x10, client, wire("\"MQTT\" 04 02 003c \"x\""), wire("\"MQTT\" 05 02 003c 00 \"x\"")},
        {0x20, server, wire("00 00"), wire("00 00 00")},
        {0x40, client, wire("0001"), wire("0001")},
        {0x50, client, wire("0001"), wire("0001")},
        {0x62, client, wire("0001"), wire("0001")},
        {0x70, client, wire("0001"), wire("0001")},
        {0x82, client, wire("0001 \"a\" 00"), wire("0001 00 \"a\" 00")},
        {0x90, server, wire("0001 00"), wire("0001 00 00")},
        {0xA2, client, wire("0001 \"a\""), wire("0001 00 \"a\"")},
        {0xB0, server, wire("0001"), wire("0001 00 00")},
        {0xC0, client, {}, {}},
        {0xD0, server, {}, {}},
        {0xE0, client, {}, {}},
        {0xF0, client, {}, wire("18 04 15 \"m\"")},
    };
    for (const auto& row : rows) {
        for (const auto v : {version::v3_1_1, version::v5}) {
            if (v == version::v3_1_1 && row.first_byte == 0xF0) continue;
            const auto& body = v == version::v5 ? row.body_5 : row.body_3;
            for (unsigned flags = 0; flags < 16; ++flags) {
                const auto first_byte = static_cast<std::uint8_t>((row.first_byte & 0xF0u) | flags);
                INFO("first byte ", static_cast<unsigned>(first_byte), " version ", static_cast<unsigned>(v));
                const auto said = verdict(packet_of(first_byte, body), v, row.from);
                if (first_byte == row.first_byte)
                    CHECK(said == "accepted");
                else
                    CHECK(said.starts_with("Malformed Packet MQTT"));
            }
        }
    }
}

TEST_CASE("a short frame is found as any frame is, and nothing else is taken for one") {
    for (const unsigned first : {0x00u, 0x10u, 0x32u, 0xFFu}) {
        for (const unsigned length : {0u, 1u, 2u, 30u, 127u, 128u, 200u}) {
            for (std::size_t there = 0; there < 260; ++there) {
                for (const std::uint32_t limit : {4u, 32u, 1000u}) {
                    octets bytes(there, 0x81);
                    if (there > 0) bytes[0] = static_cast<std::uint8_t>(first);
                    if (there > 1) bytes[1] = static_cast<std::uint8_t>(length);
                    frame shortly;
                    if (!next_short_frame(bytes, limit, shortly)) continue;
                    const auto full = next_frame(bytes, limit);
                    REQUIRE(full.state == frame_state::complete);
                    CHECK(shortly.type == full.frame.type);
                    CHECK(shortly.flags == full.frame.flags);
                    CHECK(shortly.length_padded == full.frame.length_padded);
                    CHECK(shortly.body.data() == full.frame.body.data());
                    CHECK(shortly.body.size() == full.frame.body.size());
                    CHECK(shortly.whole.size() == full.frame.whole.size());
                }
            }
        }
    }
    frame any;
    CHECK(next_short_frame(wire("40 02 0007"), no_limit, any));
    CHECK(any.body.size() == 2);
}
