// The topic contract: payloads read and printed. Together with topics.hpp and words.hpp the only place that knows what goes over MQTT.
// docs/topics.md tells users the same. Nothing here throws on bad input; a refusal says what was wrong and what was expected.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "thermostat/contract/topics.hpp"
#include "thermostat/schedule/week.hpp"
#include "thermostat/zone/intent.hpp"
#include "thermostat/zone/refusal.hpp"
#include "thermostat/zone/zone.hpp"

namespace tepore::thermostat {

inline constexpr int contract_version = 1;

// --- Commands ---------------------------------------------------------------------------------------------------------------------------------

struct feed_outdoor {
    double celsius = 0.0;
};
struct publish_everything {};
using request = std::variant<intent, feed_outdoor, publish_everything>;

/// Reads a payload: its size, its encoding, its form. Whether the room can grant it is zone::apply()'s business.
[[nodiscard]] std::expected<request, refusal> read_command(command_id id, std::string_view payload, const time_zone& house);

/// 2.5: {"tz":"Europe/Rome","preheat":true,"days":{"mon-fri":[["06:30",21.0],["22:30","sleep"]],"sat,sun":[...]}}
[[nodiscard]] std::expected<weekly_schedule, refusal> read_schedule(std::string_view json, const time_zone& house);
[[nodiscard]] std::string print_schedule(const weekly_schedule& week);

/// A merge patch: members of setting_table(); null returns a setting to its default.
[[nodiscard]] std::expected<std::vector<setting_change>, refusal> read_settings(std::string_view json);
/// The settings in force, and what cannot be set: modes, presets' names, sensor.
[[nodiscard]] std::string print_settings(const zone_settings& settings, sensor_source source);

// --- State ------------------------------------------------------------------------------------------------------------------------------------

/// What a zone's payloads are printed from.
struct zone_view {
    const zone& room;
    const time_zone& house;
    std::optional<double> outdoor_c;
    wall_time now;
};
/// Payload of a state topic; "None" for what is not known.
[[nodiscard]] std::string print(property p, const zone_view& view);
[[nodiscard]] std::string print_outdoor(std::optional<double> outdoor_c);

struct zone_name {
    std::string id;
    std::string name;
};
struct device_info {
    std::string uid;
    std::string version;
    std::vector<zone_name> zones;
    std::string controller;
    wall_time started;
    double speed = 1.0;
    bool simulated = true;
};
[[nodiscard]] std::string print_info(const device_info& info);

struct alarm_report {
    std::string_view code;
    std::string message;
    wall_time since;
    std::vector<std::string> zones;
    std::vector<std::string> topics;  // command_retained: which
};
[[nodiscard]] std::string print_alarm(const alarm_report& report);
/// What an alarm means and what to do, for a person.
[[nodiscard]] std::string_view explain(alarm a) noexcept;

// --- Answers ----------------------------------------------------------------------------------------------------------------------------------

struct answer {
    std::string_view topic;
    std::optional<refusal> refused;  // none: granted
    std::string_view got;            // refused: the payload
    std::optional<property> shows;   // granted: `value` and `was` are payloads of this state
    std::string value;
    std::string was;
    std::string note;  // granted: something to tell
    wall_time at;
};
[[nodiscard]] std::string print_answer(const answer& a);

}  // namespace tepore::thermostat
