#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "thermostat/contract/contract.hpp"
#include "thermostat/contract/iso_time.hpp"
#include "thermostat/contract/text.hpp"
#include "thermostat/contract/words.hpp"

namespace tepore::thermostat {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view unknown = "None";

std::string or_unknown(const std::optional<double>& value, int decimals) {
    return value ? print_number(*value, decimals) : std::string(unknown);
}

/// 0.05 K is what a person and a chart can use; more is noise on the network.
std::string print_room(const std::optional<double>& value) {
    constexpr double grain_k = 0.05;
    if (!value) return std::string(unknown);
    return print_number(std::round(*value / grain_k) * grain_k, 2);
}

std::string print_hold(const zone_status& s, const time_zone& house) {
    switch (s.hold) {
        case hold_kind::none: return std::string(unknown);
        case hold_kind::permanent: return std::string(word(s.hold));
        case hold_kind::until: return print_civil(s.hold_until, house);
    }
    return std::string(unknown);
}

std::string print_next(const zone_status& s, const time_zone& house) {
    if (!s.next) return std::string(unknown);
    const auto start = std::chrono::floor<std::chrono::minutes>(s.next_start);  // the expected start moves with the room; by minutes is enough
    return ordered_json{{"at", print_civil(s.next->at, house)}, {"setpoint", s.next_setpoint_c}, {"start", print_civil(start, house)}}.dump();
}

/// A payload as a JSON value: numbers bare, None as null.
ordered_json as_json(payload_kind kind, const std::string& payload) {
    if (payload == unknown) return nullptr;
    if (kind == payload_kind::json) return ordered_json::parse(payload, nullptr, false);
    if (kind == payload_kind::number) {
        if (const auto number = parse_number(payload)) return number->value;
    }
    return payload;
}

std::string print_state(const zone_view& view) {
    ordered_json out{{"ts", print_utc(view.now)}};
    for (const auto& row : property_table) {
        const bool scalar = row.kind != payload_kind::json;
        if (scalar || row.id == property::next) out[std::string(row.name)] = as_json(row.kind, print(row.id, view));
    }
    return out.dump();
}

}  // namespace

std::string print(property p, const zone_view& view) {
    const auto& s = view.room.status();
    switch (p) {
        case property::temperature: return print_room(s.temperature_c);
        case property::humidity: return or_unknown(s.humidity, 0);
        case property::setpoint: return print_number(s.setpoint_c, 2);
        case property::mode: return std::string(word(s.mode));
        case property::preset: return std::string(word(s.preset));
        case property::action: return std::string(word(s.action));
        case property::demand: return print_number(100.0 * s.demand, 0);
        case property::reason: return std::string(word(s.why));
        case property::window: return s.window_open ? "open" : "closed";
        case property::sensor: return std::string(word(s.sensor));
        case property::dewpoint: return or_unknown(s.dewpoint_c, 1);
        case property::mould: return std::string(s.mould ? word(*s.mould) : unknown);
        case property::energy: return print_number(s.energy_kwh, 3);
        case property::next: return print_next(s, view.house);
        case property::hold: return print_hold(s, view.house);
        case property::schedule: return print_schedule(view.room.schedule());
        case property::config: return print_settings(view.room.settings(), view.room.source());
        case property::state: return print_state(view);
        case property::outdoor: return print_outdoor(view.outdoor_c);
    }
    return std::string(unknown);
}

std::string print_outdoor(std::optional<double> outdoor_c) {
    return or_unknown(outdoor_c, 1);
}

std::string print_info(const device_info& info) {
    auto zones = ordered_json::array();
    for (const auto& zone : info.zones) zones.push_back({{"id", zone.id}, {"name", zone.name}});
    return ordered_json{{"name", info.zones.empty() ? "" : info.zones.front().name},
                        {"version", info.version},
                        {"uid", info.uid},
                        {"contract", contract_version},
                        {"zones", zones},
                        {"controller", info.controller},
                        {"started", print_utc(info.started)},
                        {"simulated", info.simulated},
                        {"speed", info.speed}}
        .dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string print_alarm(const alarm_report& report) {
    ordered_json out{{"code", report.code}, {"message", report.message}, {"since", print_utc(report.since)}, {"zones", report.zones}};
    if (!report.topics.empty()) out["topics"] = report.topics;
    return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string_view explain(alarm a) noexcept {
    switch (a) {
        case alarm::sensor_stale: return "no temperature has come from the room's sensor for a long time; the room gets a small safe amount of heat";
        case alarm::sensor_fault: return "the room's sensor sends values that cannot be; the room gets a small safe amount of heat";
        case alarm::no_heat_response: return "the heating has been fully on for hours and the room does not get warmer";
        case alarm::over_temperature: return "the room is warmer than it should ever be; the heating is off";
        case alarm::frost: return "the room is close to freezing; it is heated whatever the mode";
    }
    return "";
}

std::string print_answer(const answer& a) {
    ordered_json out{{"topic", a.topic}, {"ok", !a.refused.has_value()}};
    if (a.refused) {
        out["error"] = word(a.refused->code);
        out["got"] = excerpt(a.got);
        if (a.refused->min) out["min"] = *a.refused->min;
        if (a.refused->max) out["max"] = *a.refused->max;
        out["message"] = a.refused->message;
    } else {
        const auto kind = a.shows ? row_of(*a.shows).kind : payload_kind::json;
        if (kind != payload_kind::json) {  // a whole schedule or configuration is on its own topic
            out["value"] = as_json(kind, a.value);
            out["was"] = as_json(kind, a.was);
        }
        if (!a.note.empty()) out["message"] = a.note;
    }
    out["ts"] = print_utc(a.at);
    // A topic may hold anything that the broker let pass; an answer is always printed.
    return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace tepore::thermostat
