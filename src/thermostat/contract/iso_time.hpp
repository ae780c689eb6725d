// Time in payloads: ISO 8601.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "thermostat/schedule/time_zone.hpp"

namespace tepore::thermostat {

/// "2026-11-22T21:30:00Z"
[[nodiscard]] std::string print_utc(wall_time at);
/// "2026-11-23T06:30:00+01:00"
[[nodiscard]] std::string print_civil(wall_time at, const time_zone& zone);
/// Date, or date and time to the minute or second, with Z, an offset, or neither (then it is the house's civil time). Years 1970..2200.
[[nodiscard]] std::optional<wall_time> parse_time(std::string_view text, const time_zone& house);

}  // namespace tepore::thermostat
