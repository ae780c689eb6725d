// Command lines: a list of flags in, what was given out, in the order it was given. The one face of the command-line library.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tepore::settings {

struct flag {
    std::string names;       // "-h,--host"; without dashes: a positional argument
    std::string value_name;  // "HOST"; empty: a switch
    std::string help;        // one sentence without full stop
    std::string group;       // heading in the help; empty: the first, without heading
    int values_min = 1;      // values that follow the flag each time; with more than one, all words come out together at its first place
    int values_max = 1;
};

struct given_flag {
    const flag* which = nullptr;
    std::string value;  // of a switch "true", or what stands in --switch=false
};

/// Flags may repeat. A value may begin with a dash. The error names the flag; for an unknown one it suggests the nearest.
/// The result points into `flags`.
[[nodiscard]] result<std::vector<given_flag>> parse_arguments(std::span<const flag> flags, std::span<const std::string> arguments);

/// The list of flags as --help shows it, in lines of at most 100 columns.
[[nodiscard]] std::string flags_help(std::span<const flag> flags);

/// "--host" of "-h,--host".
[[nodiscard]] std::string_view long_name(const flag& f) noexcept;

}  // namespace tepore::settings
