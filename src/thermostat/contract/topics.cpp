#include "thermostat/contract/topics.hpp"

#include <algorithm>

#include "thermostat/contract/text.hpp"

namespace tepore::thermostat {
namespace {

constexpr std::size_t uid_bytes_max = 64;
constexpr std::size_t zone_id_bytes_max = 32;

struct command_row {
    std::string_view name;
    command_id id{};
    bool of_zone = true;
    std::optional<property> shows;
};

constexpr std::array set_commands{
    command_row{"setpoint", command_id::setpoint, true, property::setpoint},
    command_row{"mode", command_id::mode, true, property::mode},
    command_row{"preset", command_id::preset, true, property::preset},
    command_row{"boost", command_id::boost, true, property::preset},
    command_row{"hold", command_id::hold, true, property::hold},
    command_row{"away", command_id::away, true, property::preset},
    command_row{"schedule", command_id::schedule, true, property::schedule},
    command_row{"window", command_id::window, true, property::window},
    command_row{"temperature", command_id::temperature, true, property::temperature},
    command_row{"humidity", command_id::humidity, true, property::humidity},
    command_row{"config", command_id::config, true, property::config},
    command_row{"outdoor", command_id::outdoor, false, property::outdoor},
    command_row{"autotune", command_id::autotune, false, std::nullopt},
};

constexpr std::array<std::string_view, 4> device_states{"online", "info", "result", "log"};

bool is_id_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// Cuts the first level off `rest`.
std::string_view next_level(std::string_view& rest) noexcept {
    const auto slash = rest.find('/');
    const auto level = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
    return level;
}

/// `name` in name/set, of a zone or of the device.
located set_command(std::string_view name, std::size_t zone, bool device_too) noexcept {
    located where{.zone = zone};
    const auto* command = std::ranges::find(set_commands, name, &command_row::name);
    if (command != set_commands.end() && (command->of_zone || device_too)) {
        where.command = command->id;
        where.shows = command->shows;
        return where;
    }
    const auto* state = std::ranges::find(property_table, name, &property_row::name);
    if (state != property_table.end() && (state->id != property::outdoor || device_too)) {
        where.read_only = true;
        where.shows = state->id;
    } else if (device_too) {
        where.read_only = std::ranges::find(device_states, name) != device_states.end();
    }
    return where;
}

}  // namespace

bool is_uid(std::string_view text) noexcept {
    return !text.empty() && text.size() <= uid_bytes_max && std::ranges::all_of(text, is_id_character);
}

bool is_zone_id(std::string_view text) noexcept {
    const bool well_formed = !text.empty() && text.size() <= zone_id_bytes_max &&
                             std::ranges::all_of(text, [](char c) { return is_id_character(c) && !(c >= 'A' && c <= 'Z'); });
    return well_formed && std::ranges::find(property_table, text, &property_row::name) == property_table.end();
}

topics::topics(std::string_view uid, std::vector<std::string> zones) : root_(std::string(uid) + "/thermostat"), zones_(std::move(zones)) {}

std::string topics::state(std::size_t zone, property p) const {
    const bool of_device = p == property::outdoor || zone == 0;
    return root_ + (of_device ? "" : "/zones/" + zones_[zone]) + "/" + std::string(row_of(p).name);
}

std::vector<std::string> topics::command_filters() const {
    std::vector<std::string> filters{root_ + "/+/set", root_ + "/cmd/+"};
    if (zones_.size() > 1) filters.push_back(root_ + "/zones/+/+/set");
    return filters;
}

located topics::locate(std::string_view topic) const noexcept {
    if (!topic.starts_with(root_ + "/")) return {};
    auto rest = topic.substr(root_.size() + 1);
    const auto first = next_level(rest);
    if (first == "cmd") return rest == "get" ? located{.command = command_id::get} : located{};
    if (rest == "set") return set_command(first, 0, true);
    if (first != "zones") return {};
    const auto id = next_level(rest);
    const auto name = next_level(rest);
    const auto zone = std::ranges::find(zones_, id);
    if (rest != "set" || id.empty() || zone == zones_.end()) return {};
    return set_command(name, static_cast<std::size_t>(zone - zones_.begin()), false);
}

bool topics::may_answer_to(std::string_view topic) const noexcept {
    return !topic.empty() && topic.size() <= answer_topic_bytes_max && topic.front() != '$' &&
           topic.find_first_of(std::string_view("+#\0", 3)) == std::string_view::npos && is_utf8(topic) && topic != root_ &&
           !topic.starts_with(root_ + "/");
}

}  // namespace tepore::thermostat
