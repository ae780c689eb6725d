#include "thermostat/zone/settings.hpp"

#include <doctest/doctest.h>
#include <limits>

using namespace std::chrono_literals;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

setting_change to(const char* name, double value) {
    return {setting_named(name), value};
}

}  // namespace

TEST_CASE("every kind of emitter brings settings that pass their own checks") {
    for (const auto e : {emitter::electric, emitter::boiler, emitter::underfloor}) CHECK(check(settings_for(e)));
}

TEST_CASE("a change is granted whole or not at all") {
    const zone_settings now;
    const setting_change good[]{to("max", 25), to("presets.eco", 18.5)};
    const auto next = changed(now, now, good);
    REQUIRE(next);
    CHECK(next->max_c == 25.0);
    CHECK(next->eco_c == 18.5);

    const setting_change bad[]{to("max", 25), to("kp", 99)};
    const auto refused = changed(now, now, bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == refusal_code::out_of_range);
    CHECK(refused.error().message == "kp: 99 is above the maximum 10");
    CHECK(refused.error().min == 0.01);
    CHECK(refused.error().max == 10.0);
}

TEST_CASE("what contradicts itself is refused") {
    const zone_settings now;
    const auto refused = [&](std::vector<setting_change> changes) { return !changed(now, now, changes); };
    CHECK(refused({to("min", 22), to("max", 22.5)}));
    CHECK(refused({to("cycle_min", 5), to("min_on_min", 3), to("min_off_min", 3)}));
    CHECK(refused({to("no_response_h", 30), to("max_on_h", 20)}));
    CHECK(refused({to("step", std::numeric_limits<double>::quiet_NaN())}));
    CHECK_FALSE(refused({to("cycle_min", 6)}));
}

TEST_CASE("a null returns to the default") {
    zone_settings now;
    now.max_c = 25;
    now.controller = law::hysteresis;
    const zone_settings defaults;
    const setting_change nulls[]{{setting_named("max"), std::nullopt}, {setting_named("controller"), std::nullopt}};
    const auto next = changed(now, defaults, nulls);
    REQUIRE(next);
    CHECK(next->max_c == 30.0);
    CHECK(next->controller == law::pi);
}

TEST_CASE("presets stay within min and max") {
    zone_settings s;
    s.max_c = 22;
    s.min_c = 17;
    CHECK(preset_c(s, preset::boost) == 22.0);
    CHECK(preset_c(s, preset::away) == 17.0);
    CHECK(preset_c(s, preset::comfort) == 21.0);
}

TEST_CASE("the over-temperature limit follows the highest set point") {
    zone_settings s;
    s.max_c = 24;
    CHECK(control_settings_of(s).safety.over_temperature_c == 26.0);
    s.max_c = 30;
    CHECK(control_settings_of(s).safety.over_temperature_c == 30.5);
    s.max_c = 35;
    CHECK(control_settings_of(s).safety.over_temperature_c == 35.5);
}
