#include "thermostat/zone/preheat.hpp"

#include <algorithm>
#include <chrono>

namespace tepore::thermostat {
namespace {

double hours(duration d) noexcept {
    return std::chrono::duration<double, std::ratio<3600>>(d).count();
}

}  // namespace

void learn(preheat& p, const preheat_limits& limits, double target_c, double room_c, monotonic now) noexcept {
    if (p.target_c != target_c) {
        p.target_c = target_c;
        p.running.reset();
        if (target_c - room_c >= limits.rise_min_k) p.running = warm_up{now, room_c};
    }
    if (!p.running) return;
    p.running->from_c = std::min(p.running->from_c, room_c);  // a cold emitter lets the room fall first
    if (room_c < target_c - limits.reached_k) return;
    const double took_h = hours(now - p.running->began);
    const double rise_k = room_c - p.running->from_c;
    p.running.reset();
    if (rise_k < limits.rise_min_k || took_h <= 0.0) return;
    const double slope = std::clamp(rise_k / took_h, limits.slope_min_k_per_h, limits.slope_max_k_per_h);
    p.slope_k_per_h += (slope - p.slope_k_per_h) * limits.learning_rate;
}

duration lead(const preheat& p, const preheat_limits& limits, double target_c, double room_c) noexcept {
    const double missing_k = target_c - room_c;
    if (missing_k <= 0.0) return duration::zero();
    const auto needed = std::chrono::duration_cast<duration>(std::chrono::duration<double, std::ratio<3600>>(missing_k / p.slope_k_per_h));
    return std::min(needed, limits.lead_max);
}

}  // namespace tepore::thermostat
