// A simulated dwelling: four thermal states and the water in its air.
//
//   Ca dTa/dt = Hh (Th-Ta) + Ham (Tm-Ta) + (Hve + w Hwin)(To-Ta) + 0.7 Q + 0.3 Aw S      air
//   Cm dTm/dt = Ham (Ta-Tm) + Hmo (To-Tm) + 0.3 Q + 0.7 Aw S                             mass
//   Ch dTh/dt = u Pmax - Hh (Th-Ta)                                                      emitter
//   tau dTs/dt = Ta - Ts                                                                 sensor
//   V b dv/dt = G - V n (v - vo),  v at most saturated                                   water vapour, g/m3
//
// Q people and appliances (W), S sun (W/m2), w window, u heater, G vapour from people and cooking (g/h), n air changes an hour, vo outdoor vapour,
// b = 4 how much more water walls and textiles take up and give back than the air alone. Integrated with fourth-order Runge-Kutta steps of at most
// 15 s, a thirteenth of the fastest time constant (the light house's emitter, 200 s).
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.hpp"
#include "thermostat/house/parameters.hpp"
#include "thermostat/house/weather.hpp"

namespace tepore::thermostat {

struct house_state {
    double air_c = 19.0;
    double mass_c = 18.5;
    double emitter_c = 22.0;
    double sensor_c = 19.0;
    double vapour_g_m3 = 7.0;
    bool operator==(const house_state&) const = default;
};

/// What acts on the house during a step.
struct house_drive {
    double heater = 0.0;  // u, 0..1
    bool window_open = false;
    double outdoor_c = 0.0;
    double sun_w_m2 = 0.0;
    double heat_w = 0.0;
    double vapour_g_per_h = 0.0;
    double outdoor_vapour_g_m3 = 4.0;
};

/// The state after `passed`, the drive being constant.
[[nodiscard]] house_state advance(const house_parameters& p, const house_state& s, const house_drive& drive, duration passed) noexcept;

/// Energy in the house relative to 0 degC (air, mass, emitter), J; and what flows in less what flows out, W. For the balance test and the curious.
[[nodiscard]] double stored_j(const house_parameters& p, const house_state& s) noexcept;
[[nodiscard]] double net_inflow_w(const house_parameters& p, const house_state& s, const house_drive& drive) noexcept;

/// A house with its weather, its people and its sensor.
class simulated_house {
public:
    simulated_house(house_class c, std::uint64_t seed, thermostat::season season, house_state initial = {}) noexcept;

    /// From civil time `from` on, `passed` with the heater at `heater`. Weather and people change each minute.
    void run(std::chrono::local_seconds from, duration passed, double heater) noexcept;

    /// What the wall sensor says at `at`: lag, noise of 0.03 K, rounded to 0.1 degC. The same instant reads the same.
    [[nodiscard]] double temperature_sample_c(std::chrono::local_seconds at) const noexcept;
    /// Noise of 0.5 %, rounded to 1 %.
    [[nodiscard]] double humidity_sample(std::chrono::local_seconds at) const noexcept;
    [[nodiscard]] double outdoor_sample_c(std::chrono::local_seconds at) const noexcept;

    [[nodiscard]] const house_state& state() const noexcept { return state_; }
    [[nodiscard]] const house_parameters& parameters() const noexcept { return *parameters_; }

private:
    const house_parameters* parameters_;
    std::uint64_t seed_;
    season season_;
    house_state state_;
};

}  // namespace tepore::thermostat
