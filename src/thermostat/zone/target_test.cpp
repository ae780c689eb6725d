#include "thermostat/zone/target.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace std::chrono;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

/// A Monday in UTC: 17 degC until 06:30, 21 until 08:30.
struct wish_room {
    wishes w;
    zone_settings settings;
    weekly_schedule week = ordinary_week({});
    wall_time midnight = sys_days(2026y / November / 23);
    bool window = false;

    target at(tepore::duration since_midnight) {
        const auto now = midnight + duration_cast<wall_time::duration>(since_midnight);
        expire(w, now);
        return resolve(w, settings, week, window, now);
    }
};

}  // namespace

TEST_CASE("heat: the set point by hand, for good") {
    wish_room room;
    room.w.setpoint_c = 19.5;
    const auto t = room.at(7h);
    CHECK(t.heat);
    CHECK(t.setpoint_c == 19.5);
    CHECK(t.why == reason::manual);
    CHECK(t.hold == hold_kind::permanent);
    CHECK_FALSE(t.next);
}

TEST_CASE("heat with a preset: its temperature") {
    wish_room room;
    room.w.preset = preset::eco;
    CHECK(room.at(7h).setpoint_c == 18.0);
    CHECK(room.at(7h).preset == preset::eco);
    room.w.preset = preset::away;
    CHECK(room.at(7h).why == reason::away);
}

TEST_CASE("auto: the schedule, and what comes next") {
    wish_room room;
    room.w.mode = mode::automatic;
    auto t = room.at(6h);
    CHECK(t.setpoint_c == 17.0);
    CHECK(t.why == reason::schedule);
    CHECK(t.next->at == room.midnight + 6h + 30min);
    CHECK(t.changes_at == room.midnight + 6h + 30min);
    t = room.at(6h + 30min);
    CHECK(t.setpoint_c == 21.0);
    CHECK(t.hold == hold_kind::none);
}

TEST_CASE("auto: a point that names a preset shows it") {
    wish_room room;
    room.w.mode = mode::automatic;
    room.week.days[0][0].target = preset::comfort;
    CHECK(room.at(7h).preset == preset::comfort);
    CHECK(room.at(7h).setpoint_c == 21.0);
    CHECK(room.at(7h).why == reason::schedule);
}

TEST_CASE("auto: what was set by hand holds until its end") {
    wish_room room;
    room.w.mode = mode::automatic;
    room.w.setpoint_c = 23.0;
    room.w.hold = hold_kind::until;
    room.w.hold_until = room.midnight + 8h + 30min;
    CHECK(room.at(7h).setpoint_c == 23.0);
    CHECK(room.at(7h).why == reason::manual);
    CHECK(room.at(7h).changes_at == room.midnight + 8h + 30min);
    CHECK(room.at(8h + 30min).setpoint_c == 17.0);
    CHECK(room.at(8h + 30min).why == reason::schedule);
}

TEST_CASE("boost goes before everything but off and an open window, and ends by itself") {
    wish_room room;
    room.w.setpoint_c = 19.0;
    room.w.boost_until = room.midnight + 8h;
    CHECK(room.at(7h).setpoint_c == 23.0);
    CHECK(room.at(7h).preset == preset::boost);
    CHECK(room.at(7h).hold_until == room.midnight + 8h);
    room.window = true;
    CHECK_FALSE(room.at(7h).heat);
    CHECK(room.at(7h).why == reason::window);
    CHECK(room.at(7h).setpoint_c == 23.0);  // shown all the same
    room.window = false;
    CHECK(room.at(8h).setpoint_c == 19.0);
    CHECK_FALSE(room.w.boost_until);
}

TEST_CASE("a holiday: before, during, after") {
    wish_room room;
    room.w.mode = mode::automatic;
    room.w.holiday = holiday{room.midnight + 5h, room.midnight + 7h, 14.0};
    CHECK(room.at(4h).why == reason::schedule);
    CHECK(room.at(4h).changes_at == room.midnight + 5h);
    CHECK(room.at(6h).setpoint_c == 14.0);
    CHECK(room.at(6h).why == reason::holiday);
    CHECK(room.at(6h).hold_until == room.midnight + 7h);
    CHECK(room.at(7h).why == reason::schedule);
}

TEST_CASE("off keeps the set point and does not heat") {
    wish_room room;
    room.w.mode = mode::off;
    room.w.setpoint_c = 22.0;
    const auto t = room.at(7h);
    CHECK_FALSE(t.heat);
    CHECK(t.setpoint_c == 22.0);
    CHECK(t.why == reason::off);
}

TEST_CASE("narrower limits narrow what was set before") {
    wish_room room;
    room.w.setpoint_c = 29.0;
    room.settings.max_c = 25.0;
    CHECK(room.at(7h).setpoint_c == 25.0);
}
