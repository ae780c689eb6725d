#include "thermostat/house/weather.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tepore::thermostat {
namespace {

constexpr double turn = 2.0 * std::numbers::pi;
constexpr std::chrono::local_days first_monday{std::chrono::days(4)};  // 1970-01-05: day 0 of the formulas is a Monday
constexpr double coldest_day_of_year = 20.0;
constexpr double winter_mean_c = 3.0;
constexpr double summer_rise_k = 18.0;  // from the coldest to the warmest mean

struct clock_hand {
    std::int64_t day;  // whole days since first_monday
    double days;
    double hour;  // of the day, 0..24
    bool week_end;
};

clock_hand hand(std::chrono::local_seconds at) noexcept {
    const auto midnight = std::chrono::floor<std::chrono::days>(at);
    const auto day = (midnight - first_monday).count();
    const double hour = std::chrono::duration<double, std::ratio<3600>>(at - midnight).count();
    const auto of_week = ((day % 7) + 7) % 7;
    return {day, static_cast<double>(day) + hour / 24.0, hour, of_week >= 5};
}

std::uint64_t mix64(std::uint64_t x) noexcept {  // SplitMix64's finaliser
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

double unit(std::uint64_t x) noexcept {
    return static_cast<double>(x >> 11) * 0x1p-53;
}

/// Seed 0 leaves indices and phases as the benchmark defines them.
double drawn(std::uint64_t seed, std::int64_t index) noexcept {
    const auto low = static_cast<std::uint32_t>(static_cast<std::uint64_t>(index));
    return hashed(seed == 0 ? low : low ^ static_cast<std::uint32_t>(mix64(seed)));
}
double phase(std::uint64_t seed, std::uint64_t which) noexcept {
    return seed == 0 ? 0.0 : turn * unit(mix64(seed ^ mix64(which)));
}

/// 0 on the coldest day of the year, 1 half a year later; always 0 in season::winter.
double summerness(season s, std::chrono::local_seconds at) noexcept {
    if (s == season::winter) return 0.0;
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::local_days new_year(date.year() / std::chrono::January / 1);
    const double day_of_year = static_cast<double>((day - new_year).count());
    return 0.5 - 0.5 * std::cos(turn * (day_of_year - coldest_day_of_year) / 365.25);
}

double sun(std::uint64_t seed, const clock_hand& t, double summer) noexcept {
    constexpr double noon = 12.25;
    const double half_day = 4.25 + 3.25 * summer;
    const double since_rise = t.hour - (noon - half_day);
    if (since_rise <= 0.0 || since_rise >= 2.0 * half_day) return 0.0;
    const double clear = 0.1 + 0.9 * drawn(seed, 7 * t.day + 3);
    const auto twenty_minutes = static_cast<std::int64_t>(std::floor(t.days * 72.0));
    const double gaps = 0.75 + 0.5 * drawn(seed, twenty_minutes + 991);
    return (450.0 + 350.0 * summer) * clear * std::sin(std::numbers::pi * since_rise / (2.0 * half_day)) * gaps;
}

}  // namespace

double hashed(std::uint32_t x) noexcept {
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return static_cast<double>(x) / 4294967296.0;
}

double gaussian(std::uint64_t seed, std::uint64_t index) noexcept {
    const auto base = mix64(seed) + 2 * index;
    const double radius = std::sqrt(-2.0 * std::log(1.0 - unit(mix64(base))));  // Box-Muller
    return radius * std::cos(turn * unit(mix64(base + 1)));
}

weather weather_at(std::uint64_t seed, season s, std::chrono::local_seconds at) noexcept {
    const auto t = hand(at);
    const double summer = summerness(s, at);
    weather w;
    w.outdoor_c = winter_mean_c + summer_rise_k * summer + 4.0 * std::sin(turn * t.days / 6.5 + 1.0 + phase(seed, 1)) +
                  1.5 * std::sin(turn * t.days / 2.9 + phase(seed, 2)) + 2.5 * std::cos(turn * (t.hour - 15.0) / 24.0);
    w.sun_w_m2 = sun(seed, t, summer);
    // Damp nights, drier afternoons; wetter in winter.
    w.outdoor_humidity = std::clamp(0.82 - 0.12 * summer - 0.1 * std::cos(turn * (t.hour - 15.0) / 24.0), 0.3, 1.0);
    return w;
}

household household_at(std::uint64_t seed, std::chrono::local_seconds at) noexcept {
    const auto t = hand(at);
    const auto between = [&](double from, double to) { return t.hour >= from && t.hour < to; };
    const bool at_home = t.week_end || t.hour < 8.5 || t.hour >= 16.5;
    household h{.heat_w = 150.0, .vapour_g_per_h = 90.0};  // appliances; plants and laundry
    if (at_home) {
        h.heat_w += 160.0;
        h.vapour_g_per_h += 110.0;
    }
    if (between(6.5, 8.5)) h.heat_w += 150.0;
    if (between(17.0, 22.5)) h.heat_w += 250.0;
    if (between(18.75, 19.5)) {  // dinner
        const double size = 0.5 + drawn(seed, t.day + 77);
        h.heat_w += 1200.0 * size;
        h.vapour_g_per_h += 700.0 * size;
    }
    if (between(7.0, 7.3)) {  // shower
        h.heat_w += 600.0;
        h.vapour_g_per_h += 1200.0;
    }
    h.window_open = t.week_end ? between(10.0, 10.0 + 1.0 / 6.0) : between(7.75, 7.75 + 1.0 / 6.0);
    return h;
}

}  // namespace tepore::thermostat
