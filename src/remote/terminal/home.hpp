// What the remote control knows of one zone of one thermostat: what arrived over MQTT, as it arrived, and what it asked for. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "thermostat/contract/topics.hpp"

namespace tepore::remote {

using thermostat::property;

enum class broker_link : std::uint8_t { connecting, connected, away };

/// Kept of the past: one column of the little curve each.
inline constexpr std::size_t curve_points_max = 60;
inline constexpr std::size_t notes_max = 6;
/// Alarms that are shown; there are fewer codes than that.
inline constexpr std::size_t alarms_max = 16;
/// An answer that has not come by then is not waited for any longer.
inline constexpr duration answer_patience = std::chrono::seconds(5);
/// Key presses that follow one another faster than this are one change of the set point.
inline constexpr duration setpoint_pause = std::chrono::milliseconds(300);

enum class command_outcome : std::uint8_t { waiting, accepted, refused, unanswered };

/// A command of ours and what became of it.
struct note {
    std::string command;  // "setpoint"
    std::string payload;
    command_outcome outcome = command_outcome::waiting;
    std::string error;    // key of the contract, when refused
    std::string message;  // in English, for a person
    monotonic sent{};
};

/// To be published at QoS 1, never retained.
struct command {
    std::string topic;
    std::string payload;
};

class home {
public:
    /// REQUIRES thermostat::is_uid(uid), and `zone` empty or thermostat::is_zone_id(zone).
    home(std::string uid, std::string zone);

    [[nodiscard]] std::vector<std::string> filters() const;

    void link_is(broker_link link, std::string_view why = {});
    /// A message that arrived. What is not ours or not understood is left alone.
    void hear(std::string_view topic, std::string_view payload, monotonic now);

    // What the person wants. Commands are queued; take_commands() hands them out when they are due. Nothing is queued for a thermostat that is not
    // reachable(): a wish must not come true an hour later.
    void nudge_setpoint(int steps, monotonic now);
    void next_mode(monotonic now);
    void next_preset(monotonic now);
    void toggle_boost(monotonic now);
    void refresh();
    /// Any command by its name: "setpoint", "mode", ... The thermostat judges the payload.
    void ask(std::string_view name, std::string_view payload, monotonic now);

    [[nodiscard]] std::vector<command> take_commands(monotonic now);
    /// Gives up waiting where it is time to.
    void tick(monotonic now);
    /// When take_commands() or tick() has something to do; `never` when not.
    [[nodiscard]] monotonic next_deadline() const;

    // What is known. Texts are harmless for a terminal.
    [[nodiscard]] const std::string& uid() const noexcept { return uid_; }
    [[nodiscard]] broker_link link() const noexcept { return link_; }
    [[nodiscard]] const std::string& link_trouble() const noexcept { return link_trouble_; }
    [[nodiscard]] std::optional<bool> online() const noexcept { return online_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// The payload of a state topic; empty when nothing came yet.
    [[nodiscard]] const std::string& word(property p) const noexcept { return words_[static_cast<std::size_t>(p)]; }
    [[nodiscard]] std::optional<double> number(property p) const noexcept;
    /// The set point that the person is choosing and that was not confirmed yet.
    [[nodiscard]] std::optional<double> wished_setpoint() const noexcept { return wished_setpoint_; }
    [[nodiscard]] bool waits_for(std::string_view command) const noexcept;
    [[nodiscard]] double setpoint_min() const noexcept { return min_; }
    [[nodiscard]] double setpoint_max() const noexcept { return max_; }
    [[nodiscard]] double setpoint_step() const noexcept { return step_; }
    [[nodiscard]] const std::vector<std::string>& modes() const noexcept { return modes_; }
    [[nodiscard]] const std::vector<std::string>& presets() const noexcept { return presets_; }
    [[nodiscard]] const std::map<std::string, std::string>& alarms() const noexcept { return alarms_; }
    [[nodiscard]] const std::deque<double>& curve() const noexcept { return curve_; }
    /// The newest first.
    [[nodiscard]] const std::deque<note>& notes() const noexcept { return notes_; }
    /// Grows with every change of what is known.
    [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
    /// A command can be given: broker and thermostat are there.
    [[nodiscard]] bool reachable() const noexcept { return link_ == broker_link::connected && online_ == true; }

private:
    void hear_state(property p, std::string_view payload);
    void hear_config(std::string_view payload);
    void hear_result(std::string_view payload);
    void hear_alarm(std::string_view code, std::string_view payload);
    void settle(note& n, command_outcome outcome);
    [[nodiscard]] std::string command_topic(std::string_view name) const;

    std::string uid_;
    std::string zone_;
    std::string device_root_;
    std::string zone_root_;
    broker_link link_ = broker_link::connecting;
    std::string link_trouble_;
    std::optional<bool> online_;
    std::string name_;
    std::array<std::string, thermostat::property_table.size()> words_;
    double min_ = 5.0;
    double max_ = 30.0;
    double step_ = 0.5;
    std::vector<std::string> modes_{"off", "heat", "auto"};
    std::vector<std::string> presets_{"comfort", "eco", "sleep", "away", "boost"};
    std::map<std::string, std::string> alarms_;
    std::deque<double> curve_;
    std::deque<note> notes_;
    std::optional<double> wished_setpoint_;
    std::optional<monotonic> send_setpoint_at_;
    std::deque<command> outgoing_;
    std::uint64_t version_ = 0;
};

/// "21.5", "20.75": as short as it is exact, with at least one decimal.
[[nodiscard]] std::string degrees(double celsius);

}  // namespace tepore::remote
