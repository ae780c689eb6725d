#include "thermostat/link/home.hpp"

#include <algorithm>

namespace tepore::thermostat {

home::home(time_zone civil, std::vector<room_setup> rooms, instant now)
    : civil_(std::move(civil)), now_(now), next_sample_(now.steady + sample_every) {
    rooms_.reserve(rooms.size());
    for (auto& r : rooms) rooms_.push_back({r.id, r.name, zone(r.defaults, r.source, r.memory, now), r.house});
    sample();
}

void home::live_until(instant now) {
    // The world's clock may be set while we run; ours follows, the steady one decides how much time passed.
    now_.wall = now.wall - std::chrono::duration_cast<wall_time::duration>(now.steady - now_.steady);
    const auto end = std::min(now.steady, now_.steady + catch_up_max);
    while (now_.steady < end) {
        auto next = std::min(end, next_sample_);
        for (const auto& r : rooms_) next = std::min(next, std::max(r.zone.next_wake(), now_.steady + std::chrono::seconds(1)));
        const auto passed = next - now_.steady;
        for (auto& r : rooms_) r.house.run(local(), passed, r.zone.heating() ? 1.0 : 0.0);
        now_ = {next, now_.wall + std::chrono::duration_cast<wall_time::duration>(passed)};
        if (now_.steady >= next_sample_) {
            next_sample_ = now_.steady + sample_every;
            sample();
        }
        for (auto& r : rooms_) {
            if (r.zone.next_wake() <= now_.steady) r.zone.step({.outdoor_c = outdoor_c()}, now_);
        }
    }
}

void home::sample() {
    const auto at = local();
    if (measures_outdoors()) feed_outdoor(rooms_.front().house.outdoor_sample_c(at));
    for (auto& r : rooms_) {
        zone_inputs in{.outdoor_c = outdoor_c()};
        if (r.zone.source() == sensor_source::own) {
            in.room_sample_c = r.house.temperature_sample_c(at);
            in.humidity_sample = r.house.humidity_sample(at);
        }
        r.zone.step(in, now_);
    }
}

void home::feed_outdoor(double celsius) noexcept {
    outdoor_c_ = celsius;
    outdoor_at_ = now_.steady;
}

std::optional<double> home::outdoor_c() const noexcept {
    return outdoor_c_ && now_.steady - outdoor_at_ < outdoor_stale_after ? outdoor_c_ : std::nullopt;
}

bool home::measures_outdoors() const noexcept {
    return !rooms_.empty() && rooms_.front().zone.source() == sensor_source::own;
}

}  // namespace tepore::thermostat
