#include "bench/awaited.hpp"

#include <doctest/doctest.h>

using namespace tepore::bench;
using what = awaited::what;

TEST_CASE("a message has its place until all its receivers have it") {
    awaited a(1);
    const auto first = a.add(2);
    CHECK(!a.has_room());
    CHECK(a.take(first, 1) == what::expected);
    CHECK(!a.has_room());
    CHECK(a.take(first, 1) == what::duplicate);
    CHECK(a.take(first, 0) == what::expected);
    CHECK(a.has_room());
    CHECK(a.take(first, 0) == what::duplicate);
}

TEST_CASE("a lost message takes one place, and that not for ever") {
    awaited a(4);
    const auto lost = a.add(1);
    for (std::uint32_t n = 1; n < 4 * awaited::windows_remembered; ++n) {
        REQUIRE(a.has_room());
        CHECK(a.take(a.add(1), 0) == what::expected);
    }
    for (int i = 0; i < 3; ++i) (void)a.add(1);
    CHECK(a.has_room());  // given up by the first of the three
    (void)a.add(1);
    CHECK(!a.has_room());
    CHECK(a.take(lost, 0) == what::late);
    CHECK(a.take(lost, 0) == what::duplicate);
    CHECK(!a.has_room());
}

TEST_CASE("what is given up in a standstill may come after all, once, and makes no room") {
    awaited a(2);
    const auto first = a.add(3);
    const auto second = a.add(1);
    CHECK(a.take(first, 0) == what::expected);
    CHECK(a.give_up_when_stalled() == 0);
    CHECK(a.give_up_when_stalled() == 3);
    CHECK(a.give_up_when_stalled() == 0);
    const auto third = a.add(1);
    const auto fourth = a.add(1);
    CHECK(!a.has_room());
    CHECK(a.take(first, 1) == what::late);
    CHECK(a.take(first, 1) == what::duplicate);
    CHECK(a.take(second, 0) == what::late);
    CHECK(!a.has_room());
    CHECK(a.take(third, 0) == what::expected);
    CHECK(a.take(fourth, 0) == what::expected);
    CHECK(a.has_room());
}
