#include "thermostat/schedule/time_zone.hpp"

#include <date/tz.h>
#include <algorithm>
#include <cctype>
#include <exception>

namespace tepore::thermostat {
namespace {

constexpr std::size_t name_bytes_max = 64;

const date::time_zone* rules_of(const void* rules) noexcept {
    return static_cast<const date::time_zone*>(rules);
}

/// A name is looked up in a folder of files: nothing but a zone's name may reach it.
bool well_formed(std::string_view name) noexcept {
    return !name.empty() && name.size() <= name_bytes_max &&
           std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+'; });
}

}  // namespace

result<time_zone> time_zone::find(std::string_view name) {
    time_zone zone;
    if (name == "UTC") return zone;
    if (!well_formed(name)) return failure("not a time zone name; expected one like Europe/Rome");
    try {
        zone.rules_ = date::locate_zone(name);
        zone.name_ = name;
        return zone;
    } catch (const std::exception&) {
        return failure("no time zone is called " + std::string(name) + " here; expected one like Europe/Rome");
    }
}

time_zone time_zone::of_this_machine() {
    try {
        time_zone zone;
        const auto* here = date::current_zone();
        zone.rules_ = here;
        zone.name_ = here->name();
        return zone;
    } catch (const std::exception&) {
        return {};
    }
}

std::chrono::seconds time_zone::offset(wall_time at) const {
    return rules_ == nullptr ? std::chrono::seconds(0) : rules_of(rules_)->get_info(at).offset;
}

std::chrono::local_seconds time_zone::to_local(wall_time at) const {
    return std::chrono::local_seconds(std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()) + offset(at));
}

wall_time time_zone::first_instant(std::chrono::local_seconds local) const {
    const auto since_epoch = local.time_since_epoch();
    if (rules_ == nullptr) return wall_time(since_epoch);
    const auto info = rules_of(rules_)->get_info(date::local_seconds(since_epoch));
    if (info.result == date::local_info::nonexistent) return info.first.end;
    return wall_time(since_epoch - info.first.offset);
}

}  // namespace tepore::thermostat
