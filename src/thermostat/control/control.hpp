// One room's control as one pure function: (state, readings, intent, now) -> (state, commands, next wake).
//
//   sample -> measurement -> law (hysteresis, PI) -> safety -> actuator -> relay
//
// It knows degrees, minutes and safety; no topics, no sockets, no clock. The same inputs give the same outputs, always.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "thermostat/control/actuator.hpp"
#include "thermostat/control/law.hpp"
#include "thermostat/control/measurement.hpp"
#include "thermostat/control/reason.hpp"
#include "thermostat/control/safety.hpp"

namespace tepore::thermostat {

struct control_settings {
    thermostat::law law = law::pi;
    hysteresis_tuning hysteresis;
    pi_tuning pi;
    actuator_limits actuator;
    safety_limits safety;
    measurement_limits measurement;
    duration period = std::chrono::seconds(60);  // how often the law runs when nothing happens
};

/// What arrived since the last step.
struct readings {
    std::optional<double> room_sample_c;
    std::optional<double> outdoor_c;  // the present value, not only a new one
};

/// What is wanted now. heat = false: only frost protection heats (off, window open).
struct control_intent {
    bool heat = false;
    double target_c = 20.0;
    reason why = reason::off;
    bool operator==(const control_intent&) const = default;
};

struct control_state {
    thermostat::measurement measurement;
    pi_memory pi;
    bool hysteresis_heating = false;
    thermostat::actuator actuator;
    thermostat::safety safety;
    thermostat::law law = law::pi;
    double law_demand = 0.0;
    std::optional<monotonic> law_ran;
    control_intent intent;

    [[nodiscard]] static control_state just_started(monotonic now) noexcept;
};

struct commands {
    bool heat = false;    // the relay
    double demand = 0.0;  // 0..1, after safety
    reason why = reason::off;
    alarm_set alarms;
};

struct control_step {
    control_state state;
    thermostat::commands commands;
    monotonic wake = never;                             // call again by then, or when a sample or a new intent comes
    sample_verdict verdict = sample_verdict::accepted;  // of readings.room_sample_c, when there was one
};

[[nodiscard]] control_step step(const control_settings& settings, control_state state, const readings& in, const control_intent& intent,
                                monotonic now) noexcept;

}  // namespace tepore::thermostat
