#include "thermostat/house/house.hpp"

#include <doctest/doctest.h>
#include <cmath>

#include "thermostat/air/moist_air.hpp"

using namespace std::chrono_literals;
using namespace std::chrono;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

constexpr local_days monday{2026y / November / 23};

}  // namespace

TEST_CASE("no energy appears or disappears") {
    for (const auto& p : house_table) {
        CAPTURE(p.name);
        house_state s;
        const house_drive drive{.heater = 0.6, .outdoor_c = 2.0, .sun_w_m2 = 120.0, .heat_w = 300.0};
        const double before_j = stored_j(p, s);
        double flowed_j = 0.0;
        for (int i = 0; i < 24 * 3600; ++i) {
            const double at_begin = net_inflow_w(p, s, drive);
            s = advance(p, s, drive, 1s);
            flowed_j += 0.5 * (at_begin + net_inflow_w(p, s, drive));
        }
        CHECK(stored_j(p, s) - before_j == doctest::Approx(flowed_j).epsilon(1e-6));
    }
}

TEST_CASE("left alone, the house settles where heat in equals heat out") {
    for (const auto& p : house_table) {
        CAPTURE(p.name);
        house_state s;
        const house_drive drive{.heater = 0.3, .outdoor_c = 0.0};
        s = advance(p, s, drive, days(60));
        CHECK(net_inflow_w(p, s, drive) == doctest::Approx(0.0).epsilon(0.01));
        CHECK(s.sensor_c == doctest::Approx(s.air_c));
        CHECK(s.air_c > 5.0);
    }
}

TEST_CASE("long steps and short ones agree") {
    for (const auto& p : house_table) {
        CAPTURE(p.name);
        const house_drive drive{.heater = 1.0, .window_open = true, .outdoor_c = -5.0, .sun_w_m2 = 50.0, .heat_w = 500.0, .vapour_g_per_h = 300.0};
        const auto once = advance(p, {}, drive, 1h);
        house_state s;
        for (int i = 0; i < 3600; ++i) s = advance(p, s, drive, 1s);
        CHECK(once.air_c == doctest::Approx(s.air_c).epsilon(1e-6));
        CHECK(once.emitter_c == doctest::Approx(s.emitter_c).epsilon(1e-6));
        CHECK(once.vapour_g_m3 == doctest::Approx(s.vapour_g_m3).epsilon(1e-6));
    }
}

TEST_CASE("an open window cools and dries the air in minutes") {
    const auto& p = parameters_of(house_class::medium);
    const house_state before{.air_c = 21, .mass_c = 20.5, .emitter_c = 25, .sensor_c = 21, .vapour_g_m3 = 9};
    const auto closed = advance(p, before, {.outdoor_c = 0.0, .outdoor_vapour_g_m3 = 3.5}, 10min);
    const auto open = advance(p, before, {.window_open = true, .outdoor_c = 0.0, .outdoor_vapour_g_m3 = 3.5}, 10min);
    CHECK(open.air_c < closed.air_c - 1.0);
    CHECK(open.vapour_g_m3 < closed.vapour_g_m3 - 0.5);
}

TEST_CASE("air never holds more water than it can") {
    const auto& p = parameters_of(house_class::medium);
    const auto s = advance(p, {}, {.outdoor_c = 0.0, .vapour_g_per_h = 20'000.0}, 24h);
    CHECK(s.vapour_g_m3 <= saturation_g_m3(s.air_c) * 1.0001);
}

TEST_CASE("one seed replays the house") {
    const auto live = [](std::uint64_t seed) {
        simulated_house house(house_class::heavy, seed, season::winter);
        for (int hour = 0; hour < 100; ++hour) house.run(monday + hours(hour), 1h, hour % 3 == 0 ? 1.0 : 0.2);
        return house;
    };
    const auto a = live(5);
    const auto b = live(5);
    CHECK(a.state() == b.state());
    CHECK(a.temperature_sample_c(monday) == b.temperature_sample_c(monday));
    CHECK_FALSE(a.state() == live(6).state());
}

TEST_CASE("how time is cut does not matter") {
    simulated_house whole(house_class::light, 5, season::winter);
    simulated_house cut(house_class::light, 5, season::winter);
    whole.run(monday, 2h, 0.5);
    for (int i = 0; i < 2 * 3600; i += 10) cut.run(monday + seconds(i), 10s, 0.5);
    CHECK(whole.state().air_c == doctest::Approx(cut.state().air_c).epsilon(1e-6));
}

TEST_CASE("the sensor rounds to a tenth, lags and is a little noisy") {
    simulated_house house(house_class::medium, 5, season::winter, {.air_c = 20, .mass_c = 20, .emitter_c = 20, .sensor_c = 20.04});
    int high = 0;
    for (int i = 0; i < 1000; ++i) {
        const double sample = house.temperature_sample_c(monday + seconds(i));
        REQUIRE(std::abs(sample * 10 - std::round(sample * 10)) < 1e-9);
        REQUIRE(std::abs(sample - 20.04) < 0.25);
        high += sample > 20.05 ? 1 : 0;
    }
    CHECK(high > 100);
    CHECK(high < 700);
}

TEST_CASE("a heated house in winter is as humid as houses are") {
    simulated_house house(house_class::medium, 5, season::winter);
    double sum = 0.0;
    for (int hour = 0; hour < 24 * 14; ++hour) {
        const auto at = monday + hours(hour);
        house.run(at, 1h, house.state().air_c < 20.5 ? 1.0 : 0.0);
        const double humidity = house.humidity_sample(at + 1h);
        REQUIRE(humidity > 15.0);
        REQUIRE(humidity < 80.0);
        sum += humidity;
    }
    CHECK(sum / (24 * 14) > 30.0);
    CHECK(sum / (24 * 14) < 55.0);
}

TEST_CASE("a year of weather runs in seconds") {
    simulated_house house(house_class::light, 5, season::annual);
    const auto begin = steady_clock::now();
    for (int day = 0; day < 365; ++day) house.run(local_days(2026y / January / 1) + days(day), 24h, 0.1);
    CHECK(steady_clock::now() - begin < 20s);
    CHECK(std::isfinite(house.state().air_c));
    CHECK(house.state().air_c < 45.0);
}
