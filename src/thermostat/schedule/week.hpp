// A weekly schedule: for each day up to twelve points "from HH:MM on, this target". Before a day's first point the last one before it holds.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "thermostat/schedule/time_zone.hpp"

namespace tepore::thermostat {

/// What a person can choose by name. `none`: the set point by itself.
enum class preset : std::uint8_t { none, comfort, eco, sleep, away, boost };

using schedule_target = std::variant<double, preset>;  // degC or a preset (comfort, eco, sleep, away)

struct schedule_point {
    std::chrono::minutes at{};  // since midnight, civil time
    schedule_target target;
    bool operator==(const schedule_point&) const = default;
};

inline constexpr std::size_t schedule_points_a_day_max = 12;

struct weekly_schedule {
    time_zone zone;
    /// Heat ahead, so that the target is reached at the point's time.
    bool preheat = true;
    std::array<std::vector<schedule_point>, 7> days;  // Monday first; each strictly increasing; at least one point in the week
};

/// 21 degC at 06:30-08:30 and 16:30-22:30 from Monday to Friday and at 07:30-23:00 on the week-end, 17 degC otherwise.
[[nodiscard]] weekly_schedule ordinary_week(time_zone zone);

struct schedule_event {
    wall_time at;
    schedule_target target;
};

/// The point in force at `now`. REQUIRES at least one point in the week.
[[nodiscard]] schedule_event in_force(const weekly_schedule& week, wall_time now);
/// The first point after `now`. REQUIRES at least one point in the week.
[[nodiscard]] schedule_event next_point(const weekly_schedule& week, wall_time now);

}  // namespace tepore::thermostat
