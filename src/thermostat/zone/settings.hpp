// What can be tuned about a room: one table (name, range, meaning) from which the parser, the report, the range checks and the state file are made.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "thermostat/control/control.hpp"
#include "thermostat/schedule/week.hpp"
#include "thermostat/zone/refusal.hpp"

namespace tepore::thermostat {

struct zone_settings {
    double min_c = 5.0;
    double max_c = 30.0;
    double step_k = 0.5;
    law controller = law::pi;
    double hysteresis_k = 0.3;
    double kp = 0.36;
    double ti_min = 150.0;
    double ke = 0.0225;
    double cycle_min = 10.0;
    double min_on_min = 3.0;
    double min_off_min = 3.0;
    double heater_w = 8000.0;
    double stale_min = 60.0;
    double no_response_h = 6.0;
    double max_on_h = 24.0;
    double boost_min = 60.0;
    double comfort_c = 21.0;
    double eco_c = 18.0;
    double sleep_c = 17.0;
    double away_c = 16.0;
    double boost_c = 23.0;
    bool operator==(const zone_settings&) const = default;
};

/// What gives the heat: it decides cycle and minimum times, and the PI tuning (from relay tests on the three simulated houses, Tyreus-Luyben rule:
/// kp = Ku / 3.2, ti = 2.2 Pu; ke = heat loss over heater power).
enum class emitter : std::uint8_t { electric, boiler, underfloor };
[[nodiscard]] zone_settings settings_for(emitter e) noexcept;

struct setting {
    std::string_view name;  // "presets.comfort" is member `comfort` of object `presets`
    std::variant<double zone_settings::*, law zone_settings::*> member;
    double lowest = 0.0;
    double highest = 0.0;
    std::string_view help;
};
[[nodiscard]] std::span<const setting> setting_table() noexcept;
[[nodiscard]] const setting* setting_named(std::string_view name) noexcept;

/// One member of a merge patch: a new value, or none to return to the default.
struct setting_change {
    const setting* row = nullptr;  // into setting_table()
    std::optional<std::variant<double, law>> value;
};

/// `now` with the changes, all or nothing: each in its range, and min < max, min on + min off <= cycle.
[[nodiscard]] std::expected<zone_settings, refusal> changed(const zone_settings& now, const zone_settings& defaults,
                                                            std::span<const setting_change> changes);
/// The same checks for settings from elsewhere (a state file).
[[nodiscard]] std::expected<void, refusal> check(const zone_settings& s);

[[nodiscard]] control_settings control_settings_of(const zone_settings& s) noexcept;
/// Within min..max, whatever the table says. REQUIRES a preset other than none.
[[nodiscard]] double preset_c(const zone_settings& s, preset p) noexcept;

}  // namespace tepore::thermostat
