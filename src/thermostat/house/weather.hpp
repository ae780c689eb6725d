// Weather and people of a simulated house: pure functions of a seed and civil time. The same seed and hour give the same weather on every machine.
#pragma once

#include <chrono>
#include <cstdint>

namespace tepore::thermostat {

enum class season : std::uint8_t {
    winter,  // the same winter weeks for ever: what the control benchmark is measured in
    annual,  // the year goes round; January is that winter
};

struct weather {
    double outdoor_c = 0.0;
    double sun_w_m2 = 0.0;
    double outdoor_humidity = 0.0;  // relative, 0..1
};

struct household {
    double heat_w = 0.0;
    double vapour_g_per_h = 0.0;
    bool window_open = false;
};

/// `seed` 0 with season::winter is the benchmark's weather; any other seed shifts its waves and draws other clouds.
[[nodiscard]] weather weather_at(std::uint64_t seed, thermostat::season season, std::chrono::local_seconds at) noexcept;
/// Two people with a job outside the house: what they give off, cook and air.
[[nodiscard]] household household_at(std::uint64_t seed, std::chrono::local_seconds at) noexcept;

/// A number in [0, 1) from an index: a 32-bit integer mix.
[[nodiscard]] double hashed(std::uint32_t index) noexcept;
/// A standard normal number from a seed and an index.
[[nodiscard]] double gaussian(std::uint64_t seed, std::uint64_t index) noexcept;

}  // namespace tepore::thermostat
