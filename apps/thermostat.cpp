#include "apps/commands.hpp"
#include "apps/service.hpp"
#include "apps/thermostat_options.hpp"

#include <thread>

namespace tepore::apps {

thermostat::run_options options_of(const settings::thermostat_settings& from) {
    thermostat::run_options o;
    o.broker = from.broker;
    o.uid = from.uid;
    o.name = from.name;
    o.data_directory = from.data;
    o.speed = from.speed;
    o.seed = from.seed;
    o.house = from.house;
    o.controller = from.controller;
    o.sensor = from.sensor;
    o.initial_mode = from.initial_mode;
    o.initial_setpoint_c = from.initial_setpoint_c;
    o.time_zone = from.time_zone;
    o.mqtt5 = from.mqtt5 || from.scram;
    o.scram = from.scram;
    o.ca_file = from.ca_file;
    return o;
}

int thermostat_command(std::span<const std::string> arguments) {
    const auto ready = prepare(settings::thermostat_command(), arguments);
    if (ready.exit) return *ready.exit;
    if (const auto there = prepare_directory(ready.settings.thermostat.data); !there)
        return give_up(settings::exit_code::store, there.error().message);
    const auto options = options_of(ready.settings.thermostat);
    if (const auto usable = thermostat::check(options); !usable) return give_up(settings::exit_code::configuration, usable.error().message);
    result<void> ended;
    std::jthread running([&](std::stop_token stop) {
        ended = thermostat::run_thermostat(options, stop, *ready.log);
        if (!ended) ask_to_end();
    });
    wait_for_end();
    running.request_stop();
    running.join();
    return ended ? 0 : give_up(settings::exit_code::other, ended.error().message);
}

}  // namespace tepore::apps
