// How the thermostat's own time follows the world's: `speed` times as fast. At speed 1 it is the world's time, also when that clock is set.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"
#include "thermostat/zone/zone.hpp"

namespace tepore::thermostat {

class pace {
public:
    /// `here`: the thermostat's time at `real`.
    pace(double speed, monotonic real, wall_time here) noexcept : speed_(speed), real_(real), here_(here) {}

    [[nodiscard]] instant at(monotonic real, wall_time world) const noexcept {
        const std::chrono::duration<double> passed = (real - real_) * speed_;
        const auto steady = monotonic{} + std::chrono::duration_cast<duration>(passed);
        if (speed_ == 1.0) return {steady, world};
        return {steady, here_ + std::chrono::duration_cast<wall_time::duration>(passed)};
    }

    /// How often to look, in world time: often enough for a second of the thermostat's, and neither madly nor lazily.
    [[nodiscard]] std::chrono::milliseconds tick() const noexcept {
        using namespace std::chrono_literals;
        return std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(1000ms / speed_), 100ms, 1000ms);
    }

private:
    double speed_;
    monotonic real_;
    wall_time here_;
};

}  // namespace tepore::thermostat
