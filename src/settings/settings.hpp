// What can be configured, as plain values. The initial values here are the defaults; names, ranges and explanations are in table.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tepore::settings {

/// The limits have the names and the reasons of broker/limits.hpp.
struct broker_settings {
    std::vector<std::string> listen{"tcp://127.0.0.1:1883"};
    std::string data;           // empty: nothing is kept on disk
    std::uint32_t workers = 0;  // 0: one for each core
    std::string event_loop = "auto";
    std::string users_file;  // empty: nobody is asked who they are
    bool allow_anonymous_network = false;
    bool password_login = true;
    std::vector<std::string> authentication_methods{"SCRAM-SHA-256"};  // of MQTT 5.0's enhanced authentication

    std::uint32_t packet_bytes_max = 1024 * 1024;
    std::uint32_t receive_maximum = 100;
    std::uint32_t inflight_max = 100;
    std::uint32_t queue_messages_max = 10'000;
    std::uint64_t queue_bytes_max = 16ull * 1024 * 1024;
    std::uint64_t waiting_bytes_max = 0;  // 0: a quarter of the machine's memory
    std::uint32_t connections_max = 1'000'000;
    std::uint32_t sessions_max = 1'000'000;
    std::uint32_t subscriptions_per_session_max = 10'000;
    std::uint32_t retained_messages_max = 1'000'000;
    std::uint64_t retained_bytes_max = 1024ull * 1024 * 1024;
    std::uint32_t session_expiry_max_s = 0xffff'ffff;  // for ever
    std::uint32_t keep_alive_max_s = 65'535;
    std::uint32_t topic_alias_maximum = 16;

    std::uint32_t maximum_qos = 2;
    bool retain_available = true;
    bool wildcard_subscriptions_available = true;
    bool subscription_identifiers_available = true;
    bool shared_subscriptions_available = true;
    bool validate_payload_format = false;
    std::string response_information;  // empty: none
    std::string server_reference;      // empty: none
    std::string redirect = "none";

    std::uint32_t connect_timeout_s = 10;
    std::uint32_t sys_interval_s = 10;  // 0: no $SYS topics
};

/// Of the broker's tls:// and wss:// listeners.
struct tls_settings {
    std::string cert_file;
    std::string key_file;
    std::string ca_file;  // with it, clients must show a certificate
    bool session_tickets = true;
    std::uint32_t handshake_threads = 0;  // 0: as many as workers
};

/// Of the broker's ws:// and wss:// listeners: the page and /mqtt share a port.
struct http_settings {
    bool page = true;
    std::vector<std::string> origins;
};

struct thermostat_settings {
    std::string broker = "mqtt://127.0.0.1:1883";
    std::string uid = "home1";
    std::string name = "Living room";
    std::string data;  // empty: nothing is kept on disk
    double speed = 1.0;
    std::uint64_t seed = 1;
    std::string house = "medium";
    std::string controller;  // empty: what the state file says, else pi
    std::string sensor = "simulated";
    std::string initial_mode = "heat";
    double initial_setpoint_c = 20.0;
    std::string time_zone;  // empty: the machine's
    bool mqtt5 = false;
    bool scram = false;
    std::string ca_file;
};

/// Of `tepore run`, which starts broker, web page and thermostat together.
struct run_settings {
    std::string data;  // empty: default_data_directory()
    std::uint32_t mqtt_port = 1883;
    std::uint32_t http_port = 8080;
};

/// Of `tepore remote`.
struct remote_settings {
    std::string broker = "mqtt://127.0.0.1:1883";
    std::string uid = "home1";
    std::string zone;      // empty: the first one
    std::string language;  // empty: the environment's
    bool scram = false;
    std::string ca_file;
};

struct log_settings {
    std::string level = "info";
};

struct all_settings {
    broker_settings broker;
    tls_settings tls;
    http_settings http;
    thermostat_settings thermostat;
    run_settings run;
    remote_settings remote;
    log_settings log;
};

}  // namespace tepore::settings
