#include "thermostat/control/law.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace tepore;
using namespace tepore::thermostat;

TEST_CASE("hysteresis: on below the band, off above it, unchanged inside") {
    const hysteresis_tuning band{0.3, 0.3};
    CHECK(hysteresis_wants_heat(false, band, 20.69, 21.0));
    CHECK_FALSE(hysteresis_wants_heat(false, band, 20.71, 21.0));
    CHECK(hysteresis_wants_heat(true, band, 21.29, 21.0));
    CHECK_FALSE(hysteresis_wants_heat(true, band, 21.31, 21.0));
}

TEST_CASE("pi: demand follows the error and the integral removes what is left") {
    pi_memory memory;
    const pi_tuning tuning{.kp = 0.5, .ti = 60min, .ke = 0.0};
    const double at_first = pi_demand(memory, tuning, 20.0, 20.4, std::nullopt, 0min);
    CHECK(at_first == doctest::Approx(0.2));
    double later = 0.0;
    for (int minute = 0; minute < 60; ++minute) later = pi_demand(memory, tuning, 20.0, 20.4, std::nullopt, 1min);
    CHECK(later == doctest::Approx(0.4));  // one integral time doubles it
}

TEST_CASE("pi: the integral stands still while the demand is saturated") {
    pi_memory memory;
    const pi_tuning tuning{.kp = 0.5, .ti = 60min, .ke = 0.0};
    for (int hour = 0; hour < 24; ++hour) CHECK(pi_demand(memory, tuning, 15.0, 21.0, std::nullopt, 1h) == 1.0);
    CHECK(memory.integral == 0.0);
    // So the demand leaves full power as soon as the error allows.
    CHECK(pi_demand(memory, tuning, 20.9, 21.0, std::nullopt, 1min) < 0.1);
}

TEST_CASE("pi: a warm room is not heated and does not wind the integral down without end") {
    pi_memory memory;
    const pi_tuning tuning{.kp = 0.5, .ti = 60min, .ke = 0.03};
    for (int hour = 0; hour < 100; ++hour) CHECK(pi_demand(memory, tuning, 25.0, 21.0, 5.0, 1h) == 0.0);
    CHECK(memory.integral >= -0.6);
    CHECK(pi_demand(memory, tuning, 19.0, 21.0, 5.0, 1min) > 0.3);
}

TEST_CASE("pi: feed-forward answers the cold before the room feels it") {
    pi_memory memory;
    const pi_tuning tuning{.kp = 0.5, .ti = 60min, .ke = 0.02};
    CHECK(pi_demand(memory, tuning, 21.0, 21.0, 1.0, 1min) == doctest::Approx(0.4));
    CHECK(pi_demand(memory, tuning, 21.0, 21.0, -4.0, 1min) == doctest::Approx(0.5));
}

TEST_CASE("pi: losing or finding the outdoor temperature does not move the demand") {
    pi_memory memory;
    const pi_tuning tuning{.kp = 0.5, .ti = 60min, .ke = 0.02};
    CHECK(pi_demand(memory, tuning, 21.0, 21.0, 1.0, 1min) == doctest::Approx(0.4));
    CHECK(pi_demand(memory, tuning, 21.0, 21.0, std::nullopt, 1min) == doctest::Approx(0.4));
    CHECK(pi_demand(memory, tuning, 21.0, 21.0, 1.0, 1min) == doctest::Approx(0.4));
}
