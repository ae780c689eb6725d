#include "thermostat/zone/settings.hpp"

#include <fmt/core.h>
#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

namespace tepore::thermostat {
namespace {

using z = zone_settings;

constexpr std::array table{
    setting{"min", &z::min_c, 5, 25, "lowest set point, degC"},
    setting{"max", &z::max_c, 10, 35, "highest set point, degC"},
    setting{"step", &z::step_k, 0.1, 2, "set points are rounded to multiples of this, K"},
    setting{"controller", &z::controller, 0, 0, "hysteresis or pi"},
    setting{"hysteresis", &z::hysteresis_k, 0.05, 2, "hysteresis: half width of the band, K"},
    setting{"kp", &z::kp, 0.01, 10, "PI: demand for a degree of error, 1/K"},
    setting{"ti_min", &z::ti_min, 5, 1440, "PI: integral time, minutes"},
    setting{"ke", &z::ke, 0, 0.2, "feed-forward: demand for a degree between target and outdoors, 1/K; 0 for none"},
    setting{"cycle_min", &z::cycle_min, 1, 60, "cycle of the time-proportional output, minutes"},
    setting{"min_on_min", &z::min_on_min, 0, 30, "shortest time on, minutes"},
    setting{"min_off_min", &z::min_off_min, 0, 30, "shortest time off, minutes"},
    setting{"heater_w", &z::heater_w, 10, 100'000, "power of the heater, W, for the energy counter"},
    setting{"stale_min", &z::stale_min, 2, 1440, "a sensor silent for this long is not believed any more, minutes"},
    setting{"no_response_h", &z::no_response_h, 0.5, 72, "full demand without a rise of 0.3 K for this long raises an alarm, hours"},
    setting{"max_on_h", &z::max_on_h, 1, 240, "full demand without a rise of 0.3 K for this long is cut down, hours"},
    setting{"boost_min", &z::boost_min, 1, 1440, "length of a boost when none is given, minutes"},
    setting{"presets.comfort", &z::comfort_c, 5, 35, "degC"},
    setting{"presets.eco", &z::eco_c, 5, 35, "degC"},
    setting{"presets.sleep", &z::sleep_c, 5, 35, "degC"},
    setting{"presets.away", &z::away_c, 5, 35, "degC"},
    setting{"presets.boost", &z::boost_c, 5, 35, "degC"},
};

refusal out_of_range(const setting& row, double value) {
    const bool above = value > row.highest;
    return {refusal_code::out_of_range,
            fmt::format("{}: {} is {} {}", row.name, value, above ? "above the maximum" : "below the minimum", above ? row.highest : row.lowest),
            row.lowest, row.highest};
}

std::unexpected<refusal> contradiction(std::string message) {
    return std::unexpected(refusal{refusal_code::out_of_range, std::move(message)});
}

duration minutes(double m) noexcept {
    return std::chrono::duration_cast<duration>(std::chrono::duration<double, std::ratio<60>>(m));
}
duration hours(double h) noexcept {
    return minutes(h * 60.0);
}

constexpr std::array preset_members{&z::comfort_c, &z::eco_c, &z::sleep_c, &z::away_c, &z::boost_c};

}  // namespace

zone_settings settings_for(emitter e) noexcept {
    zone_settings s;
    switch (e) {
        case emitter::electric:
            s.kp = 0.38;
            s.ti_min = 70;
            s.ke = 0.0275;
            s.cycle_min = 5;
            s.min_on_min = s.min_off_min = 1;
            break;
        case emitter::boiler: break;  // the defaults
        case emitter::underfloor:
            s.kp = 1.14;
            s.ti_min = 350;
            s.ke = 0.02;
            s.cycle_min = 20;
            s.min_on_min = s.min_off_min = 5;
            s.heater_w = 5000;
            s.no_response_h = 12;
            break;
    }
    return s;
}

std::span<const setting> setting_table() noexcept {
    return table;
}

const setting* setting_named(std::string_view name) noexcept {
    const auto* found = std::ranges::find(table, name, &setting::name);
    return found == table.end() ? nullptr : found;
}

std::expected<void, refusal> check(const zone_settings& s) {
    for (const auto& row : table) {
        const auto* member = std::get_if<double zone_settings::*>(&row.member);
        if (member == nullptr) continue;
        const double value = s.**member;
        if (!(value >= row.lowest && value <= row.highest)) return std::unexpected(out_of_range(row, value));  // NaN is in no range
    }
    if (s.max_c - s.min_c < 1.0) return contradiction(fmt::format("min {} and max {} leave no room; expected max >= min + 1", s.min_c, s.max_c));
    if (s.min_on_min + s.min_off_min > s.cycle_min) {
        return contradiction(fmt::format("min_on_min {} and min_off_min {} do not fit into cycle_min {}", s.min_on_min, s.min_off_min, s.cycle_min));
    }
    if (s.no_response_h > s.max_on_h) return contradiction(fmt::format("no_response_h {} is longer than max_on_h {}", s.no_response_h, s.max_on_h));
    return {};
}

std::expected<zone_settings, refusal> changed(const zone_settings& now, const zone_settings& defaults, std::span<const setting_change> changes) {
    auto next = now;
    for (const auto& change : changes) {
        if (const auto* number = std::get_if<double zone_settings::*>(&change.row->member)) {
            next.** number = change.value ? std::get<double>(*change.value) : defaults.**number;
        } else {
            const auto word = std::get<law zone_settings::*>(change.row->member);
            next.*word = change.value ? std::get<law>(*change.value) : defaults.*word;
        }
    }
    if (const auto fine = check(next); !fine) return std::unexpected(fine.error());
    return next;
}

control_settings control_settings_of(const zone_settings& s) noexcept {
    control_settings c;
    c.law = s.controller;
    c.hysteresis = {s.hysteresis_k, s.hysteresis_k};
    c.pi = {.kp = s.kp, .ti = minutes(s.ti_min), .ke = s.ke};
    c.actuator = {.cycle = minutes(s.cycle_min), .min_on = minutes(s.min_on_min), .min_off = minutes(s.min_off_min)};
    c.measurement.stale_after = minutes(s.stale_min);
    c.safety.no_response_after = hours(s.no_response_h);
    c.safety.max_on = hours(s.max_on_h);
    c.safety.ke = s.ke;
    // Two degrees above the highest set point, but never above 30 degC, unless the set point itself may be that high.
    c.safety.over_temperature_c = std::min(s.max_c + 2.0, std::max(30.0, s.max_c + 0.5));
    return c;
}

double preset_c(const zone_settings& s, preset p) noexcept {
    assert(p != preset::none);
    return std::clamp(s.*preset_members[static_cast<std::size_t>(p) - 1], s.min_c, s.max_c);
}

}  // namespace tepore::thermostat
