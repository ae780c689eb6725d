// The words of the contract: what each value is called in a payload. They are part of the interface: never change one, only add.
#pragma once

#include <optional>
#include <string_view>

#include "thermostat/control/control.hpp"
#include "thermostat/zone/zone.hpp"

namespace tepore::thermostat {

[[nodiscard]] std::string_view word(mode m) noexcept;
[[nodiscard]] std::string_view word(preset p) noexcept;
[[nodiscard]] std::string_view word(action a) noexcept;
[[nodiscard]] std::string_view word(reason r) noexcept;
[[nodiscard]] std::string_view word(sensor_health h) noexcept;
[[nodiscard]] std::string_view word(mould_risk r) noexcept;
[[nodiscard]] std::string_view word(window_report w) noexcept;
[[nodiscard]] std::string_view word(law l) noexcept;
[[nodiscard]] std::string_view word(alarm a) noexcept;
[[nodiscard]] std::string_view word(refusal_code c) noexcept;
[[nodiscard]] std::string_view word(hold_kind h) noexcept;

[[nodiscard]] std::optional<mode> mode_named(std::string_view name) noexcept;
[[nodiscard]] std::optional<preset> preset_named(std::string_view name) noexcept;
[[nodiscard]] std::optional<window_report> window_report_named(std::string_view name) noexcept;
[[nodiscard]] std::optional<law> law_named(std::string_view name) noexcept;
[[nodiscard]] std::optional<hold_kind> hold_kind_named(std::string_view name) noexcept;

}  // namespace tepore::thermostat
