#include "thermostat/control/law.hpp"

#include <algorithm>

namespace tepore::thermostat {
namespace {

// With feed-forward the integral also corrects a ke that is too large (sun, guests): it must be able to go below zero.
constexpr double integral_min_with_feed_forward = -0.6;
constexpr double integral_max = 1.0;

double seconds(duration d) noexcept {
    return std::chrono::duration<double>(d).count();
}

}  // namespace

bool hysteresis_wants_heat(bool heating, const hysteresis_tuning& tuning, double room_c, double target_c) noexcept {
    if (room_c < target_c - tuning.below_k) return true;
    if (room_c > target_c + tuning.above_k) return false;
    return heating;
}

double pi_demand(pi_memory& memory, const pi_tuning& tuning, double room_c, double target_c, std::optional<double> outdoor_c,
                 duration passed) noexcept {
    std::optional<double> feed_forward;
    if (outdoor_c && tuning.ke > 0.0) feed_forward = std::clamp(tuning.ke * (target_c - *outdoor_c), 0.0, 1.0);
    if (memory.ran && feed_forward.has_value() != memory.feed_forward.has_value()) {
        memory.integral += memory.feed_forward.value_or(0.0) - feed_forward.value_or(0.0);
    }
    memory.feed_forward = feed_forward;
    memory.ran = true;

    const double integral_min = feed_forward ? integral_min_with_feed_forward : 0.0;
    const double error_k = target_c - room_c;
    const double before = tuning.kp * error_k + memory.integral + feed_forward.value_or(0.0);
    const bool pushes_further = (before >= 1.0 && error_k > 0.0) || (before <= 0.0 && error_k < 0.0);
    if (!pushes_further) memory.integral += tuning.kp * error_k * seconds(passed) / seconds(tuning.ti);
    memory.integral = std::clamp(memory.integral, integral_min, integral_max);
    return std::clamp(tuning.kp * error_k + memory.integral + feed_forward.value_or(0.0), 0.0, 1.0);
}

}  // namespace tepore::thermostat
