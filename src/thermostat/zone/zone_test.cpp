#include "thermostat/zone/zone.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace std::chrono;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

zone_memory ordinary_memory() {
    zone_memory m;
    m.settings.controller = law::hysteresis;
    m.schedule = ordinary_week({});
    return m;
}

/// A zone from Monday 2026-11-23, 00:00 UTC, with a sample a minute of the temperature the test chooses.
struct lived_room {
    instant now{monotonic{}, sys_days(2026y / November / 23)};
    zone z;
    double room_c = 20.0;
    std::optional<double> outdoor_c = 5.0;
    bool sensor_works = true;

    explicit lived_room(zone_memory m = ordinary_memory(), sensor_source source = sensor_source::own) : z(zone_settings{}, source, m, now) {}

    void lives(tepore::duration d) {
        for (auto left = d; left > 0s; left -= 1min) {
            now = {now.steady + 1min, now.wall + 1min};
            z.step({.room_sample_c = sensor_works ? std::optional(room_c) : std::nullopt, .humidity_sample = 50.0, .outdoor_c = outdoor_c}, now);
        }
    }
    template <class Intent>
    void grants(const Intent& wish) {
        const auto answer = z.apply(wish, now);
        REQUIRE_MESSAGE(answer.has_value(), (answer ? "" : answer.error().message));
    }
    template <class Intent>
    refusal_code refuses(const Intent& wish) {
        const auto answer = z.apply(wish, now);
        REQUIRE_FALSE(answer);
        CHECK_FALSE(answer.error().message.empty());
        return answer.error().code;
    }
    const zone_status& s() const { return z.status(); }
};

}  // namespace

TEST_CASE("a set point is rounded to the step and heated to") {
    lived_room room;
    room.lives(5min);
    room.grants(set_setpoint{21.26});
    CHECK(room.s().setpoint_c == doctest::Approx(21.5));
    CHECK(room.s().action == action::heating);
    CHECK(room.s().why == reason::manual);
    room.grants(set_setpoint{-0.5, true});
    CHECK(room.s().setpoint_c == doctest::Approx(21.0));
}

TEST_CASE("a set point outside the limits is refused, not clamped") {
    lived_room room;
    CHECK(room.refuses(set_setpoint{30.1}) == refusal_code::out_of_range);
    CHECK(room.refuses(set_setpoint{4.9}) == refusal_code::out_of_range);
    CHECK(room.refuses(set_setpoint{+15, true}) == refusal_code::out_of_range);
    CHECK(room.s().setpoint_c == 20.0);
    const auto answer = room.z.apply(set_setpoint{99}, room.now);
    CHECK(answer.error().message == "99 is above the maximum 30");
    CHECK(answer.error().min == 5.0);
    CHECK(answer.error().max == 30.0);
}

TEST_CASE("modes: heat, off, auto; no cooling") {
    lived_room room;
    room.lives(5min);
    room.grants(set_mode{mode::off});
    CHECK(room.s().action == action::off);
    CHECK(room.s().why == reason::off);
    CHECK(room.s().setpoint_c == 20.0);
    room.grants(set_mode{mode::automatic});
    CHECK(room.s().setpoint_c == 17.0);
    CHECK(room.s().why == reason::schedule);
    CHECK(room.refuses(set_mode{mode::cool}) == refusal_code::unsupported);
}

TEST_CASE("leaving the schedule does not move the target") {
    lived_room room;
    room.lives(5min);
    room.grants(set_mode{mode::automatic});
    room.grants(set_mode{mode::heat});
    CHECK(room.s().setpoint_c == 17.0);
    CHECK(room.s().why == reason::manual);
}

TEST_CASE("in auto a set point by hand holds until the next point of the schedule") {
    lived_room room;
    room.grants(set_mode{mode::automatic});
    room.grants(set_setpoint{19.0});
    CHECK(room.s().setpoint_c == 19.0);
    CHECK(room.s().hold == hold_kind::until);
    CHECK(room.s().hold_until == room.now.wall + 6h + 30min);
    room.lives(6h + 29min);
    CHECK(room.s().setpoint_c == 19.0);
    room.lives(1min);
    CHECK(room.s().setpoint_c == 21.0);
    CHECK(room.s().hold == hold_kind::none);
}

TEST_CASE("hold: for minutes, until a time, until the next point, for good, and off") {
    lived_room room;
    using end = set_hold::end;
    CHECK(room.refuses(set_hold{end::permanent}) == refusal_code::unsupported);  // heat holds anyway
    room.grants(set_mode{mode::automatic});
    room.grants(set_hold{.how = end::at, .length = 90min});
    CHECK(room.s().setpoint_c == 17.0);  // what is in force now
    CHECK(room.s().hold_until == room.now.wall + 90min);
    room.grants(set_hold{.how = end::at, .until = room.now.wall + 3h});
    CHECK(room.s().hold_until == room.now.wall + 3h);
    CHECK(room.refuses(set_hold{.how = end::at, .until = room.now.wall - 1s}) == refusal_code::out_of_range);
    room.grants(set_hold{.how = end::next});
    CHECK(room.s().hold_until == room.now.wall + 6h + 30min);
    room.grants(set_hold{.how = end::permanent});
    room.lives(10h);
    CHECK(room.s().setpoint_c == 17.0);
    CHECK(room.s().hold == hold_kind::permanent);
    room.grants(set_hold{.how = end::off});
    CHECK(room.s().why == reason::schedule);
}

