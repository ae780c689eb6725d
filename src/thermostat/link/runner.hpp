// Runs one thermostat against a broker until it is told to stop: the shell around link_core (pure). It owns the MQTT client, the state file
// and the pace of time: simulated time runs `speed` times as fast as wall time.
//
// Threads: run_thermostat() uses the calling thread until it returns, beside the client's own thread.
// Errors: unusable options (bad address, bad uid, unwritable directory) come back at once, as text for a person. A broker that is away is not an
// error: the room is heated without it and everything is published again when it returns.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "base/log.hpp"
#include "base/result.hpp"

namespace tepore::thermostat {

struct run_options {
    /// As client_options::address: mqtt, mqtts, ws or wss, with optional user and password.
    std::string broker = "mqtt://127.0.0.1:1883";
    /// First level of every topic: [A-Za-z0-9_-]{1,64}. Two thermostats on one broker need two of them.
    std::string uid = "home1";
    /// Name of the room, for people.
    std::string name = "Living room";
    /// Where the state file lives (made when missing). Empty: nothing is kept.
    std::string data_directory;
    /// Simulated seconds a wall second, speed_min..speed_max.
    double speed = 1.0;
    /// Weather, people and sensor noise of the simulated house.
    std::uint64_t seed = 1;
    /// "light" (electric convectors), "medium" (radiators and boiler) or "heavy" (underfloor).
    std::string house = "medium";
    /// "hysteresis" or "pi". Empty: what the state file says, else "pi". Can be changed by <uid>/thermostat/config/set.
    std::string controller;
    /// "simulated": the house's own sensor. "mqtt": <uid>/thermostat/temperature/set, humidity/set and outdoor/set.
    std::string sensor = "simulated";
    /// "off", "heat" or "auto" for a thermostat without a state file.
    std::string initial_mode = "heat";
    /// degC, for a thermostat without a state file.
    double initial_setpoint_c = 20.0;
    /// IANA name of the house's time zone, e.g. "Europe/Rome". Empty: the machine's.
    std::string time_zone;
    /// Speak MQTT 5.0 (response topics, live commands with RETAIN seen as such) instead of 3.1.1.
    bool mqtt5 = false;
    /// Log in with SCRAM-SHA-256; REQUIRES mqtt5.
    bool scram = false;
    /// mqtts and wss: PEM file of the authorities that may sign the broker's certificate. Empty: the system's.
    std::string ca_file;
    /// Called once, on the thread of run_thermostat(), when the whole state and then `online` = `true` were handed to the client.
    std::function<void()> on_online;
};

inline constexpr double speed_min = 0.1;
inline constexpr double speed_max = 100'000.0;

/// The error that run_thermostat() would return at once for these options, without starting or writing anything.
[[nodiscard]] result<void> check(const run_options& options);

/// Returns after `stop` was requested: `online` = `false` was published, the client disconnected (within 2 s) and the state was saved.
[[nodiscard]] result<void> run_thermostat(const run_options& options, std::stop_token stop, log_sink& log);

}  // namespace tepore::thermostat
