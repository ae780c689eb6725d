// `tepore run`: everything a home needs, in one process. The thermostat is a client of the broker like any other: over TCP, with a will.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "apps/commands.hpp"
#include "apps/serve.hpp"
#include "apps/service.hpp"
#include "apps/thermostat_options.hpp"

namespace tepore::apps {
namespace {

/// Where a person's programs keep their state.
std::string default_data_directory() {
    if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0') return std::string(state) + "/tepore";
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return std::string(home) + "/.local/state/tepore";
    return "tepore-data";
}

/// The page's address, as a browser on this machine wants it.
std::string page_address(const std::vector<net::address>& listening, const std::string& uid) {
    for (const auto& at : listening)
        if (net::is_websocket(at.kind))
            return std::string(net::is_encrypted(at.kind) ? "https" : "http") + "://" + (at.host == "127.0.0.1" ? "localhost" : at.host) + ":" +
                   std::to_string(at.port) + (uid == "home1" ? "" : "/?uid=" + uid);
    return {};
}

}  // namespace

int run_command(std::span<const std::string> arguments) {
    auto ready = prepare(settings::run_command(), arguments);
    if (ready.exit) return *ready.exit;
    auto& all = ready.settings;
    const auto data = all.run.data.empty() ? default_data_directory() : all.run.data;
    if (all.broker.data.empty()) all.broker.data = data + "/broker";
    if (all.thermostat.data.empty()) all.thermostat.data = data + "/thermostat";

    const auto server = serve(all, *ready.log);
    if (!server) return give_up(settings::exit_code::bind, server.error().message);
    const auto& listening = (*server)->addresses();

    auto options = options_of(all.thermostat);
    if (all.thermostat.broker == settings::thermostat_settings{}.broker)
        for (const auto& at : listening)
            if (at.kind == net::transport::tcp) options.broker = "mqtt://" + at.host_and_port();
    if (const auto usable = thermostat::check(options); !usable) return give_up(settings::exit_code::configuration, usable.error().message);

    const auto page = page_address(listening, options.uid);
    options.on_online = [&] {
        if (!page.empty()) std::printf("\n  The remote control: %s\n", page.c_str());
        std::printf("  The broker:         %s\n  Data:               %s\n  Ctrl-C ends it.\n\n", listening.front().text().c_str(), data.c_str());
        std::fflush(stdout);
    };
    result<void> ended;
    std::jthread heating([&](std::stop_token stop) {
        ended = thermostat::run_thermostat(options, stop, *ready.log);
        if (!ended) give_up(settings::exit_code::other, "the thermostat ended: " + ended.error().message);
    });
    wait_for_end();
    heating.request_stop();
    heating.join();
    return ended ? 0 : static_cast<int>(settings::exit_code::other);
}

}  // namespace tepore::apps
