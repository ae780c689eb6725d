// Time is an argument everywhere below the shells. Two kinds, never mixed:
//   monotonic  for deadlines and intervals; never jumps; means nothing to a person
//   wall_time  for what people and payloads see (UTC)
#pragma once

#include <chrono>

namespace tepore {

using monotonic = std::chrono::steady_clock::time_point;
using wall_time = std::chrono::system_clock::time_point;
using duration = std::chrono::nanoseconds;

/// "No deadline": later than every real instant.
inline constexpr monotonic never = monotonic::max();

}  // namespace tepore
