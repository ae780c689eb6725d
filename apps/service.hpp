// What the long-running commands (broker, thermostat, run) have in common: settings from everywhere, a log, and an end on Ctrl-C or SIGTERM.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/log.hpp"
#include "settings/load.hpp"

namespace tepore::apps {

struct prepared {
    settings::all_settings settings;
    log_sink* log = nullptr;
    std::optional<int> exit;  // the command is done already: help was shown, or the settings are wrong
};

/// Reads the settings of the command; shows help, the configuration or the mistakes. Blocks SIGINT and SIGTERM for wait_for_end(), so call it before
/// any thread starts.
[[nodiscard]] prepared prepare(const settings::command& command, std::span<const std::string> arguments);

/// Returns when the process is asked to end.
void wait_for_end();

/// Says why on standard error; returns the code.
int give_up(settings::exit_code code, const std::string& why);

}  // namespace tepore::apps
