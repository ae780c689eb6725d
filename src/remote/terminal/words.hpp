// Everything the terminal says, in English and Italian.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tepore::remote {

enum class language : std::uint8_t { english, italian };

/// Of LC_ALL, LC_MESSAGES and LANG, the first that is not empty. "it", "it_IT.UTF-8": Italian; everything else English.
[[nodiscard]] language language_of(std::string_view lc_all, std::string_view lc_messages, std::string_view lang) noexcept;

enum class phrase : std::uint8_t {
    broker_connecting,
    broker_connected,
    broker_away,
    thermostat_online,
    thermostat_offline,
    thermostat_silent,
    room,
    set_to,
    waiting,
    no_reading,
    mode,
    preset,
    humidity,
    outdoor,
    window,
    demand,
    energy,
    next,
    sensor,
    curve,
    alarm,
    keys,
    accepted,
    refused,
    unanswered,
    not_reachable,
    too_small,
    plain_hint,
    plain_help,
    plain_unknown,
    plain_temperature,
    plain_setpoint,
    plain_mode,
    plain_preset,
};
[[nodiscard]] std::string_view say(language l, phrase p) noexcept;

/// A word of the contract ("heat", "eco", "open", "sensor_stale", "out_of_range") as people say it; an unknown one as it is.
[[nodiscard]] std::string_view say_word(language l, std::string_view word) noexcept;

/// Why the heating does what it does, in a sentence. `reason` and `action` are words of the contract; empty when they are not known.
[[nodiscard]] std::string say_reason(language l, std::string_view action, std::string_view reason, std::string_view setpoint);

/// "mode heat", "modo caldo"; "set point 21.5", "temperatura 21,5".
[[nodiscard]] std::string say_command(language l, std::string_view command, std::string_view payload);

/// "20,7" in Italian.
[[nodiscard]] std::string say_number(language l, std::string_view number);

}  // namespace tepore::remote
