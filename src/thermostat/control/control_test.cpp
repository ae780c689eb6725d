#include "thermostat/control/control.hpp"

#include <doctest/doctest.h>
#include <cmath>
#include <limits>
#include <random>

using namespace std::chrono_literals;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

/// A room of which the test chooses the temperature.
struct controlled_room {
    control_settings settings;
    monotonic now{};
    control_state state = control_state::just_started(now);
    control_intent intent{.heat = true, .target_c = 21.0, .why = reason::manual};
    std::optional<double> outdoor_c = 5.0;
    commands done;
    monotonic wake = never;

    commands hears(std::optional<double> sample_c) {
        const auto out = step(settings, state, {.room_sample_c = sample_c, .outdoor_c = outdoor_c}, intent, now);
        state = out.state;
        wake = out.wake;
        return done = out.commands;
    }
    commands after(duration d, std::optional<double> sample_c) {
        now += d;
        return hears(sample_c);
    }
    /// A sample each minute.
    commands lives(duration d, double sample_c) {
        for (duration left = d; left > 0s; left -= 1min) after(1min, sample_c);
        return done;
    }
};

controlled_room hysteresis_room() {
    controlled_room room;
    room.settings.law = law::hysteresis;
    return room;
}

}  // namespace

TEST_CASE("a cold room is heated, a warm one is not, and the reason is the caller's") {
    auto room = hysteresis_room();
    CHECK(room.lives(10min, 19.0).heat);
    CHECK(room.done.why == reason::manual);
    CHECK(room.done.demand == 1.0);
    CHECK_FALSE(room.lives(20min, 22.0).heat);
    CHECK(room.done.demand == 0.0);
}

TEST_CASE("the same state and inputs give the same answer") {
    controlled_room room;
    room.lives(30min, 20.3);
    const auto once = step(room.settings, room.state, {20.1, 3.0}, room.intent, room.now + 1min);
    const auto twice = step(room.settings, room.state, {20.1, 3.0}, room.intent, room.now + 1min);
    CHECK(once.commands.demand == twice.commands.demand);
    CHECK(once.commands.heat == twice.commands.heat);
    CHECK(once.wake == twice.wake);
}

TEST_CASE("turning the set point is answered at once, not a minute later") {
    controlled_room room;
    room.lives(1h, 21.0);
    room.intent.target_c = 25.0;
    CHECK(room.after(1s, std::nullopt).demand > 0.9);
    room.intent.target_c = 17.0;
    CHECK(room.after(1s, std::nullopt).demand == 0.0);
}

TEST_CASE("the relay's minimum times show as the reason") {
    auto room = hysteresis_room();
    room.lives(10min, 19.0);
    room.intent.target_c = 15.0;
    room.lives(10min, 19.0);
    room.intent.target_c = 25.0;
    room.after(1s, std::nullopt);
    CHECK(room.done.heat);
    room.intent.target_c = 15.0;
    room.after(30s, std::nullopt);
    CHECK(room.done.heat);
    CHECK(room.done.why == reason::min_on);
    room.after(3min, std::nullopt);
    CHECK_FALSE(room.done.heat);
    room.intent.target_c = 25.0;
    room.after(30s, std::nullopt);
    CHECK_FALSE(room.done.heat);
    CHECK(room.done.why == reason::min_off);
}

TEST_CASE("no law without a sensor: a dead one gets the safe duty in cycles and comes back on the second good sample") {
    auto room = hysteresis_room();
    room.lives(2h, 19.0);
    CHECK(room.done.heat);
    CHECK(room.after(61min, std::nullopt).why == reason::sensor_stale);
    CHECK(room.done.demand <= 0.3);
    CHECK(room.done.alarms.has(alarm::sensor_stale));
    room.after(1min, 19.0);
    CHECK(room.done.why == reason::sensor_stale);
    room.after(1min, 19.0);
    CHECK(room.done.why != reason::sensor_stale);
    CHECK(room.done.demand == 1.0);
    CHECK(room.done.alarms.none());
}

TEST_CASE("mode off does not heat, but does not let the room freeze") {
    controlled_room room;
    room.intent = {.heat = false, .target_c = 21.0, .why = reason::off};
    CHECK_FALSE(room.lives(1h, 12.0).heat);
    CHECK(room.done.why == reason::off);
    CHECK(room.lives(1h, 4.5).heat);
    CHECK(room.done.why == reason::frost);
    CHECK_FALSE(room.lives(1h, 8.0).heat);
}

TEST_CASE("an overheated room is switched off although the minimum on time is not over") {
    auto room = hysteresis_room();
    room.settings.measurement.smoothing = 1s;
    room.intent.target_c = 30.0;
    room.lives(10min, 29.0);
    room.intent.target_c = 10.0;
    room.lives(5min, 29.0);
    room.intent.target_c = 30.0;
    room.after(1min, 29.0);
    CHECK(room.done.heat);
    CHECK_FALSE(room.after(1min, 31.0).heat);
    CHECK(room.done.why == reason::over_temperature);
}

TEST_CASE("a glitch of the sensor does not move the relay") {
    auto room = hysteresis_room();
    room.lives(30min, 21.5);
    CHECK_FALSE(room.after(1min, -127.0).heat);
    CHECK_FALSE(room.after(1min, 5.0).heat);
    CHECK_FALSE(room.after(1min, std::numeric_limits<double>::quiet_NaN()).heat);
    CHECK(room.done.demand == 0.0);
}

TEST_CASE("it always wants to be called again within a minute") {
    controlled_room room;
    for (int i = 0; i < 500; ++i) {
        room.hears(i % 3 == 0 ? std::optional(19.0 + i * 0.005) : std::nullopt);
        REQUIRE(room.wake > room.now);
        REQUIRE(room.wake <= room.now + 1min);
        room.now = room.wake;
    }
}

TEST_CASE("nobody can make the relay switch faster than its minimum times (random wishes, samples, faults)") {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        std::mt19937 dice(seed);
        const auto upto = [&](int n) { return static_cast<int>(dice() % static_cast<unsigned>(n)); };
        controlled_room room;
        room.settings.law = upto(2) == 0 ? law::pi : law::hysteresis;
        monotonic switched = room.now;
        bool was_on = false;
        double room_c = 18.0;
        for (int i = 0; i < 4000; ++i) {
            if (upto(20) == 0) room.intent = {.heat = upto(5) != 0, .target_c = 5.0 + upto(26), .why = reason::manual};
            room_c += (upto(101) - 50) / 400.0;
            auto sample = std::optional(room_c);
            if (upto(10) == 0) sample = -127.0 + upto(300);
            if (upto(10) == 0) sample.reset();
            if (upto(50) == 0) room.outdoor_c = upto(2) == 0 ? std::optional(upto(40) - 15.0) : std::nullopt;
            const auto c = room.after(std::chrono::seconds(upto(90)), sample);
            REQUIRE(c.demand >= 0.0);
            REQUIRE(c.demand <= 1.0);
            if (c.heat == was_on) continue;
            const bool emergency = c.why == reason::over_temperature;
            if (!emergency) REQUIRE(room.now - switched >= 3min);
            was_on = c.heat;
            switched = room.now;
        }
    }
}
