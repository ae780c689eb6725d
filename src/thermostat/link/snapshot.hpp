// What a restart must not lose, as text (JSON): wishes, settings that differ from the defaults, schedule, counters, what was learned, and the
// simulated houses. Reading checks everything by the same rules as commands: a damaged or edited file is an error in words, never a strange room.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "thermostat/link/home.hpp"

namespace tepore::thermostat {

struct room_snapshot {
    std::string id;
    zone_memory memory;
    house_state house;
};

struct home_snapshot {
    wall_time at;  // the thermostat's own time
    std::vector<room_snapshot> rooms;
};

[[nodiscard]] home_snapshot snapshot_of(const home& h);
[[nodiscard]] std::string print_snapshot(const home& h);
/// `defaults`: of every room, for the settings that the file does not name.
[[nodiscard]] result<home_snapshot> read_snapshot(std::string_view text, const zone_settings& defaults, const time_zone& house);

/// Moves a snapshot to the time at which life goes on. Later: the houses stood unheated meanwhile (a week of that at most is simulated). Earlier (the
/// thermostat had run faster than the world): what has an end keeps its remaining length.
void carry_over(home_snapshot& s, house_class c, std::uint64_t seed, const time_zone& house, wall_time now);

}  // namespace tepore::thermostat
