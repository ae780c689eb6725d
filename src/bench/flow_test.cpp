#include <doctest/doctest.h>

#include <string>

#include "bench/flow.hpp"

using namespace tepore::bench;

namespace {

/// The kinds of a row of arrivals, one letter each: i, l, d.
std::string kinds(std::initializer_list<std::uint32_t> sequence_numbers) {
    flow f;
    std::string out;
    for (const auto n : sequence_numbers) {
        const auto kind = f.take(n).kind;
        out += kind == arrival::in_order ? 'i' : kind == arrival::late ? 'l' : 'd';
    }
    return out;
}

}  // namespace

TEST_CASE("a row without fault") {
    CHECK(kinds({0, 1, 2, 3}) == "iiii");
}

TEST_CASE("what comes twice is a duplicate, at once or later") {
    CHECK(kinds({0, 0, 1, 2, 1}) == "idiid");
    CHECK(kinds({0, 1, 3, 3, 0, 4}) == "iiiddi");
}

TEST_CASE("what was passed over and comes later is late, and the second time a duplicate") {
    CHECK(kinds({0, 2, 1, 1, 3}) == "iildi");
    CHECK(kinds({3, 2, 1, 0, 0, 4}) == "illldi");
}

TEST_CASE("a gap tells how many were passed over, once") {
    flow f;
    CHECK(f.take(0).skipped == 0);
    CHECK(f.take(5).skipped == 4);
    CHECK(f.take(6).skipped == 0);
    CHECK(f.take(3).skipped == 0);
    CHECK(f.next() == 7);
}

TEST_CASE("gaps of any width leave the memory right") {
    for (const std::uint32_t width : {1u, 62u, 63u, 64u, 65u, 1000u}) {
        CAPTURE(width);
        flow f;
        CHECK(f.take(0).kind == arrival::in_order);
        CHECK(f.take(width + 1).skipped == width);
        CHECK(f.take(width + 1).kind == arrival::duplicate);
        CHECK(f.take(width).kind == arrival::late);
        CHECK(f.take(width).kind == arrival::duplicate);
    }
}

TEST_CASE("what is older than the memory is late as long as a gap is open, then a duplicate") {
    flow f;
    CHECK(f.take(2).skipped == 2);
    for (std::uint32_t n = 3; n < 200; ++n) CHECK(f.take(n).kind == arrival::in_order);
    CHECK(f.take(0).kind == arrival::late);
    CHECK(f.take(1).kind == arrival::late);
    CHECK(f.take(1).kind == arrival::duplicate);
}

TEST_CASE("the ledger settles each message once") {
    ledger l(2);
    CHECK(l.take(0, 0, false) == 1);
    CHECK(l.take(1, 2, false) == 3);
    CHECK(l.take(1, 1, false) == 0);
    CHECK(l.take(0, 0, false) == 0);
    CHECK(l.take(0, 0, true) == 0);
    const auto& t = l.tally();
    CHECK(t.received == 3);
    CHECK(t.late == 1);
    CHECK(t.duplicates == 1);
    CHECK(t.redelivered == 1);
}
