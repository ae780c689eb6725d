// One room: what people want of it, its sensor, its control and its heater, and the counters. Pure: time comes in, the relay's position goes out.
//
// Threads: none of its own; one caller at a time. Two clocks, moving together: steady for control, wall for what people see.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "thermostat/control/control.hpp"
#include "thermostat/schedule/week.hpp"
#include "thermostat/zone/intent.hpp"
#include "thermostat/zone/preheat.hpp"
#include "thermostat/zone/refusal.hpp"
#include "thermostat/zone/settings.hpp"
#include "thermostat/zone/target.hpp"

namespace tepore::thermostat {

struct instant {
    monotonic steady;
    wall_time wall;
};

enum class sensor_source : std::uint8_t {
    own,   // samples come with step()
    mqtt,  // samples come as intents
};

/// Everything about a room that a restart must not lose.
struct zone_memory {
    thermostat::wishes wishes;
    zone_settings settings;
    weekly_schedule schedule;
    double energy_kwh = 0.0;
    std::uint64_t relay_starts = 0;
    wall_time relay_changed{};
    double mean_duty = 0.0;
    duration mean_over{};
    double pi_integral = 0.0;
    double slope_k_per_h = 2.0;
};

struct zone_inputs {
    std::optional<double> room_sample_c;    // arrived now
    std::optional<double> humidity_sample;  // arrived now, %
    std::optional<double> outdoor_c;        // the present value, however old the caller lets it be
};

enum class action : std::uint8_t { off, idle, heating };
enum class mould_risk : std::uint8_t { low, medium, high };

struct zone_status {
    std::optional<double> temperature_c;
    std::optional<double> humidity;  // %
    double setpoint_c = 0.0;
    thermostat::mode mode = mode::off;
    thermostat::preset preset = preset::none;
    thermostat::action action = action::off;
    double demand = 0.0;  // 0..1
    reason why = reason::off;
    sensor_health sensor = sensor_health::missing;
    bool window_open = false;
    std::optional<double> dewpoint_c;
    std::optional<mould_risk> mould;
    double energy_kwh = 0.0;
    hold_kind hold = hold_kind::none;
    wall_time hold_until{};
    std::optional<schedule_event> next;
    double next_setpoint_c = 0.0;
    wall_time next_start{};  // when heating for it begins, as expected now
    alarm_set alarms;
};

class zone {
public:
    /// `defaults`: what a null in a settings change returns to. The minimum off time begins now.
    zone(const zone_settings& defaults, sensor_source source, const zone_memory& memory, instant now);

    /// Grants the wish or says why not (nothing is changed then). The control reacts at once; the relay may follow later (min on, min off).
    [[nodiscard]] std::expected<void, refusal> apply(const intent& wish, instant now);
    /// Something arrived, or next_wake() has come.
    void step(const zone_inputs& in, instant now);

    [[nodiscard]] bool heating() const noexcept { return control_.actuator.on; }
    [[nodiscard]] monotonic next_wake() const noexcept { return wake_; }
    [[nodiscard]] const zone_status& status() const noexcept { return status_; }
    [[nodiscard]] const zone_settings& settings() const noexcept { return settings_; }
    [[nodiscard]] const weekly_schedule& schedule() const noexcept { return schedule_; }
    [[nodiscard]] const thermostat::wishes& wishes() const noexcept { return wishes_; }
    [[nodiscard]] sensor_source source() const noexcept { return source_; }
    [[nodiscard]] const zone_settings& defaults() const noexcept { return defaults_; }
    [[nodiscard]] std::uint64_t relay_starts() const noexcept { return relay_starts_; }
    [[nodiscard]] zone_memory memory() const;

private:
    using granted = std::expected<void, refusal>;
    granted grant(const set_setpoint& wish, instant now);
    granted grant(const set_mode& wish, instant now);
    granted grant(const set_preset& wish, instant now);
    granted grant(const set_boost& wish, instant now);
    granted grant(const set_hold& wish, instant now);
    granted grant(const set_away& wish, instant now);
    granted grant(const set_holiday& wish, instant now);
    granted grant(const set_schedule& wish, instant now);
    granted grant(const set_window& wish, instant now);
    granted grant(const feed_temperature& wish, instant now);
    granted grant(const feed_humidity& wish, instant now);
    granted grant(const change_settings& wish, instant now);

    void choose_by_hand(preset p, instant now);
    void count(instant now);
    [[nodiscard]] target target_now(instant now);
    void consider_preheat(target& t, instant now);
    void run_control(const std::optional<double>& sample_c, instant now);
    void learn_slope(const target& t, instant now);
    void refresh_status(const target& t, const commands& done, instant now);
    void refresh_air(instant now);

    zone_settings defaults_;
    sensor_source source_;
    thermostat::wishes wishes_;
    zone_settings settings_;
    control_settings tuning_;
    weekly_schedule schedule_;
    control_state control_;
    preheat preheat_;
    std::optional<wall_time> preheating_for_;
    std::optional<double> outdoor_c_;
    std::optional<double> humidity_;
    monotonic humidity_at_{};
    std::optional<double> wall_humidity_mean_;  // exponential over a day
    monotonic wall_humidity_at_{};
    double energy_kwh_;
    std::uint64_t relay_starts_;
    wall_time relay_changed_;
    monotonic counted_until_;
    monotonic wake_ = never;
    sample_verdict last_verdict_ = sample_verdict::accepted;
    zone_status status_;
};

}  // namespace tepore::thermostat
