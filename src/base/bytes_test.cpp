#include "base/bytes.hpp"

#include <doctest/doctest.h>

TEST_CASE("text and bytes are views of the same memory") {
    const std::string_view text = "a\0b";
    const auto bytes = tepore::as_bytes(text);
    CHECK(bytes.size() == text.size());
    CHECK(tepore::as_text(bytes).data() == text.data());
}
