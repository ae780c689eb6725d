// Why a wish was not granted: a stable code, words for a person, and the limits where there are any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace tepore::thermostat {

enum class refusal_code : std::uint8_t {
    not_a_number,
    out_of_range,
    unknown_value,
    bad_json,
    bad_schedule,
    too_large,
    not_utf8,
    retained,
    read_only,
    unknown_topic,
    not_configured,
    rate_limited,
    unsupported,
};

struct refusal {
    refusal_code code{};
    std::string message;
    std::optional<double> min;
    std::optional<double> max;
};

}  // namespace tepore::thermostat
