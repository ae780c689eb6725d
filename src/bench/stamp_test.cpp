#include <doctest/doctest.h>

#include "bench/report.hpp"
#include "bench/stamp.hpp"

using namespace tepore;
using namespace tepore::bench;

TEST_CASE("a stamp is read as it was written, and no altered bit passes") {
    const content c(42, 40);
    std::vector<std::uint8_t> payload(c.blank().begin(), c.blank().end());
    const stamp s{.sent = monotonic(duration(123'456'789)), .publisher = 7, .sequence = 9, .target = 11};
    c.write(s, payload);
    CHECK(c.read(payload) == s);
    for (std::size_t bit = 0; bit < payload.size() * 8; ++bit) {
        auto altered = payload;
        altered[bit / 8] = static_cast<std::uint8_t>(altered[bit / 8] ^ 1u << bit % 8);
        CHECK(!c.read(altered));
    }
    payload.push_back('a');
    CHECK(!c.read(payload));
    payload.resize(39);
    CHECK(!c.read(payload));
    CHECK(!c.read({}));
}

TEST_CASE("a message of another run is not ours") {
    const content ours(1, stamp_bytes);
    const content theirs(2, stamp_bytes);
    std::vector<std::uint8_t> payload(stamp_bytes);
    theirs.write({}, payload);
    CHECK(theirs.read(payload));
    CHECK(!ours.read(payload));
}

TEST_CASE("a report as JSON and as a table") {
    report r;
    r.text("broker", "say \"hi\"\n", "broker");
    r.count("things", 1'234'567, "things", "pieces");
    r.number("share", -12345.678, 2, "share", "%");
    r.count("hidden", 5);
    CHECK(
        r.json() ==
        R"({"broker":"say \"hi\"?","things":1234567,"share":-12345.68,"hidden":5,"verdict":"every message arrived once and in order","exit_status":0})");
    CHECK(r.table() == "broker  say \"hi\"\n\nthings   1,234,567 pieces\nshare   -12,345.68 %\nevery message arrived once and in order\n");
}

TEST_CASE("the worst verdict stands, and of equal ones the first") {
    report r;
    r.judge(verdict::good, "good enough");
    CHECK(r.sentence() == "good enough");
    r.judge(verdict::loss, "lost");
    r.judge(verdict::loss, "also lost");
    CHECK(r.sentence() == "lost");
    r.judge(verdict::trouble, "broken");
    r.judge(verdict::loss, "lost again");
    r.judge(verdict::good, "fine");
    CHECK(r.sentence() == "broken");
    CHECK(r.how() == verdict::trouble);
}
