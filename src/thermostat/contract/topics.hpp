// Which topics there are. Device root D = <uid>/thermostat; the first zone's root is D itself, every further zone's is D/zones/<zone>.
//
//   D/online, D/info, D/result, D/alarm/<code>, D/log, D/cmd/get           the device
//   D/outdoor, Z/<property>                                                 state, retained
//   <state topic>/set                                                       commands, never retained
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tepore::thermostat {

enum class property : std::uint8_t {
    temperature,
    humidity,
    setpoint,
    mode,
    preset,
    action,
    demand,
    reason,
    window,
    sensor,
    dewpoint,
    mould,
    energy,
    next,
    hold,
    schedule,
    config,
    state,
    outdoor,  // of the device
};

enum class payload_kind : std::uint8_t { number, word, json };

struct property_row {
    property id{};
    std::string_view name;
    payload_kind kind = payload_kind::word;
};

/// In the order of the enumeration. The zone's are all but outdoor.
inline constexpr std::array property_table{
    property_row{property::temperature, "temperature", payload_kind::number},
    property_row{property::humidity, "humidity", payload_kind::number},
    property_row{property::setpoint, "setpoint", payload_kind::number},
    property_row{property::mode, "mode", payload_kind::word},
    property_row{property::preset, "preset", payload_kind::word},
    property_row{property::action, "action", payload_kind::word},
    property_row{property::demand, "demand", payload_kind::number},
    property_row{property::reason, "reason", payload_kind::word},
    property_row{property::window, "window", payload_kind::word},
    property_row{property::sensor, "sensor", payload_kind::word},
    property_row{property::dewpoint, "dewpoint", payload_kind::number},
    property_row{property::mould, "mould", payload_kind::word},
    property_row{property::energy, "energy", payload_kind::number},
    property_row{property::next, "next", payload_kind::json},
    property_row{property::hold, "hold", payload_kind::word},
    property_row{property::schedule, "schedule", payload_kind::json},
    property_row{property::config, "config", payload_kind::json},
    property_row{property::state, "state", payload_kind::json},
    property_row{property::outdoor, "outdoor", payload_kind::number},
};
inline constexpr std::size_t zone_property_count = property_table.size() - 1;
[[nodiscard]] constexpr const property_row& row_of(property p) noexcept {
    return property_table[static_cast<std::size_t>(p)];
}

/// Alarms that are not a zone's.
inline constexpr std::string_view alarm_command_retained = "command_retained";

/// [A-Za-z0-9_-]{1,64}
[[nodiscard]] bool is_uid(std::string_view text) noexcept;
/// [a-z0-9_-]{1,32}, and not the name of a property.
[[nodiscard]] bool is_zone_id(std::string_view text) noexcept;

enum class command_id : std::uint8_t {
    setpoint,
    mode,
    preset,
    boost,
    hold,
    away,
    schedule,
    window,
    temperature,
    humidity,
    config,
    outdoor,
    autotune,
    get,
};

/// Where a message below D goes.
struct located {
    std::size_t zone = 0;               // index; 0 for what is not a zone's
    std::optional<command_id> command;  // none: there is no such command...
    bool read_only = false;             // ...because this is a state that nobody sets
    std::optional<property> shows;      // the state to publish again, whatever becomes of the command
};

class topics {
public:
    /// `zones`: ids, the first one empty. REQUIRES is_uid(uid).
    topics(std::string_view uid, std::vector<std::string> zones);

    [[nodiscard]] std::string online() const { return root_ + "/online"; }
    [[nodiscard]] std::string info() const { return root_ + "/info"; }
    [[nodiscard]] std::string result() const { return root_ + "/result"; }
    [[nodiscard]] std::string log() const { return root_ + "/log"; }
    [[nodiscard]] std::string alarm(std::string_view code) const { return root_ + "/alarm/" + std::string(code); }
    [[nodiscard]] std::string state(std::size_t zone, property p) const;

    /// What the thermostat subscribes to for its commands.
    [[nodiscard]] std::vector<std::string> command_filters() const;
    /// Where a message goes that came through one of those filters. Every topic that matches one has an answer, if only "unknown".
    [[nodiscard]] located locate(std::string_view topic) const noexcept;
    /// Whether an answer may be sent there: a plain topic name that is neither below D nor the broker's own ($...).
    [[nodiscard]] bool may_answer_to(std::string_view topic) const noexcept;

private:
    std::string root_;
    std::vector<std::string> zones_;
};

inline constexpr std::size_t answer_topic_bytes_max = 1024;

}  // namespace tepore::thermostat
