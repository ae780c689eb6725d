#include "sasl/scram.hpp"

#include <doctest/doctest.h>

using namespace tepore;
using namespace tepore::sasl;

namespace {

// The verifier of RFC 7677's example: user "user", password "pencil".
constexpr std::string_view pencil =
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

}  // namespace

TEST_CASE("a verifier is made of password, salt and iterations, and is written as RFC 5803 says") {
    const auto known = parse_verifier(pencil);
    REQUIRE(known);
    CHECK(known->iterations == 4096);
    CHECK(known->salt.size() == 16);
    CHECK(make_verifier("pencil", known->salt, 4096) == *known);
    CHECK(make_verifier("pencils", known->salt, 4096) != *known);
    CHECK(make_verifier("pencil", known->salt, 4097).stored_key != known->stored_key);
    CHECK(to_text(*known) == pencil);
}

TEST_CASE("a verifier that is not written so is refused") {
    const std::string good(pencil);
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        return text;
    };
    REQUIRE(parse_verifier(with("4096", "1000000")));
    for (const auto& text :
         {std::string(), with("256", "1"), with("4096", "4095"), with("4096", "1000001"), with("4096", "04096"), with("4096", "4096x"),
          with("4096", ""), with("4096", "-4096"), with("4096", "99999999999999999999"), with("gQ==", "gR=="), with("W22ZaJ0SNY7soEsUEjb6gQ==", ""),
          with("qY=:", "qY:"), with("WG5d", ""), with("2dU=", "2dU"), good.substr(0, good.size() - 4), good + "AAAA"})
        CHECK_MESSAGE(!parse_verifier(text), text);
}

TEST_CASE("user names are escaped and come back; other escapes are refused") {
    CHECK(escape_name("a,b=c") == "a=2Cb=3Dc");
    for (const auto* name : {"", "amy", "a,b=c", ",,==", "=2C", "è"}) CHECK(unescape_name(escape_name(name)) == name);
    for (const auto* text : {"=", "=2", "=2c", "=3d", "a=20b", "=2C="}) CHECK_MESSAGE(!unescape_name(text), text);
}

TEST_CASE("nonces are 1 to 256 printable characters without comma") {
    CHECK(is_nonce("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"));
    CHECK(is_nonce(std::string(256, 'x')));
    CHECK(!is_nonce(std::string(257, 'x')));
    for (const auto* text : {"", "a b", "a,b", "a\x7F", "\n", "é"}) CHECK_MESSAGE(!is_nonce(text), text);
}

TEST_CASE("attributes stand in their order, and unknown ones may follow") {
    std::string_view message = "r=x=y,s=,i=1";
    CHECK(take_attribute(message, 'r') == "x=y");
    CHECK(!take_attribute(message, 'i'));
    CHECK(take_attribute(message, 's') == "");
    CHECK(take_attribute(message, 'i') == "1");
    CHECK(message.empty());
    CHECK(!take_attribute(message, 'x'));
    for (const auto* rest : {"", "x=1", "x=1,Y==,z=a b"}) CHECK_MESSAGE(are_extensions(rest), rest);
    for (const auto* rest : {"x", "x=", "=1", "1=1", "x=1,,y=2", "xx=1"}) CHECK_MESSAGE(!are_extensions(rest), rest);
}
