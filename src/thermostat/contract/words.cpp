#include "thermostat/contract/words.hpp"

#include <algorithm>
#include <array>

namespace tepore::thermostat {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 4> modes{"off", "heat", "auto", "cool"};
constexpr std::array<std::string_view, 6> presets{"none", "comfort", "eco", "sleep", "away", "boost"};
constexpr std::array<std::string_view, 3> actions{"off", "idle", "heating"};
constexpr std::array<std::string_view, 17> reasons{"schedule",     "manual",         "boost",   "away",   "holiday",         "preheat",
                                                   "window",       "frost",          "min_off", "min_on", "max_on",          "sensor_stale",
                                                   "sensor_fault", "actuator_fault", "shed",    "off",    "over_temperature"};
constexpr std::array<std::string_view, 4> sensors{"missing", "ok", "stale", "fault"};
constexpr std::array<std::string_view, 3> mould_risks{"low", "medium", "high"};
constexpr std::array<std::string_view, 3> windows{"auto", "open", "closed"};
constexpr std::array<std::string_view, 2> laws{"hysteresis", "pi"};
constexpr std::array<std::string_view, alarm_count> alarms{"sensor_stale", "sensor_fault", "no_heat_response", "over_temperature", "frost"};
constexpr std::array<std::string_view, 13> refusals{"not_a_number",   "out_of_range", "unknown_value", "bad_json",  "bad_schedule",
                                                    "too_large",      "not_utf8",     "retained",      "read_only", "unknown_topic",
                                                    "not_configured", "rate_limited", "unsupported"};
constexpr std::array<std::string_view, 3> holds{"none", "until", "permanent"};

template <class E, std::size_t N>
std::string_view name_in(const std::array<std::string_view, N>& names, E value) noexcept {
    return names[static_cast<std::size_t>(value)];
}

template <class E, std::size_t N>
std::optional<E> value_in(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<E>(found - names.begin());
}

}  // namespace

std::string_view word(mode m) noexcept {
    return name_in(modes, m);
}
std::string_view word(preset p) noexcept {
    return name_in(presets, p);
}
std::string_view word(action a) noexcept {
    return name_in(actions, a);
}
std::string_view word(reason r) noexcept {
    return name_in(reasons, r);
}
std::string_view word(sensor_health h) noexcept {
    return name_in(sensors, h);
}
std::string_view word(mould_risk r) noexcept {
    return name_in(mould_risks, r);
}
std::string_view word(window_report w) noexcept {
    return name_in(windows, w);
}
std::string_view word(law l) noexcept {
    return name_in(laws, l);
}
std::string_view word(alarm a) noexcept {
    return name_in(alarms, a);
}
std::string_view word(refusal_code c) noexcept {
    return name_in(refusals, c);
}
std::string_view word(hold_kind h) noexcept {
    return name_in(holds, h);
}

std::optional<mode> mode_named(std::string_view name) noexcept {
    return value_in<mode>(modes, name);
}
std::optional<preset> preset_named(std::string_view name) noexcept {
    return value_in<preset>(presets, name);
}
std::optional<window_report> window_report_named(std::string_view name) noexcept {
    return value_in<window_report>(windows, name);
}
std::optional<law> law_named(std::string_view name) noexcept {
    return value_in<law>(laws, name);
}
std::optional<hold_kind> hold_kind_named(std::string_view name) noexcept {
    return value_in<hold_kind>(holds, name);
}

}  // namespace tepore::thermostat
