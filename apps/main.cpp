// tepore: one program, a command for each thing it can be.
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "apps/commands.hpp"
#include "settings/nearest.hpp"

namespace {

struct command {
    const char* name;
    const char* summary;
    int (*run)(std::span<const std::string>);
};

constexpr std::array commands{
    command{"run", "broker, thermostat and web page together", tepore::apps::run_command},
    command{"broker", "an MQTT broker", tepore::apps::broker_command},
    command{"thermostat", "a thermostat, as a client of any broker", tepore::apps::thermostat_command},
    command{"remote", "a remote control in the terminal", tepore::apps::remote_command},
    command{"pub", "publish messages, like mosquitto_pub", tepore::apps::pub_command},
    command{"sub", "print messages as they arrive, like mosquitto_sub", tepore::apps::sub_command},
    command{"bench", "measure a broker: speed, latency, memory; and whether every message arrives", tepore::apps::bench_command},
    command{"passwd", "write the broker's users file", tepore::apps::passwd_command},
};

void print_usage(std::FILE* to) {
    std::fputs("tepore COMMAND [FLAGS]\n\n", to);
    for (const auto& c : commands) std::fprintf(to, "  %-12s %s\n", c.name, c.summary);
    std::fputs("\ntepore COMMAND --help tells the flags of a command; tepore --version the version.\n", to);
}

int unknown(const std::string& word) {
    std::vector<std::string> names;
    for (const auto& c : commands) names.emplace_back(c.name);
    const auto best = tepore::settings::nearest(word, names);
    std::fprintf(stderr, "tepore: there is no command '%s'", word.c_str());
    if (!best.empty()) std::fprintf(stderr, "; did you mean '%.*s'?", static_cast<int>(best.size()), best.data());
    std::fputs("\n\n", stderr);
    print_usage(stderr);
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    if (arguments.empty()) {
        print_usage(stderr);
        return 1;
    }
    const auto& name = arguments.front();
    if (name == "--help" || name == "help" || name == "-h") {
        print_usage(stdout);
        return 0;
    }
    if (name == "--version" || name == "version") {
        std::puts("tepore " TEPORE_VERSION);
        return 0;
    }
    for (const auto& c : commands) {
        if (name == c.name) return c.run(std::span(arguments).subspan(1));
    }
    return unknown(name);
}
