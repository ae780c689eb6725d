// Civil time of the house. The zone rules are immutable reference data of the system (/usr/share/zoneinfo); the date library reads them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace tepore::thermostat {

/// Copyable handle; the rules live as long as the program. A default one is UTC.
class time_zone {
public:
    time_zone() = default;
    /// "Europe/Rome", "UTC"... Case matters.
    [[nodiscard]] static result<time_zone> find(std::string_view name);
    /// The machine's; UTC when it has none that can be read.
    [[nodiscard]] static time_zone of_this_machine();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::chrono::local_seconds to_local(wall_time at) const;
    /// The first instant at which the clock on the wall shows `local` or later: in a skipped hour the end of the gap, in a doubled hour its first
    /// pass. So a point of a schedule fires once, on every day.
    [[nodiscard]] wall_time first_instant(std::chrono::local_seconds local) const;
    /// Offset from UTC at that instant.
    [[nodiscard]] std::chrono::seconds offset(wall_time at) const;

private:
    std::string name_ = "UTC";
    const void* rules_ = nullptr;  // date::time_zone; none: UTC
};

}  // namespace tepore::thermostat
