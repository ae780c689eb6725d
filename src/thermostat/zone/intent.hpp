// What someone wants of a room, whoever asks (terminal, web, Home Assistant, schedule): one type, checked in one place (zone::apply).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "thermostat/schedule/week.hpp"
#include "thermostat/zone/settings.hpp"

namespace tepore::thermostat {

enum class mode : std::uint8_t { off, heat, automatic, cool };  // cool is a word of the contract that no zone supports yet
enum class window_report : std::uint8_t { automatic, open, closed };

struct set_setpoint {
    double value = 0.0;  // degC, or K to add
    bool relative = false;
};
struct set_mode {
    thermostat::mode mode{};
};
struct set_preset {
    thermostat::preset preset{};
};
struct set_boost {
    std::optional<std::chrono::minutes> length;  // none: end it
};
/// When the wish that overrides the schedule ends.
struct set_hold {
    enum class end : std::uint8_t { off, next, permanent, at };
    end how{};
    wall_time until{};                           // end::at, absolute...
    std::optional<std::chrono::minutes> length;  // ...or from now on
};
struct set_away {
    bool away = false;
};
struct set_holiday {
    std::optional<wall_time> from;  // none: now
    wall_time to;
    std::optional<double> setpoint_c;  // none: the preset away's
};
struct set_schedule {
    weekly_schedule week;
};
struct set_window {
    window_report report{};
};
struct feed_temperature {
    double celsius = 0.0;
};
struct feed_humidity {
    double percent = 0.0;
};
struct change_settings {
    std::vector<setting_change> changes;
};

using intent = std::variant<set_setpoint, set_mode, set_preset, set_boost, set_hold, set_away, set_holiday, set_schedule, set_window,
                            feed_temperature, feed_humidity, change_settings>;

}  // namespace tepore::thermostat
