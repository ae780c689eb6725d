#include "thermostat/control/control.hpp"

#include <algorithm>

namespace tepore::thermostat {
namespace {

void run_law(const control_settings& settings, control_state& s, const readings& in, const control_intent& intent, monotonic now) noexcept {
    const bool due = !s.law_ran || now - *s.law_ran >= settings.period;
    const bool changed = !(intent == s.intent) || settings.law != s.law;
    const auto room_c = s.measurement.room_c();
    if (!room_c || !intent.heat) {
        s.law_demand = 0.0;
        s.hysteresis_heating = false;
        s.law_ran = now;
    } else if (due || changed) {
        const duration passed = s.law_ran ? now - *s.law_ran : duration::zero();
        if (settings.law != s.law) s.pi = {};
        if (settings.law == law::pi) {
            s.law_demand = pi_demand(s.pi, settings.pi, *room_c, intent.target_c, in.outdoor_c, passed);
        } else {
            s.hysteresis_heating = hysteresis_wants_heat(s.hysteresis_heating, settings.hysteresis, *room_c, intent.target_c);
            s.law_demand = s.hysteresis_heating ? 1.0 : 0.0;
        }
        s.law_ran = now;
    }
    s.intent = intent;
    s.law = settings.law;
}

reason explain(const safety_verdict& verdict, const actuator_step& driven) noexcept {
    if (!verdict.from_law) return verdict.why;
    if (driven.held == actuator_hold::min_on) return reason::min_on;
    if (driven.held == actuator_hold::min_off) return reason::min_off;
    return verdict.why;
}

}  // namespace

control_state control_state::just_started(monotonic now) noexcept {
    control_state s;
    s.measurement = measurement::just_started(now);
    s.actuator = actuator::just_started(now);
    s.safety.seen = now;
    return s;
}

control_step step(const control_settings& settings, control_state state, const readings& in, const control_intent& intent, monotonic now) noexcept {
    control_step out;
    if (in.room_sample_c) out.verdict = observe(state.measurement, settings.measurement, *in.room_sample_c, now);
    age(state.measurement, settings.measurement, now);
    run_law(settings, state, in, intent, now);

    const safety_input seen{.sensor = state.measurement.health,
                            .room_c = state.measurement.room_c(),
                            .outdoor_c = in.outdoor_c,
                            .heat = intent.heat,
                            .demand = state.law_demand,
                            .why = intent.why,
                            .relay_on = state.actuator.on};
    const auto verdict = judge(state.safety, settings.safety, seen, now);
    // Only hysteresis switches by itself; a duty from PI or from a safety rule needs cycles.
    const bool modulate = !(settings.law == law::hysteresis && verdict.from_law);
    const auto driven =
        drive(state.actuator, settings.actuator, {.demand = verdict.demand, .modulate = modulate, .emergency_off = verdict.emergency_off}, now);

    out.commands = {.heat = driven.on, .demand = verdict.demand, .why = explain(verdict, driven), .alarms = verdict.alarms};
    out.wake = std::min(driven.wake, *state.law_ran + settings.period);
    out.state = state;
    return out;
}

}  // namespace tepore::thermostat
