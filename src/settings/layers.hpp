// Settings from all places, the later over the earlier: defaults, configuration file, environment, flags.
// Every place reports all its mistakes, not only the first.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "settings/settings.hpp"
#include "settings/table.hpp"

namespace tepore::settings {

struct layered {
    all_settings values;
    /// Where each setting that is not at its default was given: "home.toml:12", "TEPORE_LOG_LEVEL", "--log-level".
    std::map<const setting*, std::string> origins;

    [[nodiscard]] bool given(std::string_view section, std::string_view key) const { return origins.contains(find(section, key)); }
};

/// One line for each mistake.
using mistakes = std::vector<std::string>;

/// `name` is only for messages; `text` is the file's content.
[[nodiscard]] mistakes read_file(layered& into, std::string_view name, std::string_view text);

/// Variables named TEPORE_<SECTION>_<KEY>; an unknown key of a known section is a mistake, other variables are somebody else's.
[[nodiscard]] mistakes read_environment(layered& into, const std::vector<std::pair<std::string, std::string>>& variables);

/// The process's environment.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> environment();

}  // namespace tepore::settings
