#include "thermostat/contract/iso_time.hpp"

#include <fmt/core.h>
#include <chrono>

namespace tepore::thermostat {
namespace {

using namespace std::chrono;

std::string print_fields(local_seconds at) {
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss clock(at - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

/// Reads from the front of a text; after the first mismatch it only says so.
class reader {
public:
    explicit reader(std::string_view text) noexcept : rest_(text) {}
    [[nodiscard]] int digits(std::size_t count) noexcept {
        int value = 0;
        if (rest_.size() < count) ok_ = false;
        for (std::size_t i = 0; ok_ && i < count; ++i) {
            ok_ = rest_[i] >= '0' && rest_[i] <= '9';
            value = value * 10 + (rest_[i] - '0');
        }
        if (ok_) rest_.remove_prefix(count);
        return value;
    }
    [[nodiscard]] bool take(char c) noexcept {
        if (!ok_ || rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void need(char c) noexcept { ok_ = take(c) && ok_; }
    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] bool done() const noexcept { return ok_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace

std::string print_utc(wall_time at) {
    return print_fields(local_seconds(floor<seconds>(at.time_since_epoch()))) + "Z";
}

std::string print_civil(wall_time at, const time_zone& zone) {
    const auto east = duration_cast<minutes>(zone.offset(at));
    const auto size = abs(east).count();
    return fmt::format("{}{}{:02}:{:02}", print_fields(zone.to_local(at)), east < 0min ? '-' : '+', size / 60, size % 60);
}

std::optional<wall_time> parse_time(std::string_view text, const time_zone& house) {
    reader in(text);
    const int y = in.digits(4);
    in.need('-');
    const int m = in.digits(2);
    in.need('-');
    const int d = in.digits(2);
    const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
    if (!in.ok() || !date.ok() || y < 1970 || y > 2200) return std::nullopt;
    auto at = local_seconds(local_days(date));
    if (in.done()) return house.first_instant(at);

    in.need('T');
    const int h = in.digits(2);
    in.need(':');
    const int min = in.digits(2);
    const int s = in.take(':') ? in.digits(2) : 0;
    if (!in.ok() || h > 23 || min > 59 || s > 59) return std::nullopt;
    at += hours(h) + minutes(min) + seconds(s);
    if (in.done()) return house.first_instant(at);

    seconds east{0};
    if (!in.take('Z')) {
        const bool west = in.take('-');
        if (!west) in.need('+');
        const int offset_h = in.digits(2);
        in.need(':');
        const int offset_min = in.digits(2);
        if (!in.ok() || offset_h > 14 || offset_min > 59) return std::nullopt;
        east = hours(offset_h) + minutes(offset_min);
        if (west) east = -east;
    }
    if (!in.done()) return std::nullopt;
    return wall_time(at.time_since_epoch() - east);
}

}  // namespace tepore::thermostat
