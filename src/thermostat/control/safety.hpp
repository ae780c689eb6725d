// Safety around whatever the control law says. The rules are a table, first that applies wins:
//
//   over_temperature  warmer than the limit            off at once
//   frost             colder than 5, until 7 degC      full demand, in every mode
//   blind_frost       no sensor and < 3 degC outside   a floor, in every mode
//   blind             no sensor, heat wanted           what kept the house alive so far, and never much of it
//   no_response       24 h of full demand, no rise     the same
//   (none)                                             the law's demand
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "thermostat/control/measurement.hpp"
#include "thermostat/control/reason.hpp"

namespace tepore::thermostat {

struct safety_limits {
    double frost_on_c = 5.0;
    double frost_off_c = 7.0;
    double over_temperature_c = 30.5;
    double over_temperature_release_k = 0.5;
    double blind_frost_outdoor_c = 3.0;
    double blind_frost_duty = 0.15;
    double blind_duty_max = 0.3;
    double blind_duty_unknown = 0.1;  // neither a history nor an outdoor temperature
    double full_demand = 0.95;
    double response_k = 0.3;
    duration no_response_after = std::chrono::hours(6);
    duration max_on = std::chrono::hours(24);
    double ke = 0.0;  // 1/K, as pi_tuning::ke: how much demand a degree outside costs; 0: unknown
};

struct safety {
    bool frost = false;
    bool over_temperature = false;
    std::optional<monotonic> full_since;  // demand has been full without a rise of response_k
    double full_room_c = 0.0;             // the coldest since then
    double mean_duty = 0.0;               // of the relay, exponential over a day
    duration mean_over{};                 // how much time it stands for, a day at most
    monotonic seen{};
};

struct safety_input {
    sensor_health sensor = sensor_health::missing;
    std::optional<double> room_c;  // none while the sensor is not ok
    std::optional<double> outdoor_c;
    bool heat = false;         // false: off, window open; only frost protection heats
    double demand = 0.0;       // the law's
    reason why = reason::off;  // the law's
    bool relay_on = false;     // since the last call
};

struct safety_verdict {
    double demand = 0.0;
    reason why = reason::off;
    bool emergency_off = false;
    bool from_law = false;  // the demand is the law's own
    alarm_set alarms;
};

[[nodiscard]] safety_verdict judge(safety& s, const safety_limits& limits, const safety_input& in, monotonic now) noexcept;

}  // namespace tepore::thermostat
