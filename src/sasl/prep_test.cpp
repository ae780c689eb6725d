#include "sasl/prep.hpp"

#include <doctest/doctest.h>

#include "sasl/prep_table.hpp"

using namespace tepore::sasl;

namespace {

std::string prepared(std::string_view text) {
    const auto done = prepare(text);
    return done ? *done : "refused: " + done.error().message;
}

bool refused(std::string_view text) {
    return !prepare(text).has_value();
}

}  // namespace

TEST_CASE("SASLprep: the examples of RFC 4013, section 3") {
    CHECK(prepared("I\u00ADX") == "IX");  // soft hyphen: mapped to nothing
    CHECK(prepared("user") == "user");
    CHECK(prepared("USER") == "USER");
    CHECK(refused("\u00AA"));  // normalisation would make it "a"
    CHECK(refused("\u2168"));  // and this "IX"
    CHECK(refused("\x07"));
    CHECK(refused("\u0627\x31"));  // an Arabic letter, then a digit at the end
}

TEST_CASE("SASLprep: all of printable ASCII stays as it is") {
    std::string all;
    for (char c = 0x20; c < 0x7F; ++c) all += c;
    CHECK(prepared(all) == all);
    CHECK(prepared("").empty());
}

TEST_CASE("SASLprep: letters that normalisation leaves alone stay; other scripts' spaces become ours") {
    CHECK(prepared("perché così") == "perché così");
    CHECK(prepared("Ελληνικά русский 日本語 한국어 𐌰") == "Ελληνικά русский 日本語 한국어 𐌰");
    CHECK(prepared("a\u00A0b\u3000c\u200Bd") == "a b c d");
    CHECK(prepared("\u200D\uFE00") == "");
}

TEST_CASE("SASLprep: what is prohibited is refused, and the error names the character but not the text") {
    for (const auto* text : {"\x01", "\x7F", "\u0080", "\u06DD", "\u2028",
                             "\uFEFF"
                             "x\uFFF9",
                             "\uE000", "\uFFFE", "\U0001FFFF", "\uFFFD", "\u2FF0", "\u202E", "\U000E0001", "\U000F0000"})
        CHECK_MESSAGE(refused(text), text);
    CHECK(prepare("secret\u0007").error().message.find("secret") == std::string::npos);
    CHECK(prepare("secret\u0007").error().message.find("U+0007") != std::string::npos);
    CHECK(prepare("\U000F0000").error().message.find("U+0F0000") != std::string::npos);
}

TEST_CASE("SASLprep: what normalisation could change is refused") {
    CHECK(refused("e\u0301"));       // decomposed é
    CHECK(refused("\uFB01"));        // ligature fi
    CHECK(refused("\uFF21"));        // full-width A
    CHECK(refused("\u1100\u1161"));  // Hangul in pieces
    CHECK(refused("\u212B"));        // the Ångström sign
}

TEST_CASE("SASLprep: code points that Unicode 3.2 did not have are refused") {
    CHECK(refused("\U0001F600"));
    CHECK(refused("\u0221"));
}

TEST_CASE("SASLprep: writing from right to left is taken alone, with digits and marks in it") {
    CHECK(prepared("\u05D0\u05D1") == "\u05D0\u05D1");
    CHECK(prepared("\u05D0 1-2 \u05D1") == "\u05D0 1-2 \u05D1");
    CHECK(refused("\u05D0a\u05D1"));
    CHECK(refused("\u05D0é\u05D1"));
    CHECK(refused("1\u05D0"));
    CHECK(refused("\u05D01"));
}

TEST_CASE("SASLprep: broken UTF-8 is refused") {
    for (const auto* text :
         {"\x80", "\xC3", "\xC3\x28", "\xC0\xAF", "\xE0\x80\xAF", "\xF0\x80\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xE2\x82"})
        CHECK(refused(text));
    CHECK(refused(std::string_view("a\0b", 3)));
}

TEST_CASE("the table is sorted, has no overlaps and begins above ASCII") {
    char32_t after = 0x80;
    for (const auto& r : prep_ranges()) {
        CHECK(r.first >= after);
        CHECK(r.first <= r.last);
        CHECK(r.kind != char_kind::plain);
        after = r.last + 1;
    }
    CHECK(after == 0x110000);
}
