// The room temperature as control believes it: implausible samples are refused, good ones smoothed, silence is noticed.
//
//             first good sample          no good sample for stale_after
//   missing ---------------------> ok ------------------------------------> stale   (missing becomes stale the same way)
//
//   any  -- fault_after samples refused in a row --> fault
//   stale, fault  -- recovery_samples good ones in a row --> ok
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace tepore::thermostat {

enum class sensor_health : std::uint8_t { missing, ok, stale, fault };
enum class sample_verdict : std::uint8_t { accepted, not_finite, out_of_range, jump };

struct measurement_limits {
    double min_c = -40.0;
    double max_c = 85.0;  // exclusive: 85.0 is what a DS18B20 says before its first conversion
    /// A larger step from the last good sample is refused, until that many samples in a row agree with each other.
    double jump_k_per_min = 3.0;
    unsigned jump_agreeing_samples = 3;
    duration smoothing = std::chrono::minutes(3);
    duration stale_after = std::chrono::minutes(60);
    unsigned fault_after = 10;
    unsigned recovery_samples = 2;
};

struct measurement {
    sensor_health health = sensor_health::missing;
    double estimate_c = 0.0;  // smoothed; means something only once there was a good sample
    double last_good_c = 0.0;
    std::optional<monotonic> last_good;
    monotonic waiting_since{};  // while missing: since when
    double suspect_c = 0.0;
    unsigned suspects = 0;  // refused jumps in a row that agree with suspect_c
    unsigned refused = 0;   // in a row
    unsigned good = 0;      // in a row, counted while not ok

    /// No sample yet.
    [[nodiscard]] static measurement just_started(monotonic now) noexcept {
        measurement m;
        m.waiting_since = now;
        return m;
    }
    /// What control may use: nothing while the sensor is not ok.
    [[nodiscard]] std::optional<double> room_c() const noexcept { return health == sensor_health::ok ? std::optional(estimate_c) : std::nullopt; }
};

/// A sample arrived at `now`; whatever it says, it is judged here.
[[nodiscard]] sample_verdict observe(measurement& m, const measurement_limits& limits, double sample_c, monotonic now) noexcept;
/// Time passed: a sensor that fell silent becomes stale.
void age(measurement& m, const measurement_limits& limits, monotonic now) noexcept;

}  // namespace tepore::thermostat
