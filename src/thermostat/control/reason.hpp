// Why the room is heated or not, and what is wrong: one value a person can be told, and a set of alarms.
#pragma once

#include <bitset>
#include <cstdint>

namespace tepore::thermostat {

enum class reason : std::uint8_t {
    schedule,
    manual,
    boost,
    away,
    holiday,
    preheat,
    window,
    frost,
    min_off,
    min_on,
    max_on,
    sensor_stale,
    sensor_fault,
    actuator_fault,
    shed,
    off,
    over_temperature,
};

enum class alarm : std::uint8_t { sensor_stale, sensor_fault, no_heat_response, over_temperature, frost };
inline constexpr std::size_t alarm_count = 5;

class alarm_set {
public:
    void set(alarm a, bool on = true) noexcept { bits_.set(static_cast<std::size_t>(a), on); }
    [[nodiscard]] bool has(alarm a) const noexcept { return bits_.test(static_cast<std::size_t>(a)); }
    [[nodiscard]] bool none() const noexcept { return bits_.none(); }
    bool operator==(const alarm_set&) const = default;

private:
    std::bitset<alarm_count> bits_;
};

}  // namespace tepore::thermostat
