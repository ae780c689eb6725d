#include "thermostat/zone/target.hpp"

#include <algorithm>

namespace tepore::thermostat {
namespace {

void soonest(std::optional<wall_time>& at, wall_time candidate) noexcept {
    at = at ? std::min(*at, candidate) : candidate;
}

double by_hand_c(const wishes& w, const zone_settings& settings) noexcept {
    return w.preset == preset::none ? std::clamp(w.setpoint_c, settings.min_c, settings.max_c) : preset_c(settings, w.preset);
}

reason by_hand_reason(const wishes& w) noexcept {
    return w.preset == preset::away ? reason::away : reason::manual;
}

/// The plain wish, before boost and holiday.
void follow_mode(target& t, const wishes& w, const zone_settings& settings, const weekly_schedule& week, wall_time now) {
    const bool scheduled = w.mode == mode::automatic && w.hold == hold_kind::none;
    if (!scheduled) {
        t.setpoint_c = by_hand_c(w, settings);
        t.preset = w.preset;
        t.why = by_hand_reason(w);
        t.hold = w.mode == mode::automatic ? w.hold : w.mode == mode::heat ? hold_kind::permanent : hold_kind::none;
        t.hold_until = w.hold_until;
        if (t.hold == hold_kind::until) soonest(t.changes_at, w.hold_until);
        return;
    }
    const auto point = in_force(week, now);
    t.setpoint_c = temperature_c(point.target, settings);
    if (const auto* named = std::get_if<preset>(&point.target)) t.preset = *named;
    t.why = reason::schedule;
    t.next = next_point(week, now);
    soonest(t.changes_at, t.next->at);
}

}  // namespace

void expire(wishes& w, wall_time now) noexcept {
    if (w.boost_until && now >= *w.boost_until) w.boost_until.reset();
    if (w.holiday && now >= w.holiday->to) w.holiday.reset();
    if (w.hold == hold_kind::until && now >= w.hold_until) {
        w.hold = hold_kind::none;
        w.preset = preset::none;
    }
}

target resolve(const wishes& w, const zone_settings& settings, const weekly_schedule& week, bool window_open, wall_time now) {
    target t;
    t.heat = true;
    follow_mode(t, w, settings, week, now);
    if (w.holiday && now < w.holiday->from) soonest(t.changes_at, w.holiday->from);
    if (w.holiday && now >= w.holiday->from) {
        t.setpoint_c = std::clamp(w.holiday->setpoint_c, settings.min_c, settings.max_c);
        t.preset = preset::away;
        t.why = reason::holiday;
        t.hold = hold_kind::until;
        t.hold_until = w.holiday->to;
        t.next.reset();
        soonest(t.changes_at, w.holiday->to);
    }
    if (w.boost_until) {
        t.setpoint_c = preset_c(settings, preset::boost);
        t.preset = preset::boost;
        t.why = reason::boost;
        t.hold = hold_kind::until;
        t.hold_until = *w.boost_until;
        soonest(t.changes_at, *w.boost_until);
    }
    if (w.mode == mode::off || window_open) {
        t.heat = false;
        t.why = w.mode == mode::off ? reason::off : reason::window;
    }
    return t;
}

double temperature_c(const schedule_target& t, const zone_settings& settings) noexcept {
    if (const auto* named = std::get_if<preset>(&t)) return preset_c(settings, *named);
    return std::clamp(std::get<double>(t), settings.min_c, settings.max_c);
}

}  // namespace tepore::thermostat
