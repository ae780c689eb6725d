// The rooms of a home moved through time: each zone with its simulated house (if it has one) and the outdoor temperature they share.
// Pure; the thermostat's own time is an argument and may run faster than the world's.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "thermostat/house/house.hpp"
#include "thermostat/schedule/time_zone.hpp"
#include "thermostat/zone/zone.hpp"

namespace tepore::thermostat {

struct room_setup {
    std::string id;  // empty for the first
    std::string name;
    zone_settings defaults;
    sensor_source source = sensor_source::own;
    zone_memory memory;
    simulated_house house;  // its heater is the zone's relay; its sensors are read when source is own
};

struct room {
    std::string id;
    std::string name;
    thermostat::zone zone;
    simulated_house house;
};

class home {
public:
    home(time_zone civil, std::vector<room_setup> rooms, instant now);

    /// Lives until `now`: houses, sensors, control. At most catch_up_max of it in one call; the rest is left to the next.
    void live_until(instant now);
    /// An outdoor temperature from elsewhere; forgotten after outdoor_stale_after. Only for homes whose first sensor is mqtt.
    void feed_outdoor(double celsius) noexcept;

    [[nodiscard]] instant now() const noexcept { return now_; }
    [[nodiscard]] std::vector<room>& rooms() noexcept { return rooms_; }
    [[nodiscard]] const std::vector<room>& rooms() const noexcept { return rooms_; }
    [[nodiscard]] std::optional<double> outdoor_c() const noexcept;
    [[nodiscard]] const time_zone& civil() const noexcept { return civil_; }
    [[nodiscard]] bool measures_outdoors() const noexcept;

    static constexpr duration sample_every = std::chrono::minutes(1);
    static constexpr duration catch_up_max = std::chrono::hours(48);
    static constexpr duration outdoor_stale_after = std::chrono::hours(3);

private:
    void sample();
    [[nodiscard]] std::chrono::local_seconds local() const { return civil_.to_local(now_.wall); }

    time_zone civil_;
    std::vector<room> rooms_;
    instant now_;
    monotonic next_sample_;
    std::optional<double> outdoor_c_;
    monotonic outdoor_at_{};
};

}  // namespace tepore::thermostat
