#include "thermostat/control/measurement.hpp"

#include <algorithm>
#include <cmath>

namespace tepore::thermostat {
namespace {

double minutes(duration d) noexcept {
    return std::chrono::duration<double, std::ratio<60>>(d).count();
}

sample_verdict judge(measurement& m, const measurement_limits& limits, double sample_c, monotonic now) noexcept {
    if (!std::isfinite(sample_c)) return sample_verdict::not_finite;
    if (sample_c < limits.min_c || sample_c >= limits.max_c) return sample_verdict::out_of_range;
    if (!m.last_good) return sample_verdict::accepted;
    const double allowed_k = limits.jump_k_per_min * std::max(1.0, minutes(now - *m.last_good));
    if (std::abs(sample_c - m.last_good_c) <= allowed_k) return sample_verdict::accepted;
    // A real change (the sensor was moved, a door opened) repeats itself; a glitch does not.
    const bool agrees = m.suspects > 0 && std::abs(sample_c - m.suspect_c) <= limits.jump_k_per_min;
    m.suspects = agrees ? m.suspects + 1 : 1;
    m.suspect_c = sample_c;
    return m.suspects >= limits.jump_agreeing_samples ? sample_verdict::accepted : sample_verdict::jump;
}

void believe(measurement& m, const measurement_limits& limits, double sample_c, monotonic now) noexcept {
    const bool moved = m.suspects > 0 && m.suspects >= limits.jump_agreeing_samples;
    if (m.health == sensor_health::ok && !moved) {
        const double passed = minutes(now - *m.last_good);
        m.estimate_c += (sample_c - m.estimate_c) * (1.0 - std::exp(-passed / minutes(limits.smoothing)));
    } else {
        m.estimate_c = sample_c;  // the past says nothing about now
    }
    m.last_good_c = sample_c;
    m.last_good = now;
    m.suspects = 0;
    m.refused = 0;
}

}  // namespace

sample_verdict observe(measurement& m, const measurement_limits& limits, double sample_c, monotonic now) noexcept {
    age(m, limits, now);
    const auto verdict = judge(m, limits, sample_c, now);
    if (verdict != sample_verdict::accepted) {
        if (verdict != sample_verdict::jump) m.suspects = 0;
        m.good = 0;
        m.refused = std::min(m.refused + 1, limits.fault_after);
        if (m.refused >= limits.fault_after) m.health = sensor_health::fault;
        return verdict;
    }
    believe(m, limits, sample_c, now);
    if (m.health == sensor_health::ok) return verdict;
    ++m.good;
    if (m.health == sensor_health::missing || m.good >= limits.recovery_samples) {
        m.health = sensor_health::ok;
        m.good = 0;
    }
    return verdict;
}

void age(measurement& m, const measurement_limits& limits, monotonic now) noexcept {
    if (m.health != sensor_health::ok && m.health != sensor_health::missing) return;
    if (now - m.last_good.value_or(m.waiting_since) < limits.stale_after) return;
    m.health = sensor_health::stale;
    m.good = 0;
}

}  // namespace tepore::thermostat