TEST_CASE("boost heats for its time and everything is as before") {
    lived_room room;
    room.lives(5min);
    room.grants(set_preset{preset::eco});
    room.grants(set_boost{30min});
    CHECK(room.s().preset == preset::boost);
    CHECK(room.s().setpoint_c == 23.0);
    CHECK(room.s().action == action::heating);
    CHECK(room.s().why == reason::boost);
    room.lives(29min);
    CHECK(room.s().preset == preset::boost);
    room.lives(1min);
    CHECK(room.s().preset == preset::eco);
    CHECK(room.s().setpoint_c == 18.0);
}

TEST_CASE("boost: by preset, cut short, out of range, in mode off") {
    lived_room room;
    room.grants(set_preset{preset::boost});
    CHECK(room.s().hold_until == room.now.wall + 60min);
    room.grants(set_boost{});
    CHECK(room.s().preset == preset::none);
    CHECK(room.refuses(set_boost{0min}) == refusal_code::out_of_range);
    CHECK(room.refuses(set_boost{1441min}) == refusal_code::out_of_range);
    room.grants(set_mode{mode::off});
    CHECK(room.refuses(set_boost{10min}) == refusal_code::unsupported);
    CHECK(room.refuses(set_preset{preset::boost}) == refusal_code::unsupported);
}

TEST_CASE("a set point ends a boost and a preset") {
    lived_room room;
    room.grants(set_preset{preset::comfort});
    room.grants(set_boost{10min});
    room.grants(set_setpoint{19.0});
    CHECK(room.s().preset == preset::none);
    CHECK(room.s().setpoint_c == 19.0);
}

TEST_CASE("away in auto stays until someone is back") {
    lived_room room;
    room.grants(set_mode{mode::automatic});
    room.grants(set_away{true});
    room.lives(24h);
    CHECK(room.s().preset == preset::away);
    CHECK(room.s().setpoint_c == 16.0);
    CHECK(room.s().why == reason::away);
    room.grants(set_away{false});
    CHECK(room.s().why == reason::schedule);
}

TEST_CASE("a holiday with dates; a set point by hand says that someone is back") {
    lived_room room;
    room.grants(set_holiday{.from = room.now.wall + 1h, .to = room.now.wall + 24h * 7, .setpoint_c = 14.0});
    CHECK(room.s().setpoint_c == 20.0);
    room.lives(1h);
    CHECK(room.s().setpoint_c == 14.0);
    CHECK(room.s().why == reason::holiday);
    room.grants(set_setpoint{21.0});
    CHECK(room.s().setpoint_c == 21.0);
    CHECK(room.s().why == reason::manual);
    CHECK(room.refuses(set_holiday{.from = {}, .to = room.now.wall - 1h, .setpoint_c = {}}) == refusal_code::out_of_range);
    CHECK(room.refuses(set_holiday{.from = {}, .to = room.now.wall + 1h, .setpoint_c = 99}) == refusal_code::out_of_range);
}

TEST_CASE("an open window stops the heating, but not frost protection") {
    lived_room room;
    room.lives(5min);
    room.grants(set_setpoint{25.0});
    room.lives(10min);
    room.grants(set_window{window_report::open});
    CHECK_FALSE(room.z.heating());
    CHECK(room.s().window_open);
    CHECK(room.s().why == reason::window);
    CHECK(room.s().setpoint_c == 25.0);
    room.room_c = 4.0;
    room.lives(30min);
    CHECK(room.z.heating());
    CHECK(room.s().why == reason::frost);
    room.room_c = 20.0;
    room.lives(30min);
    room.grants(set_window{window_report::closed});
    room.lives(5min);
    CHECK(room.z.heating());
}

TEST_CASE("a room with its own sensor takes none over MQTT, and the other way round") {
    lived_room own;
    CHECK(own.refuses(feed_temperature{20}) == refusal_code::not_configured);
    CHECK(own.refuses(feed_humidity{50}) == refusal_code::not_configured);

    lived_room fed(ordinary_memory(), sensor_source::mqtt);
    CHECK(fed.s().sensor == sensor_health::missing);
    fed.grants(feed_temperature{19.0});
    CHECK(fed.s().temperature_c == 19.0);
    CHECK(fed.refuses(feed_temperature{-41}) == refusal_code::out_of_range);
    CHECK(fed.refuses(feed_temperature{85}) == refusal_code::out_of_range);
    CHECK(fed.refuses(feed_temperature{40}) == refusal_code::out_of_range);  // a jump
    CHECK(fed.refuses(feed_humidity{101}) == refusal_code::out_of_range);
    fed.grants(feed_humidity{55});
    CHECK(fed.s().humidity == 55.0);
}

