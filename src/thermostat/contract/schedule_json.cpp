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
using day_set = std::array<bool, 7>;

constexpr std::array<std::string_view, 7> day_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::unexpected<refusal> bad(std::string message) {
    return std::unexpected(refusal{refusal_code::bad_schedule, std::move(message)});
}

std::optional<std::size_t> day_named(std::string_view name) noexcept {
    const auto found = std::ranges::find(day_names, name);
    if (found == day_names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - day_names.begin());
}

/// "mon", "mon-fri", "mon-wed,sat"; a range may go over the end of the week.
std::expected<day_set, refusal> read_days(std::string_view key) {
    day_set days{};
    std::size_t begin = 0;
    while (begin <= key.size()) {
        const auto comma = std::min(key.find(',', begin), key.size());
        const auto item = trimmed(key.substr(begin, comma - begin));
        const auto dash = item.find('-');
        const auto first = day_named(item.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : day_named(item.substr(dash + 1));
        if (!first || !last) return bad(fmt::format("days \"{}\": expected days like mon, mon-fri or sat,sun", excerpt(key)));
        for (auto day = *first;; day = (day + 1) % 7) {
            if (days[day]) return bad(fmt::format("days \"{}\": {} is named twice", excerpt(key), day_names[day]));
            days[day] = true;
            if (day == *last) break;
        }
        begin = comma + 1;
    }
    return days;
}

/// "06:30"
std::optional<std::chrono::minutes> read_clock(std::string_view text) noexcept {
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 100; };
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const int hours = digit(0) * 10 + digit(1);
    const int minutes = digit(3) * 10 + digit(4);
    if (hours > 23 || minutes > 59) return std::nullopt;
    return std::chrono::minutes(hours * 60 + minutes);
}

std::expected<schedule_point, refusal> read_point(const json& item) {
    if (!item.is_array() || item.size() != 2 || !item[0].is_string()) return bad(R"(expected points like ["06:30",21.0])");
    const auto& clock = item[0].get_ref<const std::string&>();
    const auto at = read_clock(clock);
    if (!at) return bad(fmt::format("\"{}\": expected a time 00:00 .. 23:59", excerpt(clock)));
    if (item[1].is_number()) return schedule_point{*at, item[1].get<double>()};
    const auto named = item[1].is_string() ? preset_named(item[1].get_ref<const std::string&>()) : std::nullopt;
    if (!named || *named == preset::none || *named == preset::boost) {
        return bad(fmt::format("{}: expected a temperature, or comfort, eco, sleep or away", clock));
    }
    return schedule_point{*at, *named};
}

std::expected<std::vector<schedule_point>, refusal> read_day(const json& items) {
    if (!items.is_array()) return bad(R"(expected an array of points like ["06:30",21.0])");
    if (items.size() > schedule_points_a_day_max) return bad(fmt::format("{} points; at most {} a day", items.size(), schedule_points_a_day_max));
    std::vector<schedule_point> points;
    for (const auto& item : items) {
        auto point = read_point(item);
        if (!point) return std::unexpected(point.error());
        if (!points.empty() && point->at <= points.back().at) return bad("times must become later from point to point");
        points.push_back(*point);
    }
    return points;
}

std::expected<void, refusal> read_week(const json& days, weekly_schedule& week) {
    if (!days.is_object()) return bad("days: expected an object");
    day_set covered{};
    for (const auto& [key, items] : days.items()) {
        const auto named = read_days(key);
        if (!named) return std::unexpected(named.error());
        const auto points = read_day(items);
        if (!points) return bad(fmt::format("{}: {}", excerpt(key), points.error().message));
        for (std::size_t day = 0; day < 7; ++day) {
            if (!(*named)[day]) continue;
            if (covered[day]) return bad(fmt::format("{} is named twice", day_names[day]));
            covered[day] = true;
            week.days[day] = *points;
        }
    }
    const auto missing = std::ranges::find(covered, false);
    if (missing != covered.end())
        return bad(fmt::format("{} is missing; every day must be named once", day_names[static_cast<std::size_t>(missing - covered.begin())]));
    if (std::ranges::all_of(week.days, [](const auto& points) { return points.empty(); })) return bad("a week without a point has no target");
    return {};
}

/// "mon-fri", "sat,sun": runs of three days and more are written as a range.
std::string day_key(const day_set& days) {
    std::string key;
    for (std::size_t day = 0; day < 7;) {
        if (!days[day]) {
            ++day;
            continue;
        }
        auto last = day;
        while (last + 1 < 7 && days[last + 1]) ++last;
        if (!key.empty()) key += ',';
        key += day_names[day];
        if (last > day) key += fmt::format("{}{}", last > day + 1 ? '-' : ',', day_names[last]);
        day = last + 1;
    }
    return key;
}

ordered_json day_json(const std::vector<schedule_point>& points) {
    auto items = ordered_json::array();
    for (const auto& point : points) {
        const auto clock = fmt::format("{:02}:{:02}", point.at.count() / 60, point.at.count() % 60);
        if (const auto* named = std::get_if<preset>(&point.target)) {
            items.push_back({clock, word(*named)});
        } else {
            items.push_back({clock, std::get<double>(point.target)});
        }
    }
    return items;
}

}  // namespace

std::expected<weekly_schedule, refusal> read_schedule(std::string_view text, const time_zone& house) {
    const auto document = json::parse(text, nullptr, false);
    if (!document.is_object()) return std::unexpected(refusal{refusal_code::bad_json, "expected a JSON object with days"});
    weekly_schedule week{.zone = house, .preheat = true, .days = {}};
    for (const auto& [key, value] : document.items()) {
        if (key != "tz" && key != "days" && key != "preheat") return bad(fmt::format("{}: expected tz, days or preheat", excerpt(key)));
    }
    if (const auto tz = document.find("tz"); tz != document.end()) {
        if (!tz->is_string()) return bad("tz: expected a name like \"Europe/Rome\"");
        auto zone = time_zone::find(tz->get_ref<const std::string&>());
        if (!zone) return bad("tz: " + zone.error().message);
        week.zone = std::move(*zone);
    }
    if (const auto preheat = document.find("preheat"); preheat != document.end()) {
        if (!preheat->is_boolean()) return bad("preheat: expected true or false");
        week.preheat = preheat->get<bool>();
    }
    const auto days = document.find("days");
    if (days == document.end()) return bad("days are missing");
    if (const auto fine = read_week(*days, week); !fine) return std::unexpected(fine.error());
    return week;
}

std::string print_schedule(const weekly_schedule& week) {
    ordered_json days = ordered_json::object();
    day_set printed{};
    for (std::size_t day = 0; day < 7; ++day) {
        if (printed[day]) continue;
        day_set same{};
        for (std::size_t other = day; other < 7; ++other) same[other] = !printed[other] && week.days[other] == week.days[day];
        for (std::size_t other = day; other < 7; ++other) printed[other] = printed[other] || same[other];
        days[day_key(same)] = day_json(week.days[day]);
    }
    return ordered_json{{"tz", week.zone.name()}, {"preheat", week.preheat}, {"days", days}}.dump();
}

}  // namespace tepore::thermostat
