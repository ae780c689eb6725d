#include <fmt/core.h>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "thermostat/contract/contract.hpp"
#include "thermostat/contract/text.hpp"
#include "thermostat/contract/words.hpp"

namespace tepore::thermostat {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> reported_only{"modes", "preset_modes", "sensor"};

std::unexpected<refusal> refuse(refusal_code code, std::string message) {
    return std::unexpected(refusal{code, std::move(message)});
}

std::expected<setting_change, refusal> read_one(const std::string& name, const json& value) {
    if (std::ranges::find(reported_only, name) != reported_only.end()) return refuse(refusal_code::read_only, fmt::format("{} cannot be set", name));
    const auto* row = setting_named(name);
    if (row == nullptr) return refuse(refusal_code::unknown_value, fmt::format("there is no setting called {}", excerpt(name)));
    setting_change change{.row = row, .value = std::nullopt};
    if (value.is_null()) return change;
    if (std::holds_alternative<law zone_settings::*>(row->member)) {
        const auto named = value.is_string() ? law_named(value.get_ref<const std::string&>()) : std::nullopt;
        if (!named) return refuse(refusal_code::unknown_value, fmt::format("{}: expected {}", name, row->help));
        change.value = *named;
        return change;
    }
    if (!value.is_number()) return refuse(refusal_code::not_a_number, fmt::format("{}: expected a number {} .. {}", name, row->lowest, row->highest));
    change.value = value.get<double>();
    return change;
}

/// The presets: an object of its own, or null for all of them.
std::expected<void, refusal> read_presets(const json& value, std::vector<setting_change>& changes) {
    if (!value.is_object() && !value.is_null()) return refuse(refusal_code::unknown_value, R"(presets: expected an object like {"eco":18})");
    if (value.is_null()) {
        for (const auto& row : setting_table()) {
            if (row.name.starts_with("presets.")) changes.push_back({&row, std::nullopt});
        }
        return {};
    }
    for (const auto& [key, inner] : value.items()) {
        auto change = read_one("presets." + key, inner);
        if (!change) return std::unexpected(change.error());
        changes.push_back(*change);
    }
    return {};
}

}  // namespace

std::expected<std::vector<setting_change>, refusal> read_settings(std::string_view text) {
    const auto document = json::parse(text, nullptr, false);
    if (!document.is_object()) return refuse(refusal_code::bad_json, R"(expected a JSON object like {"max":25})");
    std::vector<setting_change> changes;
    for (const auto& [key, value] : document.items()) {
        if (key == "presets") {
            if (const auto fine = read_presets(value, changes); !fine) return std::unexpected(fine.error());
            continue;
        }
        if (key.find('.') != std::string::npos)
            return refuse(refusal_code::unknown_value, fmt::format("there is no setting called {}", excerpt(key)));
        auto change = read_one(key, value);
        if (!change) return std::unexpected(change.error());
        changes.push_back(*change);
    }
    return changes;
}

std::string print_settings(const zone_settings& settings, sensor_source source) {
    ordered_json out = ordered_json::object();
    for (const auto& row : setting_table()) {
        const auto dot = row.name.find('.');
        auto& place = dot == std::string_view::npos ? out[std::string(row.name)]
                                                    : out[std::string(row.name.substr(0, dot))][std::string(row.name.substr(dot + 1))];
        if (const auto* number = std::get_if<double zone_settings::*>(&row.member)) {
            place = settings.**number;
        } else {
            place = word(settings.*std::get<law zone_settings::*>(row.member));
        }
    }
    out["modes"] = {"off", "heat", "auto"};
    out["preset_modes"] = {"comfort", "eco", "sleep", "away", "boost"};
    out["sensor"] = source == sensor_source::mqtt ? "mqtt" : "own";
    return out.dump();
}

}  // namespace tepore::thermostat
