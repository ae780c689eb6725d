#include "settings/table.hpp"

#include <array>

namespace tepore::settings {
namespace {

constexpr double port_max = 65'535;
constexpr double mib = 1024.0 * 1024;

// Captureless lambdas are named by section and field only here.
#define TEPORE_IN(section, field) [](all_settings& s) -> slot { return &s.section.field; }

constexpr std::array rows{
    setting{.section = "broker",
            .key = "listen",
            .in = TEPORE_IN(broker, listen),
            .example = R"(["tcp://127.0.0.1:1883", "ws://127.0.0.1:8080"])",
            .help = "Where clients connect: tcp, tls, ws or wss, then address and port. A ws or wss listener also serves the web page"},
    setting{.section = "broker",
            .key = "data",
            .in = TEPORE_IN(broker, data),
            .example = "\"/var/lib/tepore/broker\"",
            .help = "Directory for what has to survive a restart; empty: nothing is kept on disk"},
    setting{.section = "broker",
            .key = "workers",
            .in = TEPORE_IN(broker, workers),
            .max = 256,
            .help = "Threads that serve clients; 0: one for each core"},
    setting{.section = "broker",
            .key = "anonymous",
            .in = TEPORE_IN(broker, anonymous),
            .allowed = "loopback|never|anywhere",
            .help = "Who may connect without a name and a password: programs on this machine, nobody, or everybody who reaches a listener"},
    setting{.section = "broker",
            .key = "users_file",
            .in = TEPORE_IN(broker, users_file),
            .example = "\"/etc/tepore/users\"",
            .help = "Names and password hashes, made by `tepore passwd`"},
    setting{.section = "broker",
            .key = "connections_max",
            .in = TEPORE_IN(broker, connections_max),
            .min = 1,
            .max = 10e6,
            .help = "Connections open at once; further ones are closed at once"},
    setting{.section = "broker",
            .key = "packet_bytes_max",
            .in = TEPORE_IN(broker, packet_bytes_max),
            .min = 1024,
            .max = 268'435'460,
            .help = "Largest packet a client may send; a larger one ends its connection"},
    setting{.section = "broker",
            .key = "receive_maximum",
            .in = TEPORE_IN(broker, receive_maximum),
            .min = 1,
            .max = 65'535,
            .help = "QoS 1 and 2 messages that one client may have under way to the broker"},
    setting{.section = "broker",
            .key = "inflight_max",
            .in = TEPORE_IN(broker, inflight_max),
            .min = 1,
            .max = 65'535,
            .help = "QoS 1 and 2 messages under way to one client that names no limit of its own; more than 10 overruns some small clients"},
    setting{.section = "broker",
            .key = "queue_messages_max",
            .in = TEPORE_IN(broker, queue_messages_max),
            .max = 10e6,
            .help = "Messages that wait for one client, connected or away"},
    setting{.section = "broker",
            .key = "queue_bytes_max",
            .in = TEPORE_IN(broker, queue_bytes_max),
            .max = 65'536 * mib,
            .help = "Bytes that wait for one client; both limits hold"},
    setting{.section = "broker",
            .key = "retained_messages_max",
            .in = TEPORE_IN(broker, retained_messages_max),
            .max = 100e6,
            .help = "Topics with a retained message"},
    setting{.section = "broker",
            .key = "retained_bytes_max",
            .in = TEPORE_IN(broker, retained_bytes_max),
            .max = 65'536 * mib,
            .help = "Bytes of all retained messages; both limits hold"},
    setting{.section = "broker",
            .key = "connect_timeout_s",
            .in = TEPORE_IN(broker, connect_timeout_s),
            .min = 1,
            .max = 300,
            .help = "Seconds from an accepted connection to a complete CONNECT"},
    setting{.section = "broker",
            .key = "keep_alive_max_s",
            .in = TEPORE_IN(broker, keep_alive_max_s),
            .min = 10,
            .max = 65'535,
            .help = "Longest keep-alive a client gets, in seconds"},
    setting{.section = "broker",
            .key = "sys_interval_s",
            .in = TEPORE_IN(broker, sys_interval_s),
            .max = 3'600,
            .help = "Seconds between updates of the $SYS topics; 0: none"},

    setting{.section = "tls",
            .key = "cert_file",
            .in = TEPORE_IN(tls, cert_file),
            .example = "\"/etc/tepore/certs/server.pem\"",
            .help = "Certificate chain of the tls and wss listeners, PEM"},
    setting{.section = "tls",
            .key = "key_file",
            .in = TEPORE_IN(tls, key_file),
            .example = "\"/etc/tepore/certs/server.key\"",
            .help = "Its private key, PEM"},
    setting{.section = "tls",
            .key = "ca_file",
            .in = TEPORE_IN(tls, ca_file),
            .help = "Authorities that sign the clients' certificates, PEM; given: every client must show one"},

    setting{.section = "http", .key = "page", .in = TEPORE_IN(http, page), .help = "Whether ws and wss listeners serve the web page"},
    setting{.section = "http",
            .key = "origins",
            .in = TEPORE_IN(http, origins),
            .example = R"(["https://home.example"])",
            .help = "Web sites, besides the listener's own page, whose scripts may connect; \"*\": all"},

    setting{.section = "thermostat",
            .key = "broker",
            .in = TEPORE_IN(thermostat, broker),
            .example = "\"mqtts://user:password@host:8883\"",
            .help = "The broker: mqtt, mqtts, ws or wss, with user and password where it wants them. Any MQTT broker will do"},
    setting{.section = "thermostat",
            .key = "uid",
            .in = TEPORE_IN(thermostat, uid),
            .short_in_run = true,
            .help = "First level of every topic, 1 to 64 letters, digits, _ and -; two thermostats on one broker need two"},
    setting{.section = "thermostat", .key = "name", .in = TEPORE_IN(thermostat, name), .short_in_run = true, .help = "The room's name, for people"},
    setting{.section = "thermostat",
            .key = "data",
            .in = TEPORE_IN(thermostat, data),
            .example = "\"/var/lib/tepore/thermostat\"",
            .help = "Directory for what has to survive a restart; empty: nothing is kept on disk"},
    setting{.section = "thermostat",
            .key = "speed",
            .in = TEPORE_IN(thermostat, speed),
            .min = 0.1,
            .max = 100'000,
            .short_in_run = true,
            .help = "Simulated seconds in a second"},
    setting{.section = "thermostat",
            .key = "seed",
            .in = TEPORE_IN(thermostat, seed),
            .max = 1e15,
            .short_in_run = true,
            .help = "Weather, people and sensor noise of the simulated house: the same number gives the same ones"},
    setting{.section = "thermostat",
            .key = "house",
            .in = TEPORE_IN(thermostat, house),
            .allowed = "light|medium|heavy",
            .short_in_run = true,
            .help = "The simulated house: electric convectors, radiators with a boiler, or underfloor heating"},
    setting{.section = "thermostat",
            .key = "controller",
            .in = TEPORE_IN(thermostat, controller),
            .allowed = "|hysteresis|pi",
            .short_in_run = true,
            .help = "How the room is held at its set point; empty: as it was last, else pi"},
    setting{.section = "thermostat",
            .key = "sensor",
            .in = TEPORE_IN(thermostat, sensor),
            .allowed = "simulated|mqtt",
            .help = "Where measurements come from: the simulated house, or messages on <uid>/thermostat/temperature/set"},
    setting{.section = "thermostat",
            .key = "initial_mode",
            .in = TEPORE_IN(thermostat, initial_mode),
            .allowed = "off|heat|auto",
            .help = "Mode at the very first start"},
    setting{.section = "thermostat",
            .key = "initial_setpoint_c",
            .in = TEPORE_IN(thermostat, initial_setpoint_c),
            .min = 5,
            .max = 30,
            .help = "Set point at the very first start, degrees Celsius"},
    setting{.section = "thermostat",
            .key = "time_zone",
            .in = TEPORE_IN(thermostat, time_zone),
            .example = "\"Europe/Rome\"",
            .help = "Time zone of the house; empty: the machine's"},
    setting{.section = "thermostat", .key = "mqtt5", .in = TEPORE_IN(thermostat, mqtt5), .help = "Speak MQTT 5.0 instead of 3.1.1"},
    setting{.section = "thermostat",
            .key = "ca_file",
            .in = TEPORE_IN(thermostat, ca_file),
            .help = "Authorities that may sign the broker's certificate, PEM; empty: the system's"},

    setting{.section = "run",
            .key = "data",
            .in = TEPORE_IN(run, data),
            .example = "\"/var/lib/tepore\"",
            .help = "Directory for everything that has to survive a restart; empty: $XDG_STATE_HOME/tepore, else ~/.local/state/tepore"},
    setting{.section = "run",
            .key = "mqtt_port",
            .in = TEPORE_IN(run, mqtt_port),
            .max = port_max,
            .help = "Port of the broker on 127.0.0.1, unless broker.listen is given; 0: a free one"},
    setting{.section = "run",
            .key = "http_port",
            .in = TEPORE_IN(run, http_port),
            .max = port_max,
            .help = "Port of the web page on 127.0.0.1, unless broker.listen is given; 0: a free one"},

    setting{.section = "log",
            .key = "level",
            .in = TEPORE_IN(log, level),
            .allowed = "debug|info|notice|warning|error",
            .reloadable = true,
            .help = "The least that is logged, to standard error"},
};

#undef TEPORE_IN

constexpr std::array section_rows{
    section{"broker", "The MQTT broker: `tepore broker`, and inside `tepore run`."},
    section{"tls", "Certificates of the broker's tls and wss listeners."},
    section{"http", "The web remote control and MQTT over WebSocket, on the broker's ws and wss listeners."},
    section{"thermostat", "The thermostat: `tepore thermostat`, and inside `tepore run`."},
    section{"run", "`tepore run`: broker, web page and thermostat in one process."},
    section{"log", "The log of every command."},
};

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

std::span<const setting> table() noexcept {
    return rows;
}

std::span<const section> sections() noexcept {
    return section_rows;
}

const setting* find(std::string_view section, std::string_view key) noexcept {
    for (const auto& row : rows) {
        if (row.section == section && row.key == key) return &row;
    }
    return nullptr;
}

std::string full_name(const setting& s) {
    return std::string(s.section) + "." + std::string(s.key);
}

std::string environment_name(const setting& s) {
    std::string name = "TEPORE_" + std::string(s.section) + "_" + std::string(s.key);
    for (char& c : name) c = upper(c);
    return name;
}

}  // namespace tepore::settings
