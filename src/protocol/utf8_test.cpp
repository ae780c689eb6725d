#include <doctest/doctest.h>

#include <random>

#include "protocol/test_wire.hpp"
#include "protocol/wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;
using namespace std::string_view_literals;

namespace {

/// The plain definition: decode one code point after the other and look at it.
bool is_valid_utf8_slowly(std::string_view text) {
    std::size_t i = 0;
    const auto byte = [&text](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
    while (i < text.size()) {
        const auto first = byte(i);
        const std::size_t size = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
        if (size == 0 || i + size > text.size()) return false;
        std::uint32_t code_point = size == 1 ? first : first & (0x7Fu >> size);
        for (std::size_t k = 1; k < size; ++k) {
            if (byte(i + k) >> 6 != 2) return false;
            code_point = code_point << 6 | (byte(i + k) & 0x3Fu);
        }
        constexpr std::uint32_t least[] = {0, 1, 0x80, 0x800, 0x10000};  // 1, as U+0000 is not allowed in MQTT
        if (code_point < least[size] || code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) return false;
        i += size;
    }
    return true;
}

octets string_field(std::string_view text) {
    octets out(2 + text.size());
    writer(out).utf8(text);
    return out;
}

octets joined(std::initializer_list<octets> parts) {
    octets out;
    for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

/// Packets that have `text` in one of their strings, each in another one.
std::vector<std::pair<octets, version>> packets_with(std::string_view text) {
    const auto field = string_field(text);
    const auto connect_3 = [&](std::string_view flags, std::initializer_list<octets> payload) {
        return std::pair(packet_of(0x10, joined({wire("\"MQTT\" 04"), wire(flags), wire("003c"), joined(payload)})), version::v3_1_1);
    };
    const auto x = string_field("x");
    std::vector<std::pair<octets, version>> all{
        connect_3("02", {field}),
        connect_3("06", {x, field, x}),
        connect_3("82", {x, field}),
        {packet_of(0x30, field), version::v3_1_1},
        {packet_of(0x30, joined({field, wire("00")})), version::v5},
        {packet_of(0x82, joined({wire("0001"), field, wire("00")})), version::v3_1_1},
        {packet_of(0x82, joined({wire("0001 00"), field, wire("00")})), version::v5},
        {packet_of(0xA2, joined({wire("0001"), field})), version::v3_1_1},
        {packet_of(0xA2, joined({wire("0001 00"), field})), version::v5},
    };
    // Every string property, and both halves of a user property.
    const auto with_property = [&](std::string_view before, const octets& property, std::string_view after) {
        octets length(varint_size(static_cast<std::uint32_t>(property.size())));
        writer(length).varint(static_cast<std::uint32_t>(property.size()));
        return joined({wire(before), length, property, wire(after)});
    };
    all.emplace_back(packet_of(0x30, with_property("\"t\"", joined({wire("03"), field}), "")), version::v5);
    all.emplace_back(packet_of(0x30, with_property("\"t\"", joined({wire("08"), field}), "")), version::v5);
    all.emplace_back(packet_of(0x30, with_property("\"t\"", joined({wire("26"), field, x}), "")), version::v5);
    all.emplace_back(packet_of(0x30, with_property("\"t\"", joined({wire("26"), x, field}), "")), version::v5);
    all.emplace_back(packet_of(0x10, with_property("\"MQTT\" 05 02 003c", joined({wire("15"), field}), "\"x\"")), version::v5);
    all.emplace_back(packet_of(0x10, joined({wire("\"MQTT\" 05 06 003c 00 \"x\""), with_property("", joined({wire("03"), field}), "\"t\" \"\"")})),
                     version::v5);
    all.emplace_back(packet_of(0xE0, with_property("00", joined({wire("1f"), field}), "")), version::v5);
    return all;
}

}  // namespace

TEST_CASE("[MQTT-1.5.3-1] [MQTT5-1.5.4-1] [MQTT5-1.5.7-1] ill-formed UTF-8 is refused in every string of every packet") {
    const auto ill_formed = {
        "\x80"sv,              // a continuation byte alone
        "\xC3"sv,              // cut short
        "a\xE2\x82"sv,         //
        "\xF0\x9F\x98"sv,      //
        "\xC0\xAF"sv,          // overlong
        "\xC1\xBF"sv,          //
        "\xE0\x9F\xBF"sv,      //
        "\xF0\x8F\xBF\xBF"sv,  //
        "\xED\xA0\x80"sv,      // surrogates: U+D800
        "\xED\xBF\xBF"sv,      // U+DFFF
        "\xF4\x90\x80\x80"sv,  // above U+10FFFF
        "\xF5\x80\x80\x80"sv,  //
        "\xFE"sv,
        "\xFF"sv,
        "longer than eight bytes \xC3("sv,
    };
    for (const auto text : ill_formed) {
        CHECK(!is_valid_utf8(text));
        for (const auto& [bytes, v] : packets_with(text)) {
            INFO(hex(bytes));
            CHECK(verdict(bytes, v, client) == (v == version::v5 ? "Malformed Packet MQTT5-1.5.4-1" : "Malformed Packet MQTT-1.5.3-1"));
        }
    }
}

TEST_CASE("[MQTT-1.5.3-2] [MQTT-4.7.3-2] [MQTT5-1.5.4-2] [MQTT5-4.7.3-2] U+0000 is refused in every string of every packet") {
    for (const auto text : {"\0"sv, "a\0b"sv, "eight by\0"sv, "0123456789\0abcdefghi"sv, "\0eight by"sv}) {
        CHECK(!is_valid_utf8(text));
        for (const auto& [bytes, v] : packets_with(text)) {
            INFO(hex(bytes));
            CHECK(verdict(bytes, v, client).starts_with("Malformed Packet "));
        }
    }
}

TEST_CASE("[MQTT-1.5.3-3] [MQTT5-1.5.4-3] a byte order mark is kept wherever it stands") {
    const auto text = "\xEF\xBB\xBFtopic\xEF\xBB\xBF"sv;
    for (const auto& [bytes, v] : packets_with(text)) CHECK(verdict(bytes, v, client) == "accepted");
    const auto bytes = packet_of(0x30, string_field(text));
    const auto p = decode_publish(frame_of(bytes), version::v3_1_1);
    REQUIRE(p);
    CHECK(p->topic == text);
}

TEST_CASE("well-formed text is accepted in every string") {
    for (const auto text : {"a"sv, "umidità"sv, "温度"sv, "🔥 heat"sv, "\x01\x1F"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv,
                            "\xC2\x80"sv, "\xE0\xA0\x80"sv, "\xF0\x90\x80\x80"sv}) {
        CHECK(is_valid_utf8(text));
        for (const auto& [bytes, v] : packets_with(text)) {
            INFO(hex(bytes));
            CHECK(verdict(bytes, v, client) == "accepted");
        }
    }
    CHECK(is_valid_utf8(""));
}

TEST_CASE("the quick check and the plain definition agree") {
    // Every lead byte with every second byte, padded into every position of a chunk of eight, and random mixtures.
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const char text[] = {static_cast<char>(first), static_cast<char>(second), '\xBF', '\x80'};
            for (std::size_t size = 1; size <= 4; ++size) {
                const std::string_view view(text, size);
                if (is_valid_utf8(view) != is_valid_utf8_slowly(view)) FAIL(hex(as_bytes(view)));
            }
        }
    }
    constexpr std::string_view pieces[] = {"a",        "abcdefgh", "à", "温", "🔥", "\x80", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                           "\xE2\x82", "\0"sv,     "/"};
    std::mt19937 random(1883);
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (auto left = random() % 8; left > 0; --left) text += pieces[random() % 64 < 62 ? random() % 5 : random() % std::size(pieces)];
        if (is_valid_utf8(text) != is_valid_utf8_slowly(text)) FAIL(hex(as_bytes(text)));
    }
}
