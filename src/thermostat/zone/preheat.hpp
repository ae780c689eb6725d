// How quickly this room warms up, learned from its own warm-ups, and so when to begin for the next point of the schedule.
#pragma once

#include <optional>

#include "base/clock.hpp"

namespace tepore::thermostat {

struct preheat_limits {
    double learning_rate = 0.3;  // weight of the newest warm-up
    double slope_min_k_per_h = 0.15;
    double slope_max_k_per_h = 8.0;
    double rise_min_k = 0.5;  // a smaller warm-up teaches nothing
    double reached_k = 0.25;  // so close below the target counts as there
    duration lead_max = std::chrono::hours(10);
};

struct warm_up {
    monotonic began;
    double from_c = 0.0;
};

struct preheat {
    double slope_k_per_h = 2.0;
    std::optional<double> target_c;  // of the last call; a warm-up begins when it rises, not when the room dips
    std::optional<warm_up> running;
};

/// Watches a room that is heated towards `target_c`. REQUIRES a believed `room_c`; call forget() when there is none, or the heat is off.
void learn(preheat& p, const preheat_limits& limits, double target_c, double room_c, monotonic now) noexcept;
inline void forget(preheat& p) noexcept {
    p.target_c.reset();
    p.running.reset();
}
/// How long before the point heating has to begin; zero when the room is warm enough.
[[nodiscard]] duration lead(const preheat& p, const preheat_limits& limits, double target_c, double room_c) noexcept;

}  // namespace tepore::thermostat
