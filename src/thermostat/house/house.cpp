#include "thermostat/house/house.hpp"

#include <algorithm>
#include <cmath>

#include "thermostat/air/moist_air.hpp"

namespace tepore::thermostat {
namespace {

constexpr double step_s_max = 15.0;
constexpr double volume_m3 = 250.0;
constexpr double air_changes_per_h = 0.4;
constexpr double moisture_buffer = 4.0;
constexpr double air_heat_j_per_m3_k = 1206.0;  // density times specific heat

double seconds(duration d) noexcept {
    return std::chrono::duration<double>(d).count();
}

/// Rates of change, per second, in the shape of the state.
house_state rates(const house_parameters& p, const house_state& s, const house_drive& d) noexcept {
    const double emitter_w = p.emitter_air_w_per_k * (s.emitter_c - s.air_c);
    const double from_mass_w = p.air_mass_w_per_k * (s.mass_c - s.air_c);
    const double air_out = p.air_out_w_per_k + (d.window_open ? p.window_w_per_k : 0.0);
    const double sun_w = p.sun_area_m2 * d.sun_w_m2;
    // The air that an open window exchanges carries its water too.
    const double changes_per_h = air_changes_per_h + (d.window_open ? p.window_w_per_k * 3600.0 / (air_heat_j_per_m3_k * volume_m3) : 0.0);
    const double vapour_per_h = (d.vapour_g_per_h / volume_m3 - changes_per_h * (s.vapour_g_m3 - d.outdoor_vapour_g_m3)) / moisture_buffer;
    return {
        .air_c = (emitter_w + from_mass_w + air_out * (d.outdoor_c - s.air_c) + 0.7 * d.heat_w + 0.3 * sun_w) / p.air_j_per_k,
        .mass_c = (-from_mass_w + p.mass_out_w_per_k * (d.outdoor_c - s.mass_c) + 0.3 * d.heat_w + 0.7 * sun_w) / p.mass_j_per_k,
        .emitter_c = (d.heater * p.heater_w - emitter_w) / p.emitter_j_per_k,
        .sensor_c = (s.air_c - s.sensor_c) / p.sensor_lag_s,
        .vapour_g_m3 = vapour_per_h / 3600.0,
    };
}

house_state moved(const house_state& s, const house_state& rate, double dt_s) noexcept {
    return {s.air_c + rate.air_c * dt_s, s.mass_c + rate.mass_c * dt_s, s.emitter_c + rate.emitter_c * dt_s, s.sensor_c + rate.sensor_c * dt_s,
            s.vapour_g_m3 + rate.vapour_g_m3 * dt_s};
}

house_state runge_kutta(const house_parameters& p, const house_state& s, const house_drive& d, double dt_s) noexcept {
    const auto k1 = rates(p, s, d);
    const auto k2 = rates(p, moved(s, k1, dt_s / 2), d);
    const auto k3 = rates(p, moved(s, k2, dt_s / 2), d);
    const auto k4 = rates(p, moved(s, k3, dt_s), d);
    auto next = moved(s, k1, dt_s / 6);
    next = moved(next, k2, dt_s / 3);
    next = moved(next, k3, dt_s / 3);
    return moved(next, k4, dt_s / 6);
}

std::uint64_t index_of(std::chrono::local_seconds at) noexcept {
    return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

}  // namespace

house_state advance(const house_parameters& p, const house_state& s, const house_drive& drive, duration passed) noexcept {
    auto state = s;
    const double total_s = seconds(passed);
    const auto steps = static_cast<std::int64_t>(std::ceil(total_s / step_s_max));
    for (std::int64_t i = 0; i < steps; ++i) {
        state = runge_kutta(p, state, drive, total_s / static_cast<double>(steps));
        state.vapour_g_m3 = std::clamp(state.vapour_g_m3, 0.0, saturation_g_m3(state.air_c));  // the rest condenses on the panes
    }
    return state;
}

double stored_j(const house_parameters& p, const house_state& s) noexcept {
    return p.air_j_per_k * s.air_c + p.mass_j_per_k * s.mass_c + p.emitter_j_per_k * s.emitter_c;
}

double net_inflow_w(const house_parameters& p, const house_state& s, const house_drive& d) noexcept {
    const double air_out = p.air_out_w_per_k + (d.window_open ? p.window_w_per_k : 0.0);
    return d.heater * p.heater_w + d.heat_w + p.sun_area_m2 * d.sun_w_m2 - air_out * (s.air_c - d.outdoor_c) -
           p.mass_out_w_per_k * (s.mass_c - d.outdoor_c);
}

simulated_house::simulated_house(house_class c, std::uint64_t seed, thermostat::season season, house_state initial) noexcept
    : parameters_(&parameters_of(c)), seed_(seed), season_(season), state_(initial) {}

void simulated_house::run(std::chrono::local_seconds from, duration passed, double heater) noexcept {
    using namespace std::chrono_literals;
    auto at = std::chrono::local_time<duration>(from);
    const auto end = at + passed;
    while (at < end) {
        const auto minute = std::chrono::floor<std::chrono::minutes>(at);
        const auto until = std::min(end, std::chrono::local_time<duration>(minute + 1min));
        const auto outside = weather_at(seed_, season_, minute);
        const auto inside = household_at(seed_, minute);
        const house_drive drive{.heater = heater,
                                .window_open = inside.window_open,
                                .outdoor_c = outside.outdoor_c,
                                .sun_w_m2 = outside.sun_w_m2,
                                .heat_w = inside.heat_w,
                                .vapour_g_per_h = inside.vapour_g_per_h,
                                .outdoor_vapour_g_m3 = outside.outdoor_humidity * saturation_g_m3(outside.outdoor_c)};
        state_ = advance(*parameters_, state_, drive, until - at);
        at = until;
    }
}

double simulated_house::temperature_sample_c(std::chrono::local_seconds at) const noexcept {
    return std::round((state_.sensor_c + 0.03 * gaussian(seed_, index_of(at))) * 10.0) / 10.0;
}

double simulated_house::humidity_sample(std::chrono::local_seconds at) const noexcept {
    const double percent = 100.0 * state_.vapour_g_m3 / saturation_g_m3(state_.air_c) + 0.5 * gaussian(seed_ + 1, index_of(at));
    return std::clamp(std::round(percent), 1.0, 100.0);
}

double simulated_house::outdoor_sample_c(std::chrono::local_seconds at) const noexcept {
    const double exact = weather_at(seed_, season_, at).outdoor_c;
    return std::round((exact + 0.03 * gaussian(seed_ + 2, index_of(at))) * 10.0) / 10.0;
}

}  // namespace tepore::thermostat
