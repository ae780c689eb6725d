#include "remote/terminal/payloads.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "remote/terminal/text.hpp"

namespace tepore::remote {
namespace {

using nlohmann::json;

/// An object, or an empty one. No exceptions: bad JSON is as good as none.
json object(std::string_view text) {
    auto parsed = json::parse(text, nullptr, false);
    return parsed.is_object() ? parsed : json::object();
}

std::optional<double> number(const json& from, const char* key) {
    const auto at = from.find(key);
    if (at == from.end() || !at->is_number()) return {};
    const auto value = at->get<double>();
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string text(const json& from, const char* key, std::size_t characters_max = 200) {
    const auto at = from.find(key);
    return at != from.end() && at->is_string() ? harmless(at->get_ref<const std::string&>(), characters_max) : std::string();
}

std::vector<std::string> words(const json& from, const char* key) {
    std::vector<std::string> out;
    const auto at = from.find(key);
    if (at == from.end() || !at->is_array()) return out;
    for (const auto& word : *at) {
        if (word.is_string() && out.size() < words_in_list_max) out.push_back(harmless(word.get_ref<const std::string&>(), 16));
    }
    return out;
}

}  // namespace

zone_config read_config(std::string_view text) {
    const auto from = object(text);
    return {number(from, "min"), number(from, "max"), number(from, "step"), words(from, "modes"), words(from, "preset_modes")};
}

std::string read_zone_name(std::string_view json_text, std::string_view zone_id) {
    const auto from = object(json_text);
    const auto zones = from.find("zones");
    if (zones == from.end() || !zones->is_array()) return {};
    for (const auto& zone : *zones) {
        if (zone.is_object() && text(zone, "id") == zone_id) return text(zone, "name", 40);
    }
    return {};
}

std::optional<answer> read_answer(std::string_view json_text) {
    const auto from = object(json_text);
    const auto ok = from.find("ok");
    if (ok == from.end() || !ok->is_boolean()) return {};
    return answer{text(from, "topic"), ok->get<bool>(), text(from, "error"), text(from, "message")};
}

std::string read_alarm_message(std::string_view json_text) {
    return text(object(json_text), "message");
}

std::optional<next_change> read_next(std::string_view json_text) {
    const auto from = object(json_text);
    const auto setpoint = number(from, "setpoint");
    auto at = text(from, "at");
    if (!setpoint || at.empty()) return {};
    return next_change{std::move(at), *setpoint};
}

}  // namespace tepore::remote
