// The JSON payloads that the remote control reads. What is missing or of the wrong type is simply not there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tepore::remote {

/// Words of a list that are kept; a list of modes or presets is shorter.
inline constexpr std::size_t words_in_list_max = 16;

struct zone_config {
    std::optional<double> min;
    std::optional<double> max;
    std::optional<double> step;
    std::vector<std::string> modes;
    std::vector<std::string> presets;
};
[[nodiscard]] zone_config read_config(std::string_view json);

/// The name of the zone with this id, of D/info.
[[nodiscard]] std::string read_zone_name(std::string_view json, std::string_view zone_id);

struct answer {
    std::string topic;
    bool ok = false;
    std::string error;
    std::string message;
};
[[nodiscard]] std::optional<answer> read_answer(std::string_view json);

/// `message` of an alarm.
[[nodiscard]] std::string read_alarm_message(std::string_view json);

struct next_change {
    std::string at;  // ISO 8601
    double setpoint_c = 0;
};
[[nodiscard]] std::optional<next_change> read_next(std::string_view json);

}  // namespace tepore::remote
