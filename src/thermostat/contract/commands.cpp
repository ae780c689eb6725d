#include <fmt/core.h>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "thermostat/contract/contract.hpp"
#include "thermostat/contract/iso_time.hpp"
#include "thermostat/contract/text.hpp"
#include "thermostat/contract/words.hpp"

namespace tepore::thermostat {
namespace {

using read_result = std::expected<request, refusal>;

std::unexpected<refusal> refuse(refusal_code code, std::string message) {
    return std::unexpected(refusal{code, std::move(message)});
}

std::expected<parsed_number, refusal> number_in(std::string_view payload, std::string_view expected) {
    if (const auto number = parse_number(trimmed(payload))) return *number;
    return refuse(refusal_code::not_a_number, fmt::format("expected {}", expected));
}

std::optional<std::chrono::minutes> whole_minutes(std::string_view text) noexcept {
    const auto number = parse_number(text);
    constexpr double week_min = 7 * 24 * 60;
    if (!number || number->is_signed || number->value != std::floor(number->value) || number->value > 52 * week_min) return std::nullopt;
    return std::chrono::minutes(static_cast<int>(number->value));
}

read_result read_setpoint(std::string_view payload, const time_zone&) {
    const auto number = number_in(payload, "a temperature like 21.5, or a step like +0.5 or -0.5");
    if (!number) return std::unexpected(number.error());
    return intent(set_setpoint{number->value, number->is_signed});
}

read_result read_mode(std::string_view payload, const time_zone&) {
    const auto named = mode_named(lower_case(trimmed(payload)));
    if (!named) return refuse(refusal_code::unknown_value, "expected off, heat or auto");
    return intent(set_mode{*named});
}

read_result read_preset(std::string_view payload, const time_zone&) {
    const auto named = preset_named(lower_case(trimmed(payload)));
    if (!named) return refuse(refusal_code::unknown_value, "expected none, comfort, eco, sleep, away or boost");
    return intent(set_preset{*named});
}

read_result read_boost(std::string_view payload, const time_zone&) {
    const auto text = lower_case(trimmed(payload));
    if (text == "off") return intent(set_boost{});
    const auto minutes = whole_minutes(text);
    if (!minutes) return refuse(refusal_code::not_a_number, "expected minutes 1..1440, or off");
    return intent(set_boost{*minutes});
}

read_result read_hold(std::string_view payload, const time_zone& house) {
    using end = set_hold::end;
    const auto text = trimmed(payload);
    const auto word_given = lower_case(text);
    if (word_given == "off") return intent(set_hold{.how = end::off});
    if (word_given == "next") return intent(set_hold{.how = end::next});
    if (word_given == "permanent") return intent(set_hold{.how = end::permanent});
    if (const auto minutes = whole_minutes(text)) return intent(set_hold{.how = end::at, .length = *minutes});
    if (const auto at = parse_time(text, house)) return intent(set_hold{.how = end::at, .until = *at});
    return refuse(refusal_code::unknown_value, "expected minutes, a time like 2026-11-23T06:30, next, permanent or off");
}

std::expected<std::optional<wall_time>, refusal> time_member(const nlohmann::json& object, const char* name, const time_zone& house) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return std::optional<wall_time>{};
    const auto at = found->is_string() ? parse_time(found->get_ref<const std::string&>(), house) : std::nullopt;
    if (!at) return refuse(refusal_code::unknown_value, fmt::format("{}: expected a time like \"2026-12-20T18:00\"", name));
    return at;
}

read_result read_holiday(std::string_view payload, const time_zone& house) {
    const auto json = nlohmann::json::parse(payload, nullptr, false);
    if (!json.is_object()) return refuse(refusal_code::bad_json, R"(expected on, off, or {"from":TIME,"to":TIME,"setpoint":DEGREES})");
    for (const auto& [key, value] : json.items()) {
        if (key != "from" && key != "to" && key != "setpoint")
            return refuse(refusal_code::unknown_value, fmt::format("{}: expected from, to or setpoint", excerpt(key)));
    }
    set_holiday wish;
    const auto from = time_member(json, "from", house);
    const auto to = time_member(json, "to", house);
    if (!from) return std::unexpected(from.error());
    if (!to) return std::unexpected(to.error());
    if (!*to) return refuse(refusal_code::unknown_value, "to: expected a time like \"2026-12-20T18:00\"");
    wish.from = *from;
    wish.to = **to;
    if (const auto setpoint = json.find("setpoint"); setpoint != json.end()) {
        if (!setpoint->is_number()) return refuse(refusal_code::not_a_number, "setpoint: expected a temperature");
        wish.setpoint_c = setpoint->get<double>();
    }
    return intent(wish);
}

read_result read_away(std::string_view payload, const time_zone& house) {
    const auto text = lower_case(trimmed(payload));
    if (text == "on") return intent(set_away{true});
    if (text == "off") return intent(set_away{false});
    if (!text.empty() && text.front() == '{') return read_holiday(payload, house);
    return refuse(refusal_code::unknown_value, R"(expected on, off, or {"from":TIME,"to":TIME,"setpoint":DEGREES})");
}

read_result read_schedule_command(std::string_view payload, const time_zone& house) {
    auto week = read_schedule(payload, house);
    if (!week) return std::unexpected(week.error());
    return intent(set_schedule{std::move(*week)});
}

read_result read_window(std::string_view payload, const time_zone&) {
    const auto named = window_report_named(lower_case(trimmed(payload)));
    if (!named) return refuse(refusal_code::unknown_value, "expected open, closed or auto");
    return intent(set_window{*named});
}

read_result read_temperature(std::string_view payload, const time_zone&) {
    const auto number = number_in(payload, "a temperature like 20.7");
    if (!number) return std::unexpected(number.error());
    return intent(feed_temperature{number->value});
}

read_result read_humidity(std::string_view payload, const time_zone&) {
    const auto number = number_in(payload, "a relative humidity in percent like 48");
    if (!number) return std::unexpected(number.error());
    return intent(feed_humidity{number->value});
}

read_result read_config(std::string_view payload, const time_zone&) {
    auto changes = read_settings(payload);
    if (!changes) return std::unexpected(changes.error());
    return intent(change_settings{std::move(*changes)});
}

read_result read_outdoor(std::string_view payload, const time_zone&) {
    const auto number = number_in(payload, "a temperature like 3.4");
    if (!number) return std::unexpected(number.error());
    return feed_outdoor{number->value};
}

read_result read_autotune(std::string_view, const time_zone&) {
    return refuse(refusal_code::unsupported, "autotune is not part of this version; kp, ti_min and ke are settings");
}

read_result read_get(std::string_view, const time_zone&) {
    return publish_everything{};
}

struct reader_row {
    command_id id{};
    std::size_t bytes_max = 0;
    read_result (*read)(std::string_view payload, const time_zone& house) = nullptr;
};

constexpr std::size_t any_size = static_cast<std::size_t>(-1);  // `get` does not look at its payload

// In the order of command_id. The limits are what the largest sensible payload needs.
constexpr std::array readers{
    reader_row{command_id::setpoint, 16, read_setpoint},
    reader_row{command_id::mode, 16, read_mode},
    reader_row{command_id::preset, 16, read_preset},
    reader_row{command_id::boost, 16, read_boost},
    reader_row{command_id::hold, 64, read_hold},
    reader_row{command_id::away, 512, read_away},
    reader_row{command_id::schedule, 16 * 1024, read_schedule_command},
    reader_row{command_id::window, 16, read_window},
    reader_row{command_id::temperature, 16, read_temperature},
    reader_row{command_id::humidity, 16, read_humidity},
    reader_row{command_id::config, 4 * 1024, read_config},
    reader_row{command_id::outdoor, 16, read_outdoor},
    reader_row{command_id::autotune, 64, read_autotune},
    reader_row{command_id::get, any_size, read_get},
};

}  // namespace

std::expected<request, refusal> read_command(command_id id, std::string_view payload, const time_zone& house) {
    const auto& row = readers[static_cast<std::size_t>(id)];
    if (row.bytes_max == any_size) return row.read({}, house);
    if (payload.size() > row.bytes_max) {
        return std::unexpected(refusal{.code = refusal_code::too_large,
                                       .message = fmt::format("{} bytes; at most {} are read here", payload.size(), row.bytes_max),
                                       .max = static_cast<double>(row.bytes_max)});
    }
    if (!is_utf8(payload)) return refuse(refusal_code::not_utf8, "the payload is not UTF-8 text");
    return row.read(payload, house);
}

}  // namespace tepore::thermostat
