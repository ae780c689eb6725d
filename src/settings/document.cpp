#include "settings/document.hpp"

#include "settings/load.hpp"
#include "settings/value.hpp"

namespace tepore::settings {
namespace {

constexpr std::string_view introduction = R"(# Configuration

<!-- Made from src/settings/table.cpp by `./dev docs`; a test checks that it is current. -->

Every setting has a default, and can be given in three places. The later one wins:

1. **the file**, TOML, named by `--config FILE` or the variable `TEPORE_CONFIG`; without either no file is read;
2. **the environment**: `TEPORE_` and the setting's section and key, as in `TEPORE_BROKER_LISTEN`; lists are separated by commas;
3. **flags**, as in `--listen tcp://127.0.0.1:1883`; a list's flag may be given several times.

One file serves all commands; each reads the sections it needs. An unknown key or a value that is not allowed is an error that names file,
line, key and what is allowed: nothing starts half configured. `--check-config` only checks; `--print-config` prints all settings as
they are in force and where each was given.

| exit code | meaning |
|---|---|
| 0 | ended as it was asked to |
| 1 | wrong flags |
| 2 | wrong configuration |
| 3 | a listener's address or port cannot be had |
| 4 | the data directory cannot be used |
| 5 | a file may not be read or written |
| 6 | anything else |

`tepore pub` and `tepore sub` are not configured by this file; their flags and exit codes are those of mosquitto's tools.
)";

std::string code(std::string_view text) {
    return "`" + std::string(text) + "`";
}

void append_setting(std::string& out, const setting& s, const all_settings& defaults) {
    out += "### " + full_name(s) + "\n\n" + std::string(s.help) + ".\n\n";
    out += "- default: " + code(as_toml(s, defaults)) + "\n";
    out += "- allowed: " + allowed_values(s) + "\n";
    if (!s.example.empty()) out += "- example: " + code(std::string(s.key) + " = " + std::string(s.example)) + "\n";
    std::string flags;
    for (const auto* c : {&broker_command(), &thermostat_command(), &run_command(), &remote_command()}) {
        const auto name = flag_name(*c, s);
        if (!name.empty()) flags += (flags.empty() ? "" : ", ") + code("tepore " + std::string(c->name) + " " + name);
    }
    out += "- flags: " + flags + "\n";
    out += "- environment: " + code(environment_name(s)) + "\n";
    if (s.reloadable) out += "- can change without a restart\n";
    out += "\n";
}

}  // namespace

std::string print_config(const layered& settings) {
    std::string out;
    std::string_view section;
    for (const auto& s : table()) {
        if (s.section != section) {
            section = s.section;
            out += (out.empty() ? "[" : "\n[") + std::string(section) + "]\n";
        }
        out += std::string(s.key) + " = " + as_toml(s, settings.values);
        const auto origin = settings.origins.find(&s);
        out += origin == settings.origins.end() ? "\n" : "  # " + origin->second + "\n";
    }
    return out;
}

std::string configuration_page() {
    const all_settings defaults;
    std::string out(introduction);
    for (const auto& section : sections()) {
        out += "\n## [" + std::string(section.name) + "]\n\n" + std::string(section.help) + "\n\n";
        for (const auto& s : table()) {
            if (s.section == section.name) append_setting(out, s, defaults);
        }
        out.pop_back();
    }
    return out;
}

}  // namespace tepore::settings
