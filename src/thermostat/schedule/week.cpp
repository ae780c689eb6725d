#include "thermostat/schedule/week.hpp"

#include <cassert>

namespace tepore::thermostat {
namespace {

using namespace std::chrono_literals;

/// A week and a day on either side: with one point a week the neighbours are that far, and a clock change moves them by an hour.
constexpr int days_searched = 8;

std::size_t weekday_index(std::chrono::local_days day) noexcept {
    return std::chrono::weekday(day).iso_encoding() - 1;
}

}  // namespace

weekly_schedule ordinary_week(time_zone zone) {
    weekly_schedule week;
    week.zone = std::move(zone);
    for (std::size_t day = 0; day < 5; ++day) {
        week.days[day] = {{6h + 30min, 21.0}, {8h + 30min, 17.0}, {16h + 30min, 21.0}, {22h + 30min, 17.0}};
    }
    for (std::size_t day = 5; day < 7; ++day) week.days[day] = {{7h + 30min, 21.0}, {23h, 17.0}};
    return week;
}

schedule_event in_force(const weekly_schedule& week, wall_time now) {
    const auto today = std::chrono::floor<std::chrono::days>(week.zone.to_local(now));
    for (int back = -1; back <= days_searched; ++back) {
        const auto day = today - std::chrono::days(back);
        const auto& points = week.days[weekday_index(day)];
        for (auto point = points.rbegin(); point != points.rend(); ++point) {
            const auto at = week.zone.first_instant(day + point->at);
            if (at <= now) return {at, point->target};
        }
    }
    assert(false && "a week without points");
    return {now, preset::none};
}

schedule_event next_point(const weekly_schedule& week, wall_time now) {
    const auto today = std::chrono::floor<std::chrono::days>(week.zone.to_local(now));
    for (int ahead = -1; ahead <= days_searched; ++ahead) {
        const auto day = today + std::chrono::days(ahead);
        for (const auto& point : week.days[weekday_index(day)]) {
            const auto at = week.zone.first_instant(day + point.at);
            if (at > now) return {at, point.target};
        }
    }
    assert(false && "a week without points");
    return {now, preset::none};
}

}  // namespace tepore::thermostat
