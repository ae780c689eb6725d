// From demand to relay: the one layer that knows cycles and minimum on and off times, and that nothing goes around.
//
//   demand 0.4, cycle 10 min:   ____####______####______      the pulse stands at the beginning of a cycle
//                               |<- cycle ->|
//
// Pulses shorter than min_on are left out and pauses shorter than min_off are filled; what was given too much or too little is carried to the
// next cycle, so the mean is right. Times run from the last *commanded* change on a clock that never jumps; only an emergency stops the relay
// before its minimum on time, and nothing starts it before its minimum off time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace tepore::thermostat {

struct actuator_limits {
    duration cycle = std::chrono::minutes(10);
    duration min_on = std::chrono::minutes(3);
    duration min_off = std::chrono::minutes(3);  // min_on + min_off <= cycle
};

struct actuator_request {
    double demand = 0.0;         // 0..1
    bool modulate = true;        // false: on and off as demanded (hysteresis), no cycle
    bool emergency_off = false;  // off now, whatever the minimum on time says
};

struct actuator {
    bool on = false;
    monotonic changed{};   // last commanded change; at start: the start, as if it had just been switched off
    monotonic seen{};      // last call
    double demand = 0.0;   // since the last call
    double owed_s = 0.0;   // on-time demanded and not yet given (negative: given in advance)
    bool cycling = false;  // the three below mean something
    monotonic cycle_begin{};
    duration pulse{};  // on-time from cycle_begin
    double planned_demand = 0.0;

    /// Off, with the minimum off time just begun.
    [[nodiscard]] static actuator just_started(monotonic now) noexcept {
        actuator a;
        a.changed = now;
        a.seen = now;
        return a;
    }
};

enum class actuator_hold : std::uint8_t { none, min_on, min_off };

struct actuator_step {
    bool on = false;
    actuator_hold held = actuator_hold::none;  // the relay is not where the demand wants it, because of this
    monotonic wake = never;                    // call again by then
};

/// REQUIRES limits.min_on + limits.min_off <= limits.cycle and a cycle longer than zero.
[[nodiscard]] actuator_step drive(actuator& a, const actuator_limits& limits, const actuator_request& request, monotonic now) noexcept;

}  // namespace tepore::thermostat
