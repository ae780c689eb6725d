#include "thermostat/link/snapshot.hpp"

#include <fmt/core.h>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "thermostat/contract/contract.hpp"
#include "thermostat/contract/iso_time.hpp"
#include "thermostat/contract/words.hpp"

namespace tepore::thermostat {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int format_version = 1;
constexpr std::chrono::days unheated_max{7};

// --- Writing ----------------------------------------------------------------------------------------------------------------------------------

ordered_json wishes_json(const wishes& w) {
    ordered_json out{
        {"mode", word(w.mode)}, {"setpoint", w.setpoint_c}, {"preset", word(w.preset)}, {"hold", word(w.hold)}, {"window", word(w.window)}};
    if (w.hold == hold_kind::until) out["hold_until"] = print_utc(w.hold_until);
    if (w.boost_until) out["boost_until"] = print_utc(*w.boost_until);
    if (w.holiday) out["holiday"] = {{"from", print_utc(w.holiday->from)}, {"to", print_utc(w.holiday->to)}, {"setpoint", w.holiday->setpoint_c}};
    return out;
}

/// Only what differs: another house class brings its own defaults.
ordered_json settings_json(const zone_settings& settings, const zone_settings& defaults) {
    const auto all = ordered_json::parse(print_settings(settings, sensor_source::own));
    const auto usual = ordered_json::parse(print_settings(defaults, sensor_source::own));
    ordered_json out = ordered_json::object();
    for (const auto& [key, value] : all.items()) {
        if (value == usual[key]) continue;
        if (!value.is_object()) {
            out[key] = value;
            continue;
        }
        for (const auto& [inner_key, inner] : value.items()) {
            if (inner != usual[key][inner_key]) out[key][inner_key] = inner;
        }
    }
    return out;
}

ordered_json house_json(const house_state& s) {
    return {{"air", s.air_c}, {"mass", s.mass_c}, {"emitter", s.emitter_c}, {"sensor", s.sensor_c}, {"vapour", s.vapour_g_m3}};
}

ordered_json room_json(const room& r) {
    const auto m = r.zone.memory();
    return {{"id", r.id},
            {"wishes", wishes_json(m.wishes)},
            {"settings", settings_json(m.settings, r.zone.defaults())},
            {"schedule", ordered_json::parse(print_schedule(m.schedule))},
            {"energy_kwh", m.energy_kwh},
            {"relay_starts", m.relay_starts},
            {"relay_changed", print_utc(m.relay_changed)},
            {"mean_duty", m.mean_duty},
            {"mean_over_s", std::chrono::duration<double>(m.mean_over).count()},
            {"pi_integral", m.pi_integral},
            {"slope_k_per_h", m.slope_k_per_h},
            {"house", house_json(r.house.state())}};
}

// --- Reading ----------------------------------------------------------------------------------------------------------------------------------

/// Reads members of one object; the first thing that is wrong is remembered and the rest is not looked at.
class members {
public:
    members(const json& object, std::string where) : object_(object), where_(std::move(where)) {
        if (!object_.is_object()) fault_ = where_ + ": expected an object";
    }
    [[nodiscard]] const json* find(const char* name) const {
        if (!fault_.empty()) return nullptr;
        const auto found = object_.find(name);
        return found == object_.end() ? nullptr : &*found;
    }
    [[nodiscard]] double number(const char* name, double lowest, double highest) {
        const auto* value = find(name);
        const double x = value != nullptr && value->is_number() ? value->get<double>() : std::nan("");
        if (!(x >= lowest && x <= highest)) fail(name, fmt::format("expected a number {} .. {}", lowest, highest));
        return x;
    }
    [[nodiscard]] std::string text(const char* name) {
        const auto* value = find(name);
        if (value != nullptr && value->is_string()) return value->get<std::string>();
        fail(name, "expected text");
        return {};
    }
    [[nodiscard]] wall_time time(const char* name) {
        const auto at = parse_time(text(name), {});
        if (!at) fail(name, "expected a time");
        return at.value_or(wall_time{});
    }
    template <class E>
    [[nodiscard]] E named(const char* name, std::optional<E> (*lookup)(std::string_view) noexcept) {
        const auto value = lookup(text(name));
        if (!value) fail(name, "unknown word");
        return value.value_or(E{});
    }
    [[nodiscard]] members inside(const char* name) {
        static const json nothing;
        const auto* value = find(name);
        return {value == nullptr ? nothing : *value, where_ + "." + name};
    }
    void fail(const char* name, std::string_view what) {
        if (fault_.empty()) fault_ = fmt::format("{}.{}: {}", where_, name, what);
    }
    void absorb(const members& inner) {
        if (fault_.empty()) fault_ = inner.fault_;
    }
    [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

private:
    const json& object_;
    std::string where_;
    std::string fault_;
};

constexpr double coldest_c = -60.0;
constexpr double hottest_c = 200.0;  // an emitter

wishes read_wishes(members& in) {
    wishes w;
    w.mode = in.named("mode", mode_named);
    w.setpoint_c = in.number("setpoint", coldest_c, hottest_c);
    w.preset = in.named("preset", preset_named);
    w.hold = in.named("hold", hold_kind_named);
    w.window = in.named("window", window_report_named);
    if (w.mode == mode::cool) in.fail("mode", "expected off, heat or auto");
    if (w.preset == preset::boost) in.fail("preset", "boost has its own end");
    if (w.hold == hold_kind::until) w.hold_until = in.time("hold_until");
    if (in.find("boost_until") != nullptr) w.boost_until = in.time("boost_until");
    if (in.find("holiday") != nullptr) {
        auto inner = in.inside("holiday");
        w.holiday = holiday{inner.time("from"), inner.time("to"), inner.number("setpoint", coldest_c, hottest_c)};
        in.absorb(inner);
    }
    return w;
}

house_state read_house(members& in) {
    return {.air_c = in.number("air", coldest_c, hottest_c),
            .mass_c = in.number("mass", coldest_c, hottest_c),
            .emitter_c = in.number("emitter", coldest_c, hottest_c),
            .sensor_c = in.number("sensor", coldest_c, hottest_c),
            .vapour_g_m3 = in.number("vapour", 0.0, hottest_c)};
}

zone_settings read_room_settings(members& in, const zone_settings& defaults) {
    const auto* patch = in.find("settings");
    const auto changes = read_settings(patch == nullptr ? "" : patch->dump());
    if (!changes) {
        in.fail("settings", changes.error().message);
        return defaults;
    }
    const auto settings = changed(defaults, defaults, *changes);
    if (!settings) in.fail("settings", settings.error().message);
    return settings.value_or(defaults);
}

room_snapshot read_room(members& in, const zone_settings& defaults, const time_zone& house) {
    constexpr double ever = 1e12;
    room_snapshot r;
    r.id = in.text("id");
    auto said = in.inside("wishes");
    r.memory.wishes = read_wishes(said);
    in.absorb(said);
    r.memory.settings = read_room_settings(in, defaults);
    const auto* week = in.find("schedule");
    auto schedule = read_schedule(week == nullptr ? "" : week->dump(), house);
    if (!schedule) in.fail("schedule", schedule.error().message);
    if (schedule) r.memory.schedule = std::move(*schedule);
    r.memory.energy_kwh = in.number("energy_kwh", 0.0, ever);
    r.memory.relay_starts = static_cast<std::uint64_t>(std::max(0.0, in.number("relay_starts", 0.0, ever)));
    r.memory.relay_changed = in.time("relay_changed");
    r.memory.mean_duty = in.number("mean_duty", 0.0, 1.0);
    r.memory.mean_over = std::chrono::duration_cast<duration>(std::chrono::duration<double>(in.number("mean_over_s", 0.0, 86'400.0)));
    r.memory.pi_integral = in.number("pi_integral", -1.0, 1.0);
    r.memory.slope_k_per_h = in.number("slope_k_per_h", 0.01, 100.0);
    auto state = in.inside("house");
    r.house = read_house(state);
    in.absorb(state);
    return r;
}

}  // namespace

home_snapshot snapshot_of(const home& h) {
    home_snapshot s{.at = h.now().wall, .rooms = {}};
    for (const auto& r : h.rooms()) s.rooms.push_back({r.id, r.zone.memory(), r.house.state()});
    return s;
}

std::string print_snapshot(const home& h) {
    auto rooms = ordered_json::array();
    for (const auto& r : h.rooms()) rooms.push_back(room_json(r));
    return ordered_json{{"format", format_version}, {"at", print_utc(h.now().wall)}, {"rooms", rooms}}.dump(2) + "\n";
}

result<home_snapshot> read_snapshot(std::string_view text, const zone_settings& defaults, const time_zone& house) {
    const auto document = json::parse(text, nullptr, false);
    if (document.is_discarded()) return failure("not JSON");
    members in(document, "state");
    const double format = in.number("format", 1, 1e6);
    if (in.fault().empty() && format > format_version)
        return failure(fmt::format("written in format {}, this version reads {}", format, format_version));
    home_snapshot s{.at = in.time("at"), .rooms = {}};
    const auto* rooms = in.find("rooms");
    if (rooms == nullptr || !rooms->is_array()) in.fail("rooms", "expected an array");
    if (!in.fault().empty()) return failure(in.fault());
    for (const auto& item : *rooms) {
        members inner(item, fmt::format("rooms[{}]", s.rooms.size()));
        s.rooms.push_back(read_room(inner, defaults, house));
        if (!inner.fault().empty()) return failure(inner.fault());
    }
    return s;
}

void carry_over(home_snapshot& s, house_class c, std::uint64_t seed, const time_zone& house, wall_time now) {
    for (auto& r : s.rooms) {
        if (now >= s.at) {
            const auto unheated = std::min<duration>(now - s.at, unheated_max);
            simulated_house standing(c, seed, season::annual, r.house);
            standing.run(house.to_local(now - std::chrono::duration_cast<wall_time::duration>(unheated)), unheated, 0.0);
            r.house = standing.state();
            continue;
        }
        const auto back = s.at - now;
        auto& w = r.memory.wishes;
        w.hold_until -= back;
        if (w.boost_until) *w.boost_until -= back;
        if (w.holiday) w.holiday = holiday{w.holiday->from - back, w.holiday->to - back, w.holiday->setpoint_c};
        r.memory.relay_changed -= back;
    }
    s.at = now;
}

}  // namespace tepore::thermostat
