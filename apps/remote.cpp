// tepore remote: a remote control in the terminal.
#include <cstdlib>
#include <string_view>

#include "apps/commands.hpp"
#include "apps/service.hpp"
#include "apps/tools/remote_session.hpp"
#include "remote/terminal/screen.hpp"

namespace tepore::apps {
namespace {

struct wishes {
    bool plain = false;
    bool json = false;
    bool once = false;
    std::vector<std::pair<std::string, std::string>> commands;
};

wishes wishes_of(const std::vector<std::pair<std::string, std::string>>& flags) {
    wishes out;
    for (const auto& [name, value] : flags) {
        if (name == "--plain") {
            out.plain = true;
        } else if (name == "--json") {
            out.json = true;
        } else if (name == "--once") {
            out.once = true;
        } else {
            out.commands.emplace_back(name == "--set" ? "setpoint" : name.substr(2), value);
        }
    }
    return out;
}

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

remote::language language_of(const std::string& chosen) {
    if (chosen == "it") return remote::language::italian;
    if (chosen == "en") return remote::language::english;
    return remote::language_of(environment("LC_ALL"), environment("LC_MESSAGES"), environment("LANG"));
}

std::unique_ptr<tools::remote_face> face_for(const wishes& w, remote::language language) {
    const auto now = std::chrono::steady_clock::now();
    if (!w.commands.empty()) return tools::make_command_face(w.commands, language, now);
    if (w.json) return tools::make_json_face(w.once, now);
    if (w.plain || !remote::is_screen()) return tools::make_plain_face(language);
    return tools::make_screen_face(language);
}

}  // namespace

int remote_command(std::span<const std::string> arguments) {
    const auto ready = prepare(settings::remote_command(), arguments);
    if (ready.exit) return *ready.exit;
    const auto wanted = wishes_of(ready.own_flags);
    if (wanted.once && !wanted.json) return give_up(settings::exit_code::usage, "--once goes with --json");
    if (wanted.json + wanted.plain + !wanted.commands.empty() > 1) {
        return give_up(settings::exit_code::usage, "only one of --json, --plain and the commands (--set, --mode, --preset, --boost) can be given");
    }
    const auto& from = ready.settings.remote;
    tools::wait_point waiting(true);
    return tools::run_remote({from.broker, from.uid, from.zone, from.ca_file, from.scram}, face_for(wanted, language_of(from.language)), waiting);
}

}  // namespace tepore::apps
