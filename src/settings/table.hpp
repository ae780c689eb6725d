// The one table of settings. The configuration file, the environment, the flags, --help, --print-config and docs/configuration.md are all made
// from it: a setting that is not here does not exist, one that is here exists everywhere.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "settings/settings.hpp"

namespace tepore::settings {

/// Where a setting's value lives; its type is the setting's type.
using slot = std::variant<bool*, std::uint32_t*, std::uint64_t*, double*, std::string*, std::vector<std::string>*>;

struct setting {
    std::string_view section;  // [section] of the file
    std::string_view key;
    slot (*in)(all_settings&);
    double min = 0;  // numbers only: both are allowed values
    double max = 0;
    std::string_view allowed;   // texts, and lists of them: "a|b|c"; empty: any text
    std::string_view example;   // for the documentation, where the default says little
    bool reloadable = false;    // takes effect without a restart
    bool short_in_run = false;  // `tepore run` knows it without its section: --speed, not --thermostat-speed
    std::string_view help;      // one sentence
};

/// All settings; those of a section stand together.
[[nodiscard]] std::span<const setting> table() noexcept;

struct section {
    std::string_view name;
    std::string_view help;
};
/// The sections in the order of the table.
[[nodiscard]] std::span<const section> sections() noexcept;

/// Null when there is none of that name.
[[nodiscard]] const setting* find(std::string_view section, std::string_view key) noexcept;

/// "broker.listen"
[[nodiscard]] std::string full_name(const setting& s);
/// "TEPORE_BROKER_LISTEN"
[[nodiscard]] std::string environment_name(const setting& s);

}  // namespace tepore::settings
