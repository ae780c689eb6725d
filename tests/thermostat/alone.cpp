// A thermostat and nothing else, for tests that kill it: thermostat_alone BROKER UID DATA SPEED. SIGTERM ends it in order.
#include <pthread.h>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "base/log.hpp"
#include "thermostat/link/runner.hpp"

int main(int count, char** arguments) {
    if (count != 5) return 2;
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &end, nullptr);  // before any thread starts

    tepore::thermostat::run_options options;
    options.broker = arguments[1];
    options.uid = arguments[2];
    options.data_directory = arguments[3];
    options.speed = std::strtod(arguments[4], nullptr);
    std::jthread running([&](std::stop_token stop) {
        if (!tepore::thermostat::run_thermostat(options, stop, tepore::stderr_log(tepore::log_level::error))) std::_Exit(1);
    });
    int signal = 0;
    sigwait(&end, &signal);
    return 0;
}
