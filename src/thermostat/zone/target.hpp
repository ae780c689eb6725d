// From what people asked for to what the room is heated to now, and why. First that applies wins:
//
//   window open, mode off    no heat (frost protection is control's)
//   boost                    the boost preset, until it ends
//   holiday                  its set point, between its dates
//   mode heat                the preset or set point chosen by hand
//   mode auto, held          the same, until the hold ends
//   mode auto                the schedule; ahead of its next point when preheating
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "thermostat/control/reason.hpp"
#include "thermostat/schedule/week.hpp"
#include "thermostat/zone/intent.hpp"
#include "thermostat/zone/settings.hpp"

namespace tepore::thermostat {

struct holiday {
    wall_time from;
    wall_time to;
    double setpoint_c = 16.0;
};

enum class hold_kind : std::uint8_t { none, until, permanent };

/// What people asked for, last; kept across restarts.
struct wishes {
    thermostat::mode mode = mode::heat;
    double setpoint_c = 20.0;                  // by hand
    thermostat::preset preset = preset::none;  // by hand; never boost, which has its own end
    hold_kind hold = hold_kind::none;          // auto: what is chosen by hand goes before the schedule
    wall_time hold_until{};
    std::optional<wall_time> boost_until;
    std::optional<thermostat::holiday> holiday;
    window_report window = window_report::automatic;
};

struct target {
    bool heat = false;
    double setpoint_c = 20.0;  // also while not heating: what it would be
    thermostat::preset preset = preset::none;
    reason why = reason::off;
    hold_kind hold = hold_kind::none;
    wall_time hold_until{};
    std::optional<schedule_event> next;   // auto: the point to come, when nothing goes before the schedule
    std::optional<wall_time> changes_at;  // the next instant at which this may be another one
};

/// Drops what is over: boost, hold, holiday.
void expire(wishes& w, wall_time now) noexcept;
[[nodiscard]] target resolve(const wishes& w, const zone_settings& settings, const weekly_schedule& week, bool window_open, wall_time now);
/// The temperature of a point of the schedule.
[[nodiscard]] double temperature_c(const schedule_target& t, const zone_settings& settings) noexcept;

}  // namespace tepore::thermostat
