#include "settings/table.hpp"

#include <array>

namespace tepore::settings {
namespace {

constexpr double port_max = 65'535;
constexpr double mib = 1024.0 * 1024;

// The key is the field's name, so that nobody has to learn two.
#define TEPORE_ROW(section_name, field) .section = #section_name, .key = #field, .in = [](all_settings& s) -> slot { return &s.section_name.field; }

// A table: two lines a row.
// clang-format off
constexpr std::array rows{
    setting{TEPORE_ROW(broker, listen), .example = R"(["tcp://127.0.0.1:1883", "ws://127.0.0.1:8080"])",
            .help = "Where clients connect: tcp, tls, ws or wss, then address and port. A ws or wss listener also serves the web page"},
    setting{TEPORE_ROW(broker, data), .example = "\"/var/lib/tepore/broker\"",
            .help = "Directory for what has to survive a restart; empty: nothing is kept on disk. Checked, and not yet used: everything is in memory"},
    setting{TEPORE_ROW(broker, workers), .max = 63,
            .help = "Threads that serve clients; 0: one for each core"},
    setting{TEPORE_ROW(broker, event_loop), .allowed = "auto|epoll|io_uring",
            .help = "How the broker reaches its connections: io_uring, which needs Linux 6.1 and may be forbidden, or epoll; auto: io_uring where it can be had"},
    setting{TEPORE_ROW(broker, users_file), .example = "\"/etc/tepore/users\"",
            .help = "Names and password hashes, made by `tepore passwd`; given: every client must log in"},
    setting{TEPORE_ROW(broker, allow_anonymous_network),
            .help = "Lets everybody who reaches a listener connect without a password; without it and without users_file, listeners must be on 127.0.0.1"},
    setting{TEPORE_ROW(broker, password_login),
            .help = "Whether user name and password in CONNECT let a user in; false: only the authentication methods do, which MQTT 3.1.1 does not have"},
    setting{TEPORE_ROW(broker, authentication_methods), .allowed = "SCRAM-SHA-256", .example = "[]",
            .help = "Methods of MQTT 5.0's enhanced authentication that users may log in with; empty: none"},
    setting{TEPORE_ROW(broker, packet_bytes_max), .min = 1024, .max = 268'435'460,
            .help = "Largest packet a client may send; a larger one ends its connection"},
    setting{TEPORE_ROW(broker, receive_maximum), .min = 1, .max = 65'535,
            .help = "QoS 1 and 2 messages that one MQTT 5.0 client may have under way to the broker"},
    setting{TEPORE_ROW(broker, inflight_max), .min = 1, .max = 65'535,
            .help = "QoS 1 and 2 messages under way to one client; an MQTT 5.0 client may ask for fewer"},
    setting{TEPORE_ROW(broker, queue_messages_max), .max = 10e6,
            .help = "Messages that wait for one client, connected or away; beyond them the newest is dropped and counted"},
    setting{TEPORE_ROW(broker, queue_bytes_max), .max = 65'536 * mib,
            .help = "Bytes that wait for one client; both limits hold"},
    setting{TEPORE_ROW(broker, waiting_bytes_max), .max = 65'536 * mib,
            .help = "Memory for all that waits for clients together; near it fast publishers are slowed, beyond it messages for clients that do not keep up "
                    "are dropped and counted; 0: a quarter of what the machine, or its container, has"},
    setting{TEPORE_ROW(broker, connections_max), .min = 1, .max = 10e6,
            .help = "Connections open at once; further ones are closed"},
    setting{TEPORE_ROW(broker, sessions_max), .min = 1, .max = 10e6,
            .help = "Sessions, of clients that are connected and of those that are away"},
    setting{TEPORE_ROW(broker, subscriptions_per_session_max), .min = 1, .max = 1e6,
            .help = "Subscriptions of one client; further ones are refused"},
    setting{TEPORE_ROW(broker, retained_messages_max), .max = 100e6,
            .help = "Topics with a retained message"},
    setting{TEPORE_ROW(broker, retained_bytes_max), .max = 65'536 * mib,
            .help = "Bytes of all retained messages; both limits hold"},
    setting{TEPORE_ROW(broker, session_expiry_max_s), .max = 4'294'967'295.0,
            .help = "Longest time that the session of a client that went away is kept, in seconds; 4294967295: for ever"},
    setting{TEPORE_ROW(broker, keep_alive_max_s), .min = 1, .max = 65'535,
            .help = "Longest keep alive of an MQTT 5.0 client, in seconds; one that asks for a longer one, or none, is told this; 65535: as it asks"},
    setting{TEPORE_ROW(broker, topic_alias_maximum), .max = 65'535,
            .help = "Topic aliases that one MQTT 5.0 client may set, each of which costs the memory of a topic; 0: none"},
    setting{TEPORE_ROW(broker, maximum_qos), .max = 2,
            .help = "Highest QoS of a published message or will; MQTT 5.0 clients are told, and who goes beyond it is disconnected"},
    setting{TEPORE_ROW(broker, retain_available),
            .help = "Whether retained messages are kept; if not, MQTT 5.0 clients are told, and who publishes one is disconnected"},
    setting{TEPORE_ROW(broker, wildcard_subscriptions_available),
            .help = "Whether filters may have wildcards; if not, MQTT 5.0 clients are told, and who subscribes with one is disconnected"},
    setting{TEPORE_ROW(broker, subscription_identifiers_available),
            .help = "Whether MQTT 5.0 clients may give their subscriptions identifiers; if not, they are told, and who gives one is disconnected"},
    setting{TEPORE_ROW(broker, shared_subscriptions_available),
            .help = "Whether clients may share a subscription, $share/NAME/FILTER; if not, MQTT 5.0 clients are told, and who asks for one is disconnected"},
    setting{TEPORE_ROW(broker, validate_payload_format),
            .help = "Whether a payload that an MQTT 5.0 client marks as UTF-8 must be: one that is not is refused"},
    setting{TEPORE_ROW(broker, response_information), .example = "\"replies/\"",
            .help = "For MQTT 5.0 clients that ask for Response Information, which they make response topics of; empty: none"},
    setting{TEPORE_ROW(broker, server_reference), .example = "\"mqtt2.example:1883\"",
            .help = "Another server, of which MQTT 5.0 clients are told when this one stops or redirects them; empty: none"},
    setting{TEPORE_ROW(broker, redirect), .allowed = "none|temporary|permanent",
            .help = "Whether clients are refused and sent to server_reference: for now, or for good"},
    setting{TEPORE_ROW(broker, connect_timeout_s), .min = 1, .max = 300,
            .help = "Seconds from an accepted connection to a complete CONNECT"},
    setting{TEPORE_ROW(broker, sys_interval_s), .max = 3'600,
            .help = "Seconds between updates of the $SYS topics; 0: none"},

    setting{TEPORE_ROW(tls, cert_file), .example = "\"/etc/tepore/certs/server.pem\"",
            .help = "Certificate chain of the tls and wss listeners, PEM"},
    setting{TEPORE_ROW(tls, key_file), .example = "\"/etc/tepore/certs/server.key\"",
            .help = "Its private key, PEM"},
    setting{TEPORE_ROW(tls, ca_file),
            .help = "Authorities that sign the clients' certificates, PEM; given: every client must show one"},
    setting{TEPORE_ROW(tls, session_tickets),
            .help = "Whether a client that comes back within half a day is spared the server's certificate; never where clients must show one of their own"},
    setting{TEPORE_ROW(tls, handshake_threads), .max = 64,
            .help = "Threads for new TLS connections, which yield to the workers; 0: as many as workers"},

    setting{TEPORE_ROW(http, page),
            .help = "Whether ws and wss listeners serve the web page"},
    setting{TEPORE_ROW(http, origins), .example = R"(["https://home.example"])",
            .help = "Web sites, besides the listener's own page, whose scripts may connect; \"*\": all"},

    setting{TEPORE_ROW(thermostat, broker), .example = "\"mqtts://user:password@host:8883\"",
            .help = "The broker: mqtt, mqtts, ws or wss, with user and password where it wants them. Any MQTT broker will do"},
    setting{TEPORE_ROW(thermostat, uid), .short_in_run = true,
            .help = "First level of every topic, 1 to 64 letters, digits, _ and -; two thermostats on one broker need two"},
    setting{TEPORE_ROW(thermostat, name), .short_in_run = true,
            .help = "The room's name, for people"},
    setting{TEPORE_ROW(thermostat, data), .example = "\"/var/lib/tepore/thermostat\"",
            .help = "Directory for what has to survive a restart; empty: nothing is kept on disk"},
    setting{TEPORE_ROW(thermostat, speed), .min = 0.1, .max = 100'000, .short_in_run = true,
            .help = "Simulated seconds in a second"},
    setting{TEPORE_ROW(thermostat, seed), .max = 1e15, .short_in_run = true,
            .help = "Weather, people and sensor noise of the simulated house: the same number gives the same ones"},
    setting{TEPORE_ROW(thermostat, house), .allowed = "light|medium|heavy", .short_in_run = true,
            .help = "The simulated house: electric convectors, radiators with a boiler, or underfloor heating"},
    setting{TEPORE_ROW(thermostat, controller), .allowed = "|hysteresis|pi", .short_in_run = true,
            .help = "How the room is held at its set point; empty: as it was last, else pi"},
    setting{TEPORE_ROW(thermostat, sensor), .allowed = "simulated|mqtt",
            .help = "Where measurements come from: the simulated house, or messages on <uid>/thermostat/temperature/set"},
    setting{TEPORE_ROW(thermostat, initial_mode), .allowed = "off|heat|auto",
            .help = "Mode at the very first start"},
    setting{TEPORE_ROW(thermostat, initial_setpoint_c), .min = 5, .max = 30,
            .help = "Set point at the very first start, degrees Celsius"},
    setting{TEPORE_ROW(thermostat, time_zone), .example = "\"Europe/Rome\"",
            .help = "Time zone of the house; empty: the machine's"},
    setting{TEPORE_ROW(thermostat, mqtt5),
            .help = "Speak MQTT 5.0 instead of 3.1.1"},
    setting{TEPORE_ROW(thermostat, scram),
            .help = "Log in with SCRAM-SHA-256, so that the broker never sees the password; needs and implies MQTT 5.0"},
    setting{TEPORE_ROW(thermostat, ca_file),
            .help = "Authorities that may sign the broker's certificate, PEM; empty: the system's"},

    setting{TEPORE_ROW(run, data), .example = "\"/var/lib/tepore\"",
            .help = "Directory for everything that has to survive a restart; empty: $XDG_STATE_HOME/tepore, else ~/.local/state/tepore"},
    setting{TEPORE_ROW(run, mqtt_port), .max = port_max,
            .help = "Port of the broker on 127.0.0.1, unless broker.listen is given; 0: a free one"},
    setting{TEPORE_ROW(run, http_port), .max = port_max,
            .help = "Port of the web page on 127.0.0.1, unless broker.listen is given; 0: a free one"},

    setting{TEPORE_ROW(remote, broker), .example = "\"mqtts://user:password@host:8883\"",
            .help = "The broker: mqtt, mqtts, ws or wss, with user and password where it wants them"},
    setting{TEPORE_ROW(remote, uid),
            .help = "Which thermostat: the first level of its topics"},
    setting{TEPORE_ROW(remote, zone), .example = "\"bath\"",
            .help = "Which of its zones; empty: the first one"},
    setting{TEPORE_ROW(remote, language), .allowed = "|en|it",
            .help = "English or Italian; empty: as LANG says"},
    setting{TEPORE_ROW(remote, scram),
            .help = "Log in with SCRAM-SHA-256 over MQTT 5.0, so that the broker never sees the password"},
    setting{TEPORE_ROW(remote, ca_file),
            .help = "Authorities that may sign the broker's certificate, PEM; empty: the system's"},

    setting{TEPORE_ROW(log, level), .allowed = "debug|info|notice|warning|error", .reloadable = true,
            .help = "The least that is logged, to standard error"},
};
// clang-format on

#undef TEPORE_ROW

constexpr std::array section_rows{
    section{"broker", "The MQTT broker: `tepore broker`, and inside `tepore run`."},
    section{"tls", "Certificates of the broker's tls and wss listeners."},
    section{"http", "The web remote control and MQTT over WebSocket, on the broker's ws and wss listeners."},
    section{"thermostat", "The thermostat: `tepore thermostat`, and inside `tepore run`."},
    section{"run", "`tepore run`: broker, web page and thermostat in one process."},
    section{"remote", "`tepore remote`: a remote control in the terminal."},
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
