// From a command line to settings: which flags a command has, and everything that --config, the environment and the flags say, checked.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "settings/arguments.hpp"
#include "settings/layers.hpp"

namespace tepore::settings {

/// What the process ends with. Documented in docs/configuration.md; tepore pub and sub have those of mosquitto's tools.
enum class exit_code : int { ok = 0, usage = 1, configuration = 2, bind = 3, store = 4, privileges = 5, other = 6 };

struct trouble {
    exit_code code = exit_code::usage;
    std::string message;  // one line for each mistake
};

/// A command that is configured by the table.
struct command {
    std::string_view name;                         // "run"
    std::string_view summary;                      // one sentence
    std::string_view own_section;                  // its settings are flags without prefix: --listen
    std::vector<std::string_view> other_sections;  // with it: --tls-cert-file
    std::vector<flag> own_flags;                   // flags that are no settings: what to do this once
};

[[nodiscard]] const command& broker_command();
[[nodiscard]] const command& thermostat_command();
[[nodiscard]] const command& run_command();
[[nodiscard]] const command& remote_command();

/// "--listen" for `tepore broker`, "--broker-listen" for `tepore run`. Empty: the command does not have the setting.
[[nodiscard]] std::string flag_name(const command& c, const setting& s);

/// The flags of the command: its settings, then --config, --check-config, --print-config and --help.
[[nodiscard]] std::vector<flag> flags_of(const command& c);

[[nodiscard]] std::string help_text(const command& c);

enum class wish { start, help, check_config, print_config };

struct loaded {
    layered layers;
    std::vector<std::pair<std::string, std::string>> own_flags;  // long name and value, in the order they were given
    tepore::settings::wish wish = tepore::settings::wish::start;
};

/// What load() needs of the world; tests give their own.
struct surroundings {
    std::vector<std::pair<std::string, std::string>> environment;
    std::function<result<std::string>(const std::string& path)> read_file;
};
[[nodiscard]] surroundings process_surroundings();

/// Reads and checks everything. The settings that come back are usable as far as that can be said without opening a socket.
[[nodiscard]] std::expected<loaded, trouble> load(const command& c, std::span<const std::string> arguments, const surroundings& world);

}  // namespace tepore::settings
