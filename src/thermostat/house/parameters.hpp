// Three dwellings of 100 m2 and 250 m3, from quick to slow. The air, mass, emitter and sensor capacities and conductances are plausible, not
// measured.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tepore::thermostat {

enum class house_class : std::uint8_t { light, medium, heavy };

struct house_parameters {
    std::string_view name;
    double air_j_per_k;          // Ca
    double mass_j_per_k;         // Cm: walls, floors, furniture
    double emitter_j_per_k;      // Ch: convector, radiators with their water, heated slab
    double emitter_air_w_per_k;  // Hh
    double air_mass_w_per_k;     // Ham
    double air_out_w_per_k;      // Hve: ventilation, windows, light parts
    double mass_out_w_per_k;     // Hmo
    double window_w_per_k;       // Hwin: on top of Hve while a window stands open
    double heater_w;             // Pmax
    double sun_area_m2;          // Aw: glass that lets the sun in
    double sensor_lag_s;         // tau_s
};

inline constexpr std::array house_table{
    house_parameters{"light", 1.5e6, 11e6, 0.02e6, 100, 922, 100, 120, 300, 8000, 4, 360},    // electric convectors
    house_parameters{"medium", 1.5e6, 16.5e6, 0.25e6, 160, 922, 80, 100, 300, 8000, 4, 360},  // radiators, on/off boiler
    house_parameters{"heavy", 1.5e6, 26e6, 8e6, 800, 990, 50, 50, 300, 5000, 5, 360},         // underfloor heating
};

[[nodiscard]] constexpr const house_parameters& parameters_of(house_class c) noexcept {
    return house_table[static_cast<std::size_t>(c)];
}

[[nodiscard]] constexpr std::optional<house_class> house_class_named(std::string_view name) noexcept {
    for (std::size_t i = 0; i < house_table.size(); ++i) {
        if (house_table[i].name == name) return static_cast<house_class>(i);
    }
    return std::nullopt;
}

}  // namespace tepore::thermostat
