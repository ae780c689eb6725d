#include "sasl/base64.hpp"

#include <doctest/doctest.h>

using namespace tepore;
using namespace tepore::sasl;

TEST_CASE("base 64: the vectors of RFC 4648, section 10, both ways") {
    constexpr std::pair<std::string_view, std::string_view> vectors[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        CHECK(to_base64(as_bytes(plain)) == encoded);
        const auto back = from_base64(encoded);
        REQUIRE(back);
        CHECK(as_text(*back) == plain);
    }
}

TEST_CASE("base 64: every byte value comes back") {
    std::vector<std::uint8_t> all(256);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
    CHECK(from_base64(to_base64(all)) == all);
}

TEST_CASE("base 64: only one spelling is read") {
    for (const auto* text :
         {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "====", "=", "Zm9v ", "Zm 9v", "Zm9v\n", "Zm9-", "Zm9_", "Zm9v=m9v", "Zg==Zg=="})
        CHECK_MESSAGE(!from_base64(text), text);
    CHECK(!from_base64(std::string_view("Zm9\0", 4)));
}
