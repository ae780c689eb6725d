// The table for readers: as a configuration file, and as a page of documentation.
#pragma once

#include <string>

#include "settings/layers.hpp"

namespace tepore::settings {

/// All settings as a configuration file that gives these very values; each line tells where its value came from.
[[nodiscard]] std::string print_config(const layered& settings);

/// docs/configuration.md. A test compares it with the file in the tree; `./dev docs` writes it.
[[nodiscard]] std::string configuration_page();

}  // namespace tepore::settings
