#include "thermostat/control/safety.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

struct guarded_room {
    safety_limits limits{.ke = 0.02};
    safety s;
    monotonic now{};
    safety_input in{.sensor = sensor_health::ok, .room_c = 20.0, .outdoor_c = 5.0, .heat = true, .demand = 0.4, .why = reason::manual};

    safety_verdict after(duration d) {
        now += d;
        return judge(s, limits, in, now);
    }
    void lives(duration d, double duty) {
        for (auto left = d; left > 0s; left -= 10min) {
            in.relay_on = (left / 10min) % 100 < static_cast<int>(duty * 100);
            after(10min);
        }
        in.relay_on = false;
    }
    void goes_blind(sensor_health how = sensor_health::stale) {
        in.sensor = how;
        in.room_c.reset();
        in.demand = 0.0;
    }
};

}  // namespace

TEST_CASE("in order, the law's demand passes") {
    guarded_room room;
    const auto v = room.after(1min);
    CHECK(v.demand == 0.4);
    CHECK(v.why == reason::manual);
    CHECK(v.from_law);
    CHECK(v.alarms.none());
}

TEST_CASE("frost protection heats in every mode, from below 5 until 7 degrees") {
    for (const bool heat : {true, false}) {
        guarded_room room;
        room.in.heat = heat;
        room.in.demand = 0.0;
        room.in.why = heat ? reason::manual : reason::off;
        room.in.room_c = 5.1;
        CHECK(room.after(1min).demand == 0.0);
        room.in.room_c = 4.9;
        const auto v = room.after(1min);
        CHECK(v.demand == 1.0);
        CHECK(v.why == reason::frost);
        CHECK(v.alarms.has(alarm::frost));
        room.in.room_c = 6.9;
        CHECK(room.after(1min).demand == 1.0);
        room.in.room_c = 7.0;
        CHECK(room.after(1min).demand == 0.0);
    }
}

TEST_CASE("too warm is off at once, with an alarm, until it has cooled down") {
    guarded_room room;
    room.in.room_c = 30.6;
    room.in.demand = 1.0;
    auto v = room.after(1min);
    CHECK(v.emergency_off);
    CHECK(v.demand == 0.0);
    CHECK(v.alarms.has(alarm::over_temperature));
    room.in.room_c = 30.1;
    CHECK(room.after(1min).emergency_off);
    room.in.room_c = 29.9;
    CHECK_FALSE(room.after(1min).emergency_off);
}

TEST_CASE("blind, the house gets what kept it alive, and never much") {
    guarded_room room;
    room.lives(48h, 0.2);
    room.goes_blind();
    room.in.outdoor_c = -10.0;  // 0.02 * (12 + 10) = 0.44 would hold it above frost
    auto v = room.after(1min);
    CHECK(v.demand == doctest::Approx(0.2).epsilon(0.2));
    CHECK(v.why == reason::sensor_stale);
    CHECK(v.alarms.has(alarm::sensor_stale));

    room.in.outdoor_c = 8.0;
    CHECK(room.after(1min).demand == doctest::Approx(0.08));
    room.in.outdoor_c = 25.0;
    CHECK(room.after(1min).demand == 0.0);

    room.goes_blind(sensor_health::fault);
    v = room.after(1min);
    CHECK(v.why == reason::sensor_fault);
    CHECK(v.alarms.has(alarm::sensor_fault));
}

TEST_CASE("blind in a house that was heated hard, 0.3 is the most") {
    guarded_room room;
    room.lives(48h, 0.9);
    room.goes_blind();
    room.in.outdoor_c = -20.0;
    CHECK(room.after(1min).demand == 0.3);
    room.in.outdoor_c.reset();
    CHECK(room.after(1min).demand == 0.3);
}

TEST_CASE("blind and without any knowledge, a little heat") {
    guarded_room room;
    room.goes_blind();
    room.in.outdoor_c.reset();
    CHECK(room.after(1min).demand == 0.1);
    room.in.heat = false;
    CHECK(room.after(1min).demand == 0.0);
}

TEST_CASE("blind and freezing outside: a floor, also in mode off") {
    guarded_room room;
    room.goes_blind();
    room.in.heat = false;
    room.in.outdoor_c = 2.9;
    const auto v = room.after(1min);
    CHECK(v.demand == 0.15);
    CHECK(v.why == reason::frost);
    room.in.outdoor_c = 3.1;
    CHECK(room.after(1min).demand == 0.0);
}

TEST_CASE("blind hours do not count as an example of what the house needs") {
    guarded_room room;
    room.lives(48h, 0.2);
    const double before = room.s.mean_duty;
    room.goes_blind();
    room.lives(48h, 0.0);
    CHECK(room.s.mean_duty == before);
}

TEST_CASE("full demand that does not warm the room: alarm after 6 hours, cut down after 24") {
    guarded_room room;
    room.in.demand = 1.0;
    room.after(1min);
    CHECK_FALSE(room.after(5h + 59min).alarms.has(alarm::no_heat_response));
    auto v = room.after(1min);
    CHECK(v.alarms.has(alarm::no_heat_response));
    CHECK(v.demand == 1.0);
    v = room.after(18h);
    CHECK(v.why == reason::max_on);
    CHECK(v.demand <= 0.3);
    CHECK(v.demand >= 0.1);

    // The heater was repaired: what little it gets shows in the room.
    room.in.room_c = *room.in.room_c + 0.31;
    v = room.after(1min);
    CHECK(v.from_law);
    CHECK(v.demand == 1.0);
    CHECK_FALSE(v.alarms.has(alarm::no_heat_response));
}

TEST_CASE("a slow rise is a response, and the end of the demand ends the watch") {
    guarded_room room;
    room.in.demand = 1.0;
    for (int hour = 0; hour < 48; ++hour) {
        room.in.room_c = 15.0 + 0.1 * hour;
        CHECK_FALSE(room.after(1h).alarms.has(alarm::no_heat_response));
    }
    room.after(5h);
    room.in.demand = 0.5;
    room.after(1min);
    room.in.demand = 1.0;
    room.after(1min);
    CHECK_FALSE(room.after(5h).alarms.has(alarm::no_heat_response));
}
