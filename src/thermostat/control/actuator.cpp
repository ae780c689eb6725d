#include "thermostat/control/actuator.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tepore::thermostat {
namespace {

// A demand that moved more than this is not made to wait for the next cycle: someone turned the set point.
constexpr double replan_step = 0.25;

double seconds(duration d) noexcept {
    return std::chrono::duration<double>(d).count();
}
duration from_seconds(double s) noexcept {
    return std::chrono::duration_cast<duration>(std::chrono::duration<double>(s));
}

void account(actuator& a, const actuator_limits& limits, monotonic now) noexcept {
    const double cycle_s = seconds(limits.cycle);
    a.owed_s += (a.demand - (a.on ? 1.0 : 0.0)) * seconds(now - a.seen);
    a.owed_s = std::clamp(a.owed_s, -cycle_s, cycle_s);
    a.seen = now;
}

void plan_cycle(actuator& a, const actuator_limits& limits, double demand, monotonic now) noexcept {
    const double cycle_s = seconds(limits.cycle);
    const double wanted_s = a.owed_s + demand * cycle_s;
    if (wanted_s < seconds(limits.min_on)) {
        a.pulse = duration::zero();
    } else if (cycle_s - wanted_s < seconds(limits.min_off)) {
        a.pulse = limits.cycle;
    } else {
        a.pulse = from_seconds(wanted_s);
    }
    // A pulse that must wait for the minimum off time begins its cycle when it may; it is not cut short.
    a.cycle_begin = a.on || a.pulse == duration::zero() ? now : std::max(now, a.changed + limits.min_off);
    a.planned_demand = demand;
    a.cycling = true;
}

bool modulated(actuator& a, const actuator_limits& limits, double demand, monotonic now) noexcept {
    const bool over = !a.cycling || now >= a.cycle_begin + limits.cycle;
    if (over || std::abs(demand - a.planned_demand) > replan_step) plan_cycle(a, limits, demand, now);
    if (demand <= 0.0) {  // nobody wants heat: neither the rest of the pulse nor what is owed
        a.pulse = duration::zero();
        a.owed_s = 0.0;
    }
    return now >= a.cycle_begin && now < a.cycle_begin + a.pulse;
}

void switch_to(actuator& a, bool on, monotonic now) noexcept {
    if (a.on == on) return;
    a.on = on;
    a.changed = now;
}

}  // namespace

actuator_step drive(actuator& a, const actuator_limits& limits, const actuator_request& request, monotonic now) noexcept {
    assert(limits.cycle > duration::zero() && limits.min_on + limits.min_off <= limits.cycle);
    now = std::max(now, a.seen);
    account(a, limits, now);
    a.demand = std::clamp(request.demand, 0.0, 1.0);

    if (request.emergency_off) {
        switch_to(a, false, now);
        a.cycling = false;
        a.owed_s = 0.0;
        a.demand = 0.0;
        return {false, actuator_hold::none, never};
    }
    if (!request.modulate) {
        a.cycling = false;
        a.owed_s = 0.0;
    }
    const bool wanted = request.modulate ? modulated(a, limits, a.demand, now) : a.demand >= 0.5;

    actuator_step step{a.on, actuator_hold::none, never};
    const auto free_to_switch = a.changed + (a.on ? limits.min_on : limits.min_off);
    if (wanted != a.on) {
        if (now < free_to_switch) {
            step.held = a.on ? actuator_hold::min_on : actuator_hold::min_off;
            step.wake = free_to_switch;
        } else {
            switch_to(a, wanted, now);
        }
    }
    if (a.cycling) {
        const auto pulse_end = a.cycle_begin + a.pulse;
        if (now < a.cycle_begin) {
            step.held = actuator_hold::min_off;
            step.wake = std::min(step.wake, a.cycle_begin);
        } else if (now < pulse_end) {
            step.wake = std::min(step.wake, pulse_end);
        }
        step.wake = std::min(step.wake, a.cycle_begin + limits.cycle);
    }
    step.on = a.on;
    return step;
}

}  // namespace tepore::thermostat
