#include "thermostat/air/moist_air.hpp"

#include <algorithm>
#include <cmath>

namespace tepore::thermostat {
namespace {

constexpr double magnus_a = 17.62;
constexpr double magnus_b_c = 243.12;
constexpr double vapour_gas_constant = 461.5;  // J/(kg K)
constexpr double zero_c_in_k = 273.15;

}  // namespace

double saturation_hpa(double t) noexcept {
    return 6.112 * std::exp(magnus_a * t / (magnus_b_c + t));
}

double saturation_g_m3(double t) noexcept {
    constexpr double pa_per_hpa = 100.0;
    constexpr double g_per_kg = 1000.0;
    return saturation_hpa(t) * pa_per_hpa * g_per_kg / (vapour_gas_constant * (t + zero_c_in_k));
}

double dew_point_c(double t, double relative_humidity) noexcept {
    const double g = std::log(std::max(relative_humidity, 1e-3)) + magnus_a * t / (magnus_b_c + t);
    return magnus_b_c * g / (magnus_a - g);
}

double wall_humidity(double room_c, double relative_humidity, double outdoor_c, double surface_factor) noexcept {
    const double surface_c = outdoor_c + surface_factor * (room_c - outdoor_c);
    return relative_humidity * saturation_hpa(room_c) / saturation_hpa(surface_c);
}

}  // namespace tepore::thermostat
