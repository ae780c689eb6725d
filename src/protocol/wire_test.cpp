#include "protocol/wire.hpp"

#include <doctest/doctest.h>

#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

namespace {

std::uint32_t read_varint(const octets& bytes) {
    reader in(bytes);
    const auto value = in.varint("test");
    CHECK(in.ok());
    CHECK(in.left() == 0);
    return value;
}

std::string varint_verdict(std::string_view notation) {
    const auto bytes = wire(notation);
    reader in(bytes);
    CHECK(in.varint("test") == 0);
    REQUIRE(!in.ok());
    return verdict(in.why(), version::v5);
}

octets write_varint(std::uint32_t value) {
    octets out(varint_size(value));
    writer to(out);
    to.varint(value);
    CHECK(to.written() == out.size());
    return out;
}

}  // namespace

TEST_CASE("[MQTT5-1.5.5-1] variable byte integers take the fewest bytes that hold them") {
    // The limits of table 1-1 (2.2.3 of 3.1.1: table 2.4).
    CHECK(write_varint(0) == wire("00"));
    CHECK(write_varint(127) == wire("7f"));
    CHECK(write_varint(128) == wire("80 01"));
    CHECK(write_varint(16'383) == wire("ff 7f"));
    CHECK(write_varint(16'384) == wire("80 80 01"));
    CHECK(write_varint(2'097'151) == wire("ff ff 7f"));
    CHECK(write_varint(2'097'152) == wire("80 80 80 01"));
    CHECK(write_varint(268'435'455) == wire("ff ff ff 7f"));
    CHECK(varint_size(268'435'456) == 0);
    for (const auto value : {0u, 1u, 127u, 128u, 300u, 16'383u, 16'384u, 2'097'151u, 2'097'152u, 268'435'455u}) {
        CHECK(read_varint(write_varint(value)) == value);
    }
    CHECK(varint_verdict("80 00") == "Malformed Packet MQTT5-1.5.5-1");
    CHECK(varint_verdict("ff 80 00") == "Malformed Packet MQTT5-1.5.5-1");
    CHECK(varint_verdict("81 80 80 00") == "Malformed Packet MQTT5-1.5.5-1");
}

TEST_CASE("a variable byte integer of five bytes or without its end is malformed") {
    CHECK(varint_verdict("80 80 80 80 01") == "Malformed Packet MQTT5 1.5.5");
    CHECK(varint_verdict("ff ff ff ff") == "Malformed Packet MQTT5 1.5.5");
    CHECK(varint_verdict("80") == "Malformed Packet MQTT5 1.5");
    CHECK(varint_verdict("") == "Malformed Packet MQTT5 1.5");
}

TEST_CASE("integers are big-endian") {
    octets out(7);
    writer to(out);
    to.u8(0x01);
    to.u16(0x0203);
    to.u32(0x04050607);
    CHECK(out == wire("01 02 03 04 05 06 07"));
    reader in(out);
    CHECK(in.u8("a") == 0x01);
    CHECK(in.u16("b") == 0x0203);
    CHECK(in.u32("c") == 0x04050607);
    CHECK(in.left() == 0);
}

TEST_CASE("strings and binary data have two length bytes before them") {
    octets out(8);
    writer to(out);
    to.utf8("ab");
    to.binary(as_bytes(std::string_view("\0\xff", 2)));
    CHECK(out == wire("0002 61 62 0002 00 ff"));
    reader in(out);
    CHECK(in.utf8("text") == "ab");
    CHECK(hex(in.binary("data")) == "00ff");
    CHECK(in.ok());
}

TEST_CASE("the first failure sticks, and every later read returns a neutral value") {
    const auto bytes = wire("0005 'abc'");
    reader in(bytes);
    CHECK(in.utf8("too long") == "");
    CHECK(in.u8("later") == 0);
    CHECK(in.u16("later") == 0);
    CHECK(in.u32("later") == 0);
    CHECK(in.rest().empty());
    REQUIRE(!in.ok());
    CHECK(std::string_view(in.why().what) == "too long");
    in.fail(reason::protocol_error, "another rule", "another thing");
    CHECK(std::string_view(in.why().what) == "too long");
}

TEST_CASE("bytes left over are a failure") {
    const auto bytes = wire("01 02");
    reader in(bytes);
    CHECK(in.u8("first") == 1);
    in.expect_end("left over");
    CHECK(!in.ok());
    CHECK(in.left() == 0);
}
