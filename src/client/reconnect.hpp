// How long to wait before the next attempt to connect.
#pragma once

#include <algorithm>
#include <chrono>

namespace tepore::mqtt_client {

/// A connection that held this long was a good one: the next attempts start counting from 0 again. Shorter ones go on counting, so that a broker
/// that accepts and hangs up at once (two clients fighting over one client id) is not called in a tight loop.
inline constexpr std::chrono::seconds good_connection{10};

/// Full jitter: evenly in [0, min(max, min * 2^attempt)], so that a fleet that lost its broker at one instant does not come back at one instant.
/// `random` is in [0, 1]; `attempt` counts from 0.
[[nodiscard]] inline std::chrono::milliseconds reconnect_delay(unsigned attempt, double random, std::chrono::milliseconds min,
                                                               std::chrono::milliseconds max) {
    auto bound = std::max(min, std::chrono::milliseconds(0));
    for (unsigned n = 0; n < attempt && bound < max && bound.count() > 0; ++n) bound *= 2;
    bound = std::min(bound, std::max(max, std::chrono::milliseconds(0)));
    return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(static_cast<double>(bound.count()) * std::clamp(random, 0.0, 1.0)));
}

}  // namespace tepore::mqtt_client
