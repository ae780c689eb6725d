// Water in air: saturation, absolute humidity, dew point (Magnus formula, a = 17.62, b = 243.12 degC).
#pragma once

namespace tepore::thermostat {

/// Saturation pressure over water, hPa.
[[nodiscard]] double saturation_hpa(double temperature_c) noexcept;
/// Water vapour of saturated air, g/m3.
[[nodiscard]] double saturation_g_m3(double temperature_c) noexcept;
/// degC; relative humidity 0..1, above 0.
[[nodiscard]] double dew_point_c(double temperature_c, double relative_humidity) noexcept;
/// Relative humidity (0..1) at the coldest spot of an outer wall: surface = outdoor + f (room - outdoor), f = 0.7 for an ordinary wall.
[[nodiscard]] double wall_humidity(double room_c, double relative_humidity, double outdoor_c, double surface_factor = 0.7) noexcept;

}  // namespace tepore::thermostat
