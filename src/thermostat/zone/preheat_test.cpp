#include "thermostat/zone/preheat.hpp"

#include <doctest/doctest.h>
#include <chrono>

using namespace std::chrono_literals;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

constexpr preheat_limits rules;

/// A warm-up from `from_c` to 21 at `slope`, seen each minute.
void warms_up(preheat& p, double from_c, double slope_k_per_h, monotonic begin) {
    monotonic now = begin;
    for (double room_c = from_c; room_c < 21.0; now += 1min, room_c += slope_k_per_h / 60) learn(p, rules, 21.0, room_c, now);
    learn(p, rules, 17.0, 21.0, now);
}

}  // namespace

TEST_CASE("the slope is learned from warm-ups") {
    preheat p;
    for (int day = 0; day < 20; ++day) warms_up(p, 17.0, 0.8, monotonic{} + 24h * day);
    CHECK(p.slope_k_per_h == doctest::Approx(0.8).epsilon(0.03));
    CHECK(lead(p, rules, 21.0, 17.0) > 4h + 45min);
    CHECK(lead(p, rules, 21.0, 17.0) < 5h + 15min);
}

TEST_CASE("a dip after the warm-up is not another one") {
    preheat p;
    learn(p, rules, 21.0, 17.0, monotonic{});
    learn(p, rules, 21.0, 21.0, monotonic{} + 1h);
    const double learned = p.slope_k_per_h;
    CHECK(learned > 2.0);
    learn(p, rules, 21.0, 20.2, monotonic{} + 2h);
    learn(p, rules, 21.0, 20.8, monotonic{} + 5h);
    CHECK(p.slope_k_per_h == learned);
}

TEST_CASE("a warm room needs no lead, and no lead is longer than ten hours") {
    preheat p{.slope_k_per_h = 0.15};
    CHECK(lead(p, rules, 21.0, 21.0) == 0h);
    CHECK(lead(p, rules, 21.0, 24.0) == 0h);
    CHECK(lead(p, rules, 21.0, 10.0) == 10h);
}

TEST_CASE("small, broken and impossible warm-ups teach nothing") {
    preheat p;
    warms_up(p, 20.6, 10.0, {});
    CHECK(p.slope_k_per_h == 2.0);
    forget(p);
    learn(p, rules, 21.0, 17.0, monotonic{} + 1h);
    forget(p);  // the sensor fell silent
    learn(p, rules, 21.0, 20.9, monotonic{} + 2h);
    CHECK(p.slope_k_per_h == 2.0);
    for (int i = 0; i < 50; ++i) warms_up(p, 17.0, 100.0, monotonic{} + 24h * i);
    CHECK(p.slope_k_per_h <= 8.0);
}
