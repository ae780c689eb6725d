#include "thermostat/zone/zone.hpp"

#include <fmt/core.h>
#include <algorithm>
#include <cmath>

#include "thermostat/air/moist_air.hpp"

namespace tepore::thermostat {
namespace {

constexpr preheat_limits preheat_rules;
constexpr double joules_per_kwh = 3.6e6;
constexpr std::chrono::minutes boost_max{1440};
constexpr double mould_medium = 0.70;  // relative humidity at the wall, daily mean
constexpr double mould_high = 0.80;

double seconds(duration d) noexcept {
    return std::chrono::duration<double>(d).count();
}

std::unexpected<refusal> refuse(refusal_code code, std::string message) {
    return std::unexpected(refusal{code, std::move(message)});
}

std::unexpected<refusal> outside(const char* what, double value, double min, double max) {
    const bool above = value > max;
    return std::unexpected(
        refusal{refusal_code::out_of_range,
                fmt::format("{}{:g} is {} {:g}", what, value, above ? "above the maximum" : "below the minimum", above ? max : min), min, max});
}

const char* in_words(sample_verdict v) noexcept {
    switch (v) {
        case sample_verdict::accepted: return "accepted";
        case sample_verdict::not_finite: return "not a finite number";
        case sample_verdict::out_of_range: return "outside what a room sensor can measure";
        case sample_verdict::jump: return "too far from the last sample; believed when three in a row agree";
    }
    return "";
}

}  // namespace

zone::zone(const zone_settings& defaults, sensor_source source, const zone_memory& memory, instant now)
    : defaults_(defaults),
      source_(source),
      wishes_(memory.wishes),
      settings_(memory.settings),
      tuning_(control_settings_of(memory.settings)),
      schedule_(memory.schedule),
      control_(control_state::just_started(now.steady)),
      energy_kwh_(memory.energy_kwh),
      relay_starts_(memory.relay_starts),
      relay_changed_(memory.relay_changed),
      counted_until_(now.steady) {
    control_.safety.mean_duty = memory.mean_duty;
    control_.safety.mean_over = memory.mean_over;
    control_.pi.integral = memory.pi_integral;
    control_.law = settings_.controller;
    preheat_.slope_k_per_h = memory.slope_k_per_h;
    wall_humidity_at_ = now.steady;
    run_control(std::nullopt, now);
}

std::expected<void, refusal> zone::apply(const intent& wish, instant now) {
    count(now);
    expire(wishes_, now.wall);
    const auto answer = std::visit([&](const auto& w) { return grant(w, now); }, wish);
    if (answer) run_control(std::nullopt, now);
    return answer;
}

void zone::step(const zone_inputs& in, instant now) {
    count(now);
    outdoor_c_ = in.outdoor_c;
    if (in.humidity_sample) {
        humidity_ = *in.humidity_sample;
        humidity_at_ = now.steady;
    }
    run_control(in.room_sample_c, now);
}

/// The relay stood still since the last count; what that cost is known.
void zone::count(instant now) {
    if (now.steady <= counted_until_) return;
    if (heating()) energy_kwh_ += seconds(now.steady - counted_until_) * settings_.heater_w / joules_per_kwh;
    counted_until_ = now.steady;
}

target zone::target_now(instant now) {
    expire(wishes_, now.wall);
    auto t = resolve(wishes_, settings_, schedule_, wishes_.window == window_report::open, now.wall);
    consider_preheat(t, now);
    return t;
}

void zone::consider_preheat(target& t, instant now) {
    status_.next_start = t.next ? t.next->at : wall_time{};
    const auto room_c = control_.measurement.room_c();
    const bool possible = t.heat && t.why == reason::schedule && t.next && schedule_.preheat && room_c;
    const double next_c = t.next ? temperature_c(t.next->target, settings_) : 0.0;
    if (!possible || next_c <= t.setpoint_c) {
        preheating_for_.reset();
        return;
    }
    status_.next_start = t.next->at - std::chrono::duration_cast<wall_time::duration>(lead(preheat_, preheat_rules, next_c, *room_c));
    // Once begun it goes on until the point: the lead shrinks as the room warms up.
    if (preheating_for_ != t.next->at && now.wall < status_.next_start) {
        preheating_for_.reset();
        t.changes_at = std::min(*t.changes_at, status_.next_start);
        return;
    }
    preheating_for_ = t.next->at;
    status_.next_start = std::min(status_.next_start, now.wall);
    t.setpoint_c = next_c;
    if (const auto* named = std::get_if<preset>(&t.next->target)) t.preset = *named;
    t.why = reason::preheat;
}

void zone::run_control(const std::optional<double>& sample_c, instant now) {
    const auto t = target_now(now);
    const bool was_on = heating();
    auto done = thermostat::step(tuning_, control_, {.room_sample_c = sample_c, .outdoor_c = outdoor_c_},
                                 {.heat = t.heat, .target_c = t.setpoint_c, .why = t.why}, now.steady);
    control_ = done.state;
    last_verdict_ = done.verdict;
    if (heating() != was_on) {
        relay_changed_ = now.wall;
        if (heating()) ++relay_starts_;
    }
    learn_slope(t, now);
    refresh_status(t, done.commands, now);
    wake_ = done.wake;
    if (t.changes_at) wake_ = std::min(wake_, now.steady + std::max(duration::zero(), duration(*t.changes_at - now.wall)));
}

void zone::learn_slope(const target& t, instant now) {
    const auto room_c = control_.measurement.room_c();
    if (t.heat && room_c) {
        learn(preheat_, preheat_rules, t.setpoint_c, *room_c, now.steady);
    } else {
        forget(preheat_);
    }
}

void zone::refresh_status(const target& t, const commands& done, instant now) {
    status_.temperature_c = control_.measurement.room_c();
    status_.setpoint_c = t.setpoint_c;
    status_.mode = wishes_.mode;
    status_.preset = t.preset;
    status_.action = heating() ? action::heating : wishes_.mode == mode::off ? action::off : action::idle;
    status_.demand = done.demand;
    status_.why = done.why;
    status_.sensor = control_.measurement.health;
    status_.window_open = wishes_.window == window_report::open;
    status_.energy_kwh = energy_kwh_;
    status_.hold = t.hold;
    status_.hold_until = t.hold_until;
    status_.next = t.next;
    status_.next_setpoint_c = t.next ? temperature_c(t.next->target, settings_) : 0.0;
    status_.alarms = done.alarms;
    refresh_air(now);
}

void zone::refresh_air(instant now) {
    const bool humidity_known = humidity_ && now.steady - humidity_at_ < tuning_.measurement.stale_after;
    status_.humidity = humidity_known ? humidity_ : std::nullopt;
    status_.dewpoint_c.reset();
    status_.mould.reset();
    if (!humidity_known || !status_.temperature_c) return;
    status_.dewpoint_c = dew_point_c(*status_.temperature_c, *humidity_ / 100.0);
    if (!outdoor_c_) return;

    const double at_wall = wall_humidity(*status_.temperature_c, *humidity_ / 100.0, *outdoor_c_);
    const double passed_s = seconds(now.steady - wall_humidity_at_);
    constexpr double day_s = 86'400.0;
    if (!wall_humidity_mean_) wall_humidity_mean_ = at_wall;
    *wall_humidity_mean_ += (at_wall - *wall_humidity_mean_) * (1.0 - std::exp(-passed_s / day_s));
    wall_humidity_at_ = now.steady;
    status_.mould = *wall_humidity_mean_ >= mould_high     ? mould_risk::high
                    : *wall_humidity_mean_ >= mould_medium ? mould_risk::medium
                                                           : mould_risk::low;
}

zone_memory zone::memory() const {
    return {.wishes = wishes_,
            .settings = settings_,
            .schedule = schedule_,
            .energy_kwh = energy_kwh_,
            .relay_starts = relay_starts_,
            .relay_changed = relay_changed_,
            .mean_duty = control_.safety.mean_duty,
            .mean_over = control_.safety.mean_over,
            .pi_integral = control_.pi.integral,
            .slope_k_per_h = preheat_.slope_k_per_h};
}

// --- The wishes -------------------------------------------------------------------------------------------------------------------------------

/// Something was chosen by hand: boost and a holiday that has begun are over; in auto it holds until the next point of the schedule. Away stays.
void zone::choose_by_hand(preset p, instant now) {
    wishes_.preset = p;
    wishes_.boost_until.reset();
    if (wishes_.holiday && now.wall >= wishes_.holiday->from) wishes_.holiday.reset();
    if (wishes_.mode != mode::automatic) return;
    if (p == preset::away) {
        wishes_.hold = hold_kind::permanent;
    } else {
        wishes_.hold = hold_kind::until;
        wishes_.hold_until = next_point(schedule_, now.wall).at;
    }
}

zone::granted zone::grant(const set_setpoint& wish, instant now) {
    const double base_c = wish.relative ? target_now(now).setpoint_c : 0.0;
    const double asked_c = base_c + wish.value;
    if (!std::isfinite(asked_c)) return refuse(refusal_code::not_a_number, "not a finite number");
    if (asked_c < settings_.min_c || asked_c > settings_.max_c) return outside("", asked_c, settings_.min_c, settings_.max_c);
    wishes_.setpoint_c = std::clamp(std::round(asked_c / settings_.step_k) * settings_.step_k, settings_.min_c, settings_.max_c);
    choose_by_hand(preset::none, now);
    return {};
}

zone::granted zone::grant(const set_mode& wish, instant now) {
    if (wish.mode == mode::cool) return refuse(refusal_code::unsupported, "this thermostat only heats; modes are off, heat and auto");
    if (wish.mode == wishes_.mode) return {};
    const auto before = target_now(now);
    if (wishes_.mode == mode::automatic && wish.mode == mode::heat && wishes_.hold == hold_kind::none) {
        wishes_.setpoint_c = before.setpoint_c;  // leaving the schedule must not move the target
        wishes_.preset = preset::none;
    }
    wishes_.boost_until.reset();
    wishes_.hold = hold_kind::none;
    if (wish.mode == mode::automatic) wishes_.preset = preset::none;
    wishes_.mode = wish.mode;
    return {};
}

zone::granted zone::grant(const set_preset& wish, instant now) {
    if (wish.preset == preset::boost) return grant(set_boost{std::chrono::minutes(std::lround(settings_.boost_min))}, now);
    choose_by_hand(wish.preset, now);
    if (wish.preset == preset::none) wishes_.hold = hold_kind::none;  // back to the schedule
    return {};
}

zone::granted zone::grant(const set_boost& wish, instant now) {
    if (!wish.length) {
        wishes_.boost_until.reset();
        return {};
    }
    if (*wish.length < std::chrono::minutes(1) || *wish.length > boost_max) {
        return outside("", static_cast<double>(wish.length->count()), 1.0, static_cast<double>(boost_max.count()));
    }
    if (wishes_.mode == mode::off) return refuse(refusal_code::unsupported, "the mode is off; boost needs heat or auto");
    wishes_.boost_until = now.wall + *wish.length;
    return {};
}

zone::granted zone::grant(const set_hold& wish, instant now) {
    if (wishes_.mode != mode::automatic) {
        return refuse(refusal_code::unsupported, "hold is for mode auto; in heat the set point holds until it is changed");
    }
    if (wish.how == set_hold::end::off) {
        wishes_.hold = hold_kind::none;
        wishes_.preset = preset::none;
        return {};
    }
    const auto until = wish.how == set_hold::end::next ? next_point(schedule_, now.wall).at : wish.length ? now.wall + *wish.length : wish.until;
    if (wish.how != set_hold::end::permanent && until <= now.wall) return refuse(refusal_code::out_of_range, "that time is past");
    if (wishes_.hold == hold_kind::none) {  // hold what is in force now
        wishes_.setpoint_c = target_now(now).setpoint_c;
        wishes_.preset = preset::none;
    }
    wishes_.hold = wish.how == set_hold::end::permanent ? hold_kind::permanent : hold_kind::until;
    wishes_.hold_until = until;
    return {};
}

zone::granted zone::grant(const set_away& wish, instant now) {
    if (wish.away) {
        choose_by_hand(preset::away, now);
        return {};
    }
    wishes_.holiday.reset();
    if (wishes_.preset == preset::away) {
        wishes_.preset = preset::none;
        wishes_.hold = hold_kind::none;
    }
    return {};
}

zone::granted zone::grant(const set_holiday& wish, instant now) {
    const auto from = wish.from.value_or(now.wall);
    const double setpoint_c = wish.setpoint_c.value_or(preset_c(settings_, preset::away));
    if (wish.to <= now.wall) return refuse(refusal_code::out_of_range, "the end of the holiday is past");
    if (wish.to <= from) return refuse(refusal_code::out_of_range, "the holiday ends before it begins");
    if (!(setpoint_c >= settings_.min_c && setpoint_c <= settings_.max_c)) return outside("setpoint ", setpoint_c, settings_.min_c, settings_.max_c);
    wishes_.holiday = holiday{from, wish.to, setpoint_c};
    return {};
}

zone::granted zone::grant(const set_schedule& wish, instant) {
    bool any = false;
    for (const auto& day : wish.week.days) {
        for (const auto& point : day) {
            any = true;
            const auto* number = std::get_if<double>(&point.target);
            if (number != nullptr && !(*number >= settings_.min_c && *number <= settings_.max_c)) {
                return refuse(refusal_code::bad_schedule,
                              fmt::format("{:g} is outside min {:g} .. max {:g}", *number, settings_.min_c, settings_.max_c));
            }
        }
    }
    if (!any) return refuse(refusal_code::bad_schedule, "a week without a point has no target");
    schedule_ = wish.week;
    return {};
}

zone::granted zone::grant(const set_window& wish, instant) {
    wishes_.window = wish.report;
    return {};
}

zone::granted zone::grant(const feed_temperature& wish, instant now) {
    if (source_ != sensor_source::mqtt) return refuse(refusal_code::not_configured, "this room has its own temperature sensor");
    if (!(wish.celsius >= tuning_.measurement.min_c && wish.celsius < tuning_.measurement.max_c)) {
        run_control(wish.celsius, now);  // a sensor that says such things is watched
        return outside("", wish.celsius, tuning_.measurement.min_c, tuning_.measurement.max_c);
    }
    run_control(wish.celsius, now);
    if (last_verdict_ != sample_verdict::accepted) return refuse(refusal_code::out_of_range, in_words(last_verdict_));
    return {};
}

zone::granted zone::grant(const feed_humidity& wish, instant now) {
    if (source_ != sensor_source::mqtt) return refuse(refusal_code::not_configured, "this room has its own humidity sensor");
    if (!(wish.percent >= 0.0 && wish.percent <= 100.0)) return outside("", wish.percent, 0.0, 100.0);
    humidity_ = wish.percent;
    humidity_at_ = now.steady;
    return {};
}

zone::granted zone::grant(const change_settings& wish, instant) {
    auto next = changed(settings_, defaults_, wish.changes);
    if (!next) return std::unexpected(next.error());
    settings_ = *next;
    tuning_ = control_settings_of(settings_);
    return {};
}

}  // namespace tepore::thermostat
