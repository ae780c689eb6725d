#include "apps/service.hpp"

#include <csignal>
#include <cstdio>

#include "settings/document.hpp"

namespace tepore::apps {
namespace {

sigset_t end_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

log_level level_of(const std::string& name) {
    if (name == "debug") return log_level::debug;
    if (name == "notice") return log_level::notice;
    if (name == "warning") return log_level::warning;
    if (name == "error") return log_level::error;
    return log_level::info;
}

}  // namespace

int give_up(settings::exit_code code, const std::string& why) {
    std::fprintf(stderr, "tepore: %s\n", why.c_str());
    return static_cast<int>(code);
}

prepared prepare(const settings::command& command, std::span<const std::string> arguments) {
    prepared out;
    const auto loaded = settings::load(command, arguments, settings::process_surroundings());
    if (!loaded) {
        out.exit = give_up(loaded.error().code, loaded.error().message);
        return out;
    }
    switch (loaded->wish) {
        case settings::wish::start: break;
        case settings::wish::help:
            std::fputs(settings::help_text(command).c_str(), stdout);
            out.exit = 0;
            return out;
        case settings::wish::check_config:
            std::puts("The configuration is good.");
            out.exit = 0;
            return out;
        case settings::wish::print_config:
            std::fputs(settings::print_config(loaded->layers).c_str(), stdout);
            out.exit = 0;
            return out;
    }
    out.settings = loaded->layers.values;
    out.log = &stderr_log(level_of(out.settings.log.level));
    const auto set = end_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return out;
}

void wait_for_end() {
    const auto set = end_signals();
    int which = 0;
    sigwait(&set, &which);
}

}  // namespace tepore::apps