TEST_CASE("energy counts the time the relay is on") {
    lived_room room;
    room.lives(5min);
    room.grants(set_setpoint{25.0});
    room.lives(2h);
    CHECK(room.s().energy_kwh == doctest::Approx(16.0));  // 8 kW
    CHECK(room.z.relay_starts() == 1);
    room.grants(set_mode{mode::off});
    room.lives(2h);
    CHECK(room.s().energy_kwh == doctest::Approx(16.0).epsilon(0.01));
}

TEST_CASE("dew point and mould are known when all they need is known") {
    lived_room room;
    room.lives(10min);
    CHECK(*room.s().dewpoint_c == doctest::Approx(9.3).epsilon(0.02));
    CHECK(room.s().mould == mould_risk::low);
    room.outdoor_c.reset();
    room.lives(1min);
    CHECK(room.s().dewpoint_c);
    CHECK_FALSE(room.s().mould);
    room.sensor_works = false;
    room.lives(2h);
    CHECK_FALSE(room.s().temperature_c);
    CHECK_FALSE(room.s().dewpoint_c);
    CHECK(room.s().sensor == sensor_health::stale);
    CHECK(room.s().alarms.has(alarm::sensor_stale));
}

TEST_CASE("heating begins ahead of the schedule, says so, and lasts until the point") {
    lived_room room;
    room.room_c = 17.0;
    room.grants(set_mode{mode::automatic});
    room.lives(4h + 20min);
    CHECK(room.s().why == reason::schedule);
    CHECK(room.s().next->at == room.now.wall + 2h + 10min);
    CHECK(room.s().next_start == room.now.wall + 10min);  // 4 K at 2 K/h
    room.lives(20min);
    CHECK(room.s().why == reason::preheat);
    CHECK(room.s().setpoint_c == 21.0);
    CHECK(room.z.heating());
    room.room_c = 19.5;  // quicker than expected: no going back
    room.lives(10min);
    CHECK(room.s().why == reason::preheat);
    room.lives(1h + 40min);
    CHECK(room.s().why == reason::schedule);
    CHECK(room.s().setpoint_c == 21.0);
}

TEST_CASE("a schedule may forbid heating ahead") {
    lived_room room;
    auto week = ordinary_week({});
    week.preheat = false;
    room.grants(set_schedule{week});
    room.room_c = 17.0;
    room.grants(set_mode{mode::automatic});
    room.lives(6h + 29min);
    CHECK(room.s().why == reason::schedule);
    CHECK(room.s().setpoint_c == 17.0);
}

TEST_CASE("a schedule outside the limits, or empty, is refused whole") {
    lived_room room;
    auto week = ordinary_week({});
    week.days[3][1].target = 31.0;
    CHECK(room.refuses(set_schedule{week}) == refusal_code::bad_schedule);
    CHECK(room.refuses(set_schedule{weekly_schedule{}}) == refusal_code::bad_schedule);
    CHECK(room.z.schedule().days == ordinary_week({}).days);
}

TEST_CASE("settings take effect at once and stay within what the table allows") {
    lived_room room;
    room.grants(set_setpoint{28.0});
    room.grants(change_settings{{{setting_named("max"), 24.0}}});
    CHECK(room.s().setpoint_c == 24.0);
    CHECK(room.refuses(set_setpoint{25.0}) == refusal_code::out_of_range);
    CHECK(room.refuses(change_settings{{{setting_named("kp"), -1.0}}}) == refusal_code::out_of_range);
}

TEST_CASE("memory brings a room back") {
    lived_room before;
    before.lives(5min);
    before.grants(set_mode{mode::automatic});
    before.grants(set_setpoint{22.0});
    before.grants(set_boost{45min});
    before.grants(change_settings{{{setting_named("presets.boost"), 24.0}}});
    before.lives(30min);

    lived_room after(before.z.memory());
    after.now = before.now;
    after.z = zone(zone_settings{}, sensor_source::own, before.z.memory(), after.now);
    CHECK(after.s().mode == mode::automatic);
    CHECK(after.s().preset == preset::boost);
    CHECK(after.s().setpoint_c == 24.0);
    CHECK(after.s().energy_kwh == doctest::Approx(before.s().energy_kwh));
    CHECK(after.z.relay_starts() == before.z.relay_starts());
    CHECK_FALSE(after.z.heating());  // the relay counts as just switched off
    after.lives(15min);
    CHECK(after.s().setpoint_c == 22.0);
    CHECK(after.s().hold == hold_kind::until);
}
