#include "thermostat/contract/iso_time.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace std::chrono;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

time_zone rome() {
    return time_zone::find("Europe/Rome").value();
}

}  // namespace

TEST_CASE("times are printed in UTC and in the house's time") {
    const wall_time at = sys_days(2026y / November / 22) + 21h + 30min;
    CHECK(print_utc(at) == "2026-11-22T21:30:00Z");
    CHECK(print_civil(at, rome()) == "2026-11-22T22:30:00+01:00");
    CHECK(print_civil(at, {}) == "2026-11-22T21:30:00+00:00");
    CHECK(print_civil(at, time_zone::find("America/St_Johns").value()) == "2026-11-22T18:00:00-03:30");
}

TEST_CASE("times are read with and without a zone") {
    const wall_time at = sys_days(2026y / November / 22) + 21h + 30min;
    CHECK(parse_time("2026-11-22T21:30:00Z", rome()) == at);
    CHECK(parse_time("2026-11-22T21:30Z", rome()) == at);
    CHECK(parse_time("2026-11-22T22:30:00+01:00", {}) == at);
    CHECK(parse_time("2026-11-22T18:00:00-03:30", {}) == at);
    CHECK(parse_time("2026-11-22T22:30", rome()) == at);
    CHECK(parse_time("2026-11-22", rome()) == wall_time(sys_days(2026y / November / 21) + 23h));
    CHECK(parse_time(print_civil(at, rome()), {}) == at);
}

TEST_CASE("what is not a time is none") {
    for (const char* text : {"", "now", "2026", "2026-13-01", "2026-02-30", "2026-11-22T", "2026-11-22T25:00", "2026-11-22T21:60",
                             "2026-11-22T21:30:61", "2026-11-22 21:30", "2026-11-22T21:30:00+1", "2026-11-22T21:30:00+01:00x",
                             "2026-11-22T21:30:00.5Z", "9999-01-01", "0000-01-01", "-026-01-01", "20a6-01-01"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_time(text, {}));
    }
}
