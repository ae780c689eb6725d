// One value of one setting: taken from what a person wrote, checked, and shown again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "settings/table.hpp"

namespace tepore::settings {

/// A value as a typed source (the configuration file) gives it.
using value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// Checks type, range and allowed words, then stores. The error says what was wrong and what is allowed, but not where: the caller knows.
[[nodiscard]] result<void> assign(const setting& s, all_settings& into, const value& v);

/// The same for text without a type (environment, flags). A list is separated by commas.
[[nodiscard]] result<void> assign_text(const setting& s, all_settings& into, std::string_view text);

/// "true or false", "a whole number, 1 to 65535", "one of a, b, c", ...
[[nodiscard]] std::string allowed_values(const setting& s);

/// The value as TOML: 1883, "text", ["a", "b"].
[[nodiscard]] std::string as_toml(const setting& s, const all_settings& from);

[[nodiscard]] bool is_list(const setting& s);
[[nodiscard]] bool is_switch(const setting& s);

}  // namespace tepore::settings
