#include "thermostat/control/safety.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tepore::thermostat {
namespace {

constexpr double seconds(duration d) noexcept {
    return std::chrono::duration<double>(d).count();
}
constexpr duration day = std::chrono::hours(24);
// Blind, the house is held this much above the frost set point.
constexpr double blind_above_frost_k = 5.0;

/// Latches with their hysteresis; they keep their value while the sensor is silent only if that is the safe side.
void update_latches(safety& s, const safety_limits& limits, const safety_input& in) noexcept {
    if (!in.room_c) {
        s.frost = false;
        s.over_temperature = false;
        return;
    }
    const double room_c = *in.room_c;
    s.frost = s.frost ? room_c < limits.frost_off_c : room_c < limits.frost_on_c;
    s.over_temperature =
        s.over_temperature ? room_c > limits.over_temperature_c - limits.over_temperature_release_k : room_c > limits.over_temperature_c;
}

/// Full demand has to show in the room. Judged by the law's demand, also while max_on limits what is given: only a response or the end of the
/// demand ends it.
void update_response(safety& s, const safety_limits& limits, const safety_input& in, monotonic now) noexcept {
    const bool full = in.room_c && (in.demand >= limits.full_demand || s.frost) && !s.over_temperature;
    if (!full) {
        s.full_since.reset();
        return;
    }
    if (!s.full_since || *in.room_c >= s.full_room_c + limits.response_k) {
        s.full_since = now;
        s.full_room_c = *in.room_c;
    }
    s.full_room_c = std::min(s.full_room_c, *in.room_c);
}

void update_mean(safety& s, const safety_input& in, monotonic now) noexcept {
    const duration passed = now - s.seen;
    s.seen = now;
    if (!in.room_c || passed <= duration::zero()) return;  // blind hours are no example
    s.mean_over = std::min(s.mean_over + passed, day);
    const double weight = std::min(1.0, seconds(passed) / seconds(s.mean_over));
    s.mean_duty += ((in.relay_on ? 1.0 : 0.0) - s.mean_duty) * weight;
}

double blind_duty(const safety& s, const safety_limits& limits, const safety_input& in) noexcept {
    const bool has_history = s.mean_over >= day / 4;
    const double so_far = has_history ? std::min(s.mean_duty, limits.blind_duty_max) : limits.blind_duty_max;
    if (in.outdoor_c && limits.ke > 0.0) {
        const double holds = limits.ke * (limits.frost_off_c + blind_above_frost_k - *in.outdoor_c);
        return std::clamp(holds, 0.0, so_far);
    }
    return has_history ? so_far : limits.blind_duty_unknown;
}

struct situation {
    const safety& memory;
    const safety_limits& limits;
    const safety_input& in;
    monotonic now;
    [[nodiscard]] bool blind() const noexcept { return !in.room_c.has_value(); }
    [[nodiscard]] duration full_for() const noexcept { return memory.full_since ? now - *memory.full_since : duration::zero(); }
    [[nodiscard]] reason blind_reason() const noexcept { return in.sensor == sensor_health::fault ? reason::sensor_fault : reason::sensor_stale; }
};

struct rule {
    bool (*applies)(const situation&);
    safety_verdict (*verdict)(const situation&);
};

// Over-temperature is judged by the same estimate as everything else: a sensor that is not believed cannot raise it.
constexpr std::array rules{
    rule{[](const situation& x) { return x.memory.over_temperature; },
         [](const situation&) { return safety_verdict{.why = reason::over_temperature, .emergency_off = true}; }},
    rule{[](const situation& x) { return x.memory.frost && x.in.demand < 1.0 && x.full_for() < x.limits.max_on; },
         [](const situation&) { return safety_verdict{.demand = 1.0, .why = reason::frost}; }},
    rule{[](const situation& x) {
             return x.blind() && x.in.outdoor_c && *x.in.outdoor_c < x.limits.blind_frost_outdoor_c &&
                    (!x.in.heat || blind_duty(x.memory, x.limits, x.in) < x.limits.blind_frost_duty);
         },
         [](const situation& x) { return safety_verdict{.demand = x.limits.blind_frost_duty, .why = reason::frost}; }},
    rule{[](const situation& x) { return x.blind() && x.in.heat; },
         [](const situation& x) { return safety_verdict{.demand = blind_duty(x.memory, x.limits, x.in), .why = x.blind_reason()}; }},
    rule{[](const situation& x) { return x.full_for() >= x.limits.max_on; },
         [](const situation& x) {
             return safety_verdict{.demand = std::max(blind_duty(x.memory, x.limits, x.in), x.limits.blind_duty_unknown), .why = reason::max_on};
         }},
};

alarm_set alarms(const situation& x) noexcept {
    alarm_set set;
    set.set(alarm::over_temperature, x.memory.over_temperature);
    set.set(alarm::frost, x.memory.frost);
    set.set(alarm::sensor_stale, x.in.sensor == sensor_health::stale);
    set.set(alarm::sensor_fault, x.in.sensor == sensor_health::fault);
    set.set(alarm::no_heat_response, x.full_for() >= x.limits.no_response_after);
    return set;
}

}  // namespace

safety_verdict judge(safety& s, const safety_limits& limits, const safety_input& in, monotonic now) noexcept {
    update_mean(s, in, now);
    update_latches(s, limits, in);
    update_response(s, limits, in, now);
    const situation now_here{s, limits, in, now};
    safety_verdict verdict{.demand = in.heat ? in.demand : 0.0, .why = in.why, .from_law = true};
    const auto* found = std::ranges::find_if(rules, [&](const rule& r) { return r.applies(now_here); });
    if (found != rules.end()) verdict = found->verdict(now_here);
    verdict.alarms = alarms(now_here);
    return verdict;
}

}  // namespace tepore::thermostat
