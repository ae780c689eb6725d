#include "sasl/hash.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tepore;
using namespace tepore::sasl;

namespace {

std::string hex(const digest& d) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const auto byte : d) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

}  // namespace

TEST_CASE("SHA-256 of nothing and of abc (FIPS 180-4)") {
    CHECK(hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hex(sha256(as_bytes("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("HMAC-SHA-256: the second vector of RFC 4231; an empty key is a key") {
    CHECK(hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hex(hmac_sha256({}, {})) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("PBKDF2-HMAC-SHA-256: a vector of RFC 7914, section 11") {
    CHECK(hex(pbkdf2_sha256("passwd", as_bytes("salt"), 1)) == "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
}

TEST_CASE("same() compares all of both") {
    CHECK(same(as_bytes("abc"), as_bytes("abc")));
    CHECK(same({}, {}));
    CHECK(!same(as_bytes("abc"), as_bytes("abd")));
    CHECK(!same(as_bytes("abc"), as_bytes("ab")));
}
