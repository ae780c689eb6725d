// The control laws: from room temperature and target to demand (0: no heat, 1: all there is). They know nothing of relays or safety.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace tepore::thermostat {

enum class law : std::uint8_t { hysteresis, pi };

struct hysteresis_tuning {
    double below_k = 0.3;  // on when colder than target - below_k
    double above_k = 0.3;  // off when warmer than target + above_k
};

/// Whether to heat; between the two limits, what was before.
[[nodiscard]] bool hysteresis_wants_heat(bool heating, const hysteresis_tuning& tuning, double room_c, double target_c) noexcept;

/// demand = kp e + I + ke (target - outdoor), e = target - room; I moves by kp e dt / ti.
struct pi_tuning {
    double kp = 0.36;  // 1/K
    duration ti = std::chrono::minutes(150);
    /// Feed-forward, 1/K: heat loss (W/K) over heater power (W). 0: none.
    double ke = 0.0;
};

struct pi_memory {
    double integral = 0.0;
    std::optional<double> feed_forward;  // of the last step; none: nothing was known of outdoors
    bool ran = false;
};

/// One step, `passed` after the step before. Returns the demand, 0..1. The integral stands still while the demand is saturated and the error
/// would push it further (anti-windup). When the outdoor temperature comes or goes, the integral takes the difference: the demand does not jump.
[[nodiscard]] double pi_demand(pi_memory& memory, const pi_tuning& tuning, double room_c, double target_c, std::optional<double> outdoor_c,
                               duration passed) noexcept;

}  // namespace tepore::thermostat
