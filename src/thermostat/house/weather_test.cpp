#include "thermostat/house/weather.hpp"

#include <doctest/doctest.h>
#include <cmath>

using namespace std::chrono_literals;
using namespace std::chrono;
using namespace tepore::thermostat;

namespace {

constexpr local_days monday{2026y / November / 23};

}  // namespace

TEST_CASE("the same seed and hour give the same weather, another seed another") {
    const auto at = monday + 13h;
    CHECK(weather_at(1, season::winter, at).outdoor_c == weather_at(1, season::winter, at).outdoor_c);
    CHECK(weather_at(1, season::winter, at).outdoor_c != weather_at(2, season::winter, at).outdoor_c);
    double seed_1 = 0.0, seed_2 = 0.0;
    for (int day = 0; day < 20; ++day) {
        seed_1 += weather_at(1, season::winter, at + days(day)).sun_w_m2;
        seed_2 += weather_at(2, season::winter, at + days(day)).sun_w_m2;
    }
    CHECK(seed_1 != seed_2);
}

TEST_CASE("the benchmark's weather is the formula's") {
    // Day 0, 15:00: 3 + 4 sin(2 pi 0.625 / 6.5 + 1) + 1.5 sin(2 pi 0.625 / 2.9) + 2.5
    const local_days day_0{days(4)};
    const double turn = 2 * 3.14159265358979;
    const double expected = 3 + 4 * std::sin(turn * 0.625 / 6.5 + 1) + 1.5 * std::sin(turn * 0.625 / 2.9) + 2.5;
    CHECK(weather_at(0, season::winter, day_0 + 15h).outdoor_c == doctest::Approx(expected));
    CHECK(weather_at(0, season::winter, day_0 + 7h).sun_w_m2 == 0.0);
    CHECK(weather_at(0, season::winter, day_0 + 12h).sun_w_m2 > 0.0);
}

TEST_CASE("a year has a winter and a summer") {
    const auto mean = [](local_days from) {
        double sum = 0.0;
        for (int hour = 0; hour < 24 * 20; ++hour) sum += weather_at(1, season::annual, from + hours(hour)).outdoor_c;
        return sum / (24 * 20);
    };
    const double january = mean(local_days(2026y / January / 10));
    const double july = mean(local_days(2026y / July / 10));
    CHECK(january > -2.0);
    CHECK(january < 8.0);
    CHECK(july > 17.0);
    CHECK(july < 26.0);
    CHECK(weather_at(1, season::annual, local_days(2026y / June / 21) + 20h).sun_w_m2 == 0.0);
    CHECK(weather_at(1, season::annual, local_days(2026y / June / 21) + 6h).sun_w_m2 > 0.0);
}

TEST_CASE("people come home, cook and air") {
    CHECK(household_at(1, monday + 3h).heat_w == 310.0);
    CHECK(household_at(1, monday + 12h).heat_w == 150.0);
    CHECK(household_at(1, monday + 19h).heat_w > 1000.0);
    CHECK(household_at(1, monday + 7h + 50min).window_open);
    CHECK_FALSE(household_at(1, monday + 7h + 56min).window_open);
    CHECK(household_at(1, monday + days(5) + 10h + 5min).window_open);  // Saturday
}

TEST_CASE("gaussian noise has mean 0 and deviation 1") {
    double sum = 0.0, squares = 0.0;
    constexpr int n = 100'000;
    for (int i = 0; i < n; ++i) {
        const double x = gaussian(7, static_cast<std::uint64_t>(i));
        REQUIRE(std::isfinite(x));
        sum += x;
        squares += x * x;
    }
    CHECK(std::abs(sum / n) < 0.01);
    CHECK(squares / n == doctest::Approx(1.0).epsilon(0.02));
}
