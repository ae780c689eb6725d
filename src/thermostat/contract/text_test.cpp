#include "thermostat/contract/text.hpp"

#include <doctest/doctest.h>
#include <limits>

using namespace tepore::thermostat;

TEST_CASE("numbers that people and machines write") {
    CHECK(parse_number("21.5")->value == 21.5);
    CHECK(parse_number("21,5")->value == 21.5);
    CHECK(parse_number("21")->value == 21.0);
    CHECK_FALSE(parse_number("21")->is_signed);
    CHECK(parse_number("+0.5")->value == 0.5);
    CHECK(parse_number("+0.5")->is_signed);
    CHECK(parse_number("-0,5")->value == -0.5);
    CHECK(parse_number("007.50")->value == 7.5);
}

TEST_CASE("what is not a plain number is none") {
    for (const char* text : {"",    "+",      "-",      ".",     ",",
                             "abc", "21.5.1", "21,5,1", "1e3",   "0x1F",
                             "nan", "NaN",    "inf",    "-inf",  "21.",
                             ".5",  "2 1",    "21C",    "--1",   "+-1",
                             "१२",  "21\n",   "1_000",  "1'000", "99999999999999999999999999999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_number(text));
    }
    CHECK_FALSE(parse_number(std::string_view("1\0", 2)));
}

TEST_CASE("numbers that we write") {
    CHECK(print_number(21.0, 2) == "21.0");
    CHECK(print_number(20.75, 2) == "20.75");
    CHECK(print_number(20.7, 2) == "20.7");
    CHECK(print_number(12.345, 3) == "12.345");
    CHECK(print_number(47.6, 0) == "48");
    CHECK(print_number(100.0, 0) == "100");
    CHECK(print_number(-0.04, 1) == "0.0");
    CHECK(print_number(-0.4, 0) == "0");
    CHECK(print_number(-3.4, 1) == "-3.4");
    CHECK(print_number(std::numeric_limits<double>::quiet_NaN(), 1) == "None");
    CHECK(print_number(std::numeric_limits<double>::infinity(), 1) == "None");
}

TEST_CASE("UTF-8 is checked strictly") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("plain"));
    CHECK(is_utf8("caff\xc3\xa8 \xe2\x82\xac \xf0\x9f\x94\xa5"));
    for (const char* bad : {"\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xff", "a\xfe"}) {
        CAPTURE(excerpt(bad));
        CHECK_FALSE(is_utf8(bad));
    }
}

TEST_CASE("an excerpt is short, whole characters, and UTF-8 whatever came") {
    CHECK(excerpt("99") == "99");
    CHECK(excerpt("\xff\x01") == "\\xff\x01");
    CHECK(excerpt(std::string(500, 'x')).size() == 64);
    std::string accents;
    for (int i = 0; i < 100; ++i) accents += "\xc3\xa8";
    CHECK(excerpt("x" + accents).size() == 63);
    CHECK(is_utf8(excerpt(accents)));
}

TEST_CASE("trimming and lower case") {
    CHECK(trimmed(" \t heat\r\n") == "heat");
    CHECK(trimmed("   ").empty());
    CHECK(lower_case("HeAt") == "heat");
}
