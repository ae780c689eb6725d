#include "settings/load.hpp"

#include <doctest/doctest.h>

#include "settings/document.hpp"

using namespace tepore::settings;

namespace {

/// A machine with one file on it.
surroundings machine(std::string file = "", std::vector<std::pair<std::string, std::string>> variables = {}) {
    return {std::move(variables), [file](const std::string& path) -> tepore::result<std::string> {
                if (path != "home.toml") return tepore::failure(path + ": cannot be read");
                return file;
            }};
}

std::string told(const command& c, std::vector<std::string> arguments, const surroundings& world = machine()) {
    const auto settings = load(c, arguments, world);
    return settings ? "" : settings.error().message;
}

layered usable(const command& c, std::vector<std::string> arguments, const surroundings& world = machine()) {
    auto settings = load(c, arguments, world);
    if (!settings) FAIL(settings.error().message);
    return settings->layers;
}

}  // namespace

TEST_CASE("flags win over the environment, the environment over the file, the file over the defaults") {
    const auto world = machine("[broker]\nworkers = 1\nsys_interval_s = 1\nconnect_timeout_s = 1\n",
                               {{"TEPORE_BROKER_WORKERS", "2"}, {"TEPORE_BROKER_SYS_INTERVAL_S", "2"}, {"TEPORE_CONFIG", "home.toml"}});
    const auto settings = usable(broker_command(), {"--workers", "3"}, world);
    CHECK(settings.values.broker.workers == 3);
    CHECK(settings.values.broker.sys_interval_s == 2);
    CHECK(settings.values.broker.connect_timeout_s == 1);
    CHECK(settings.values.broker.receive_maximum == 100);
    CHECK(settings.origins.at(find("broker", "workers")) == "--workers");
}

TEST_CASE("lists: a flag may be repeated, and replaces the file's list") {
    const auto world = machine("[broker]\nlisten = [\"tcp://127.0.0.1:9\"]\n");
    CHECK(usable(broker_command(), {"-c", "home.toml"}, world).values.broker.listen == std::vector<std::string>{"tcp://127.0.0.1:9"});
    const auto settings = usable(broker_command(), {"-c", "home.toml", "--listen", "tcp://127.0.0.1:1", "--listen", "ws://127.0.0.1:2"}, world);
    CHECK(settings.values.broker.listen == std::vector<std::string>{"tcp://127.0.0.1:1", "ws://127.0.0.1:2"});
}

TEST_CASE("a listener open to the network without users is refused, and the message says what to do") {
    for (const char* open : {"tcp://0.0.0.0:1883", "ws://[::]:8080", "tcp://192.168.1.2", "tcp://127.evil.example"}) {
        CAPTURE(open);
        const auto message = told(broker_command(), {"--listen", open});
        CHECK(message.find("tepore passwd") != std::string::npos);
        CHECK(message.find("127.0.0.1") != std::string::npos);
        CHECK(message.find("broker.allow_anonymous_network = true") != std::string::npos);
        CHECK(told(broker_command(), {"--listen", open, "--users-file", "users"}).empty());
        CHECK(told(broker_command(), {"--listen", open, "--allow-anonymous-network"}).empty());
    }
    CHECK(!told(run_command(), {"--broker-listen", "tcp://0.0.0.0:1883"}).empty());
    CHECK(told(broker_command(), {"--listen", "tcp://127.0.0.1:1883", "--listen", "tcp://[::1]:1883", "--listen", "tcp://localhost:1"}).empty());
}

TEST_CASE("settings that do not go together are refused") {
    CHECK(told(broker_command(), {"--listen", "tls://127.0.0.1:8883"}).find("tls.cert_file") != std::string::npos);
    CHECK(told(broker_command(), {"--listen", "tls://127.0.0.1:8883", "--tls-cert-file", "c", "--tls-key-file", "k"}).empty());
    CHECK(told(broker_command(), {"--allow-anonymous-network", "--users-file", "users"}).find("leave one of them out") != std::string::npos);
    CHECK(told(broker_command(), {"--listen", "1883"}).find("the address \"1883\"") != std::string::npos);
    CHECK(told(broker_command(), {"--listen", "tcp://amy:secret@127.0.0.1"}).find("users_file") != std::string::npos);
    CHECK(told(run_command(), {"--broker-listen", "ws://127.0.0.1:8080"}).find("tcp listener") != std::string::npos);
    CHECK(told(run_command(), {"--broker-listen", "ws://127.0.0.1:8080", "--thermostat-broker", "ws://127.0.0.1:8080"}).empty());
    CHECK(told(run_command(), {"--broker-users-file", "users"}).find("thermostat.broker") != std::string::npos);
    CHECK(told(run_command(), {"--mqtt-port", "1", "--broker-listen", "tcp://127.0.0.1:1"}).find("leave one of them out") != std::string::npos);
    CHECK(told(broker_command(), {"--redirect", "temporary"}).find("broker.server_reference") != std::string::npos);
    CHECK(told(broker_command(), {"--redirect", "temporary", "--server-reference", "other.example"}).empty());
    CHECK(told(thermostat_command(), {"--uid", "a/b"}).find("letters, digits") != std::string::npos);
    CHECK(told(thermostat_command(), {"--broker", "localhost"}).find("mqtt://") != std::string::npos);
}

TEST_CASE("tepore run listens on its two ports") {
    CHECK(usable(run_command(), {}).values.broker.listen == std::vector<std::string>{"tcp://127.0.0.1:1883", "ws://127.0.0.1:8080"});
    const auto settings = usable(run_command(), {"--mqtt-port", "0", "--http-port", "8081", "--speed", "60", "--uid", "home2"});
    CHECK(settings.values.broker.listen == std::vector<std::string>{"tcp://127.0.0.1:0", "ws://127.0.0.1:8081"});
    CHECK(settings.values.thermostat.speed == 60);
    CHECK(settings.values.thermostat.uid == "home2");
}

TEST_CASE("each mistake has its exit code") {
    const auto code = [](std::vector<std::string> arguments, surroundings world = machine()) {
        const auto settings = load(broker_command(), arguments, world);
        return settings ? exit_code::ok : settings.error().code;
    };
    CHECK(code({"--lisen", "x"}) == exit_code::usage);
    CHECK(code({"--workers", "x"}) == exit_code::usage);
    CHECK(code({"-c", "none.toml"}) == exit_code::configuration);
    CHECK(code({"-c", "home.toml"}, machine("[x]\n")) == exit_code::configuration);
    CHECK(code({}, machine("", {{"TEPORE_BROKER_WORKERS", "x"}})) == exit_code::configuration);
    CHECK(code({"--listen", "tcp://0.0.0.0"}) == exit_code::configuration);
}

TEST_CASE("help and checks are wishes, and help needs nothing to be right") {
    const std::vector<std::string> help{"--help", "--listen", "nonsense"};
    CHECK(load(broker_command(), help, machine())->wish == wish::help);
    const std::vector<std::string> check{"--check-config"};
    CHECK(load(broker_command(), check, machine())->wish == wish::check_config);
    const auto text = help_text(run_command());
    for (const char* expected : {"--mqtt-port", "--speed", "--broker-workers", "--config", "--log-level"})
        CHECK_MESSAGE(text.contains(expected), expected);
}

TEST_CASE("flags that are no settings come out in order") {
    const std::vector<std::string> arguments{"--mode", "heat", "--uid", "home2", "--set", "21,5", "--json"};
    const auto given = load(remote_command(), arguments, machine());
    REQUIRE(given);
    CHECK(given->layers.values.remote.uid == "home2");
    CHECK(given->own_flags == std::vector<std::pair<std::string, std::string>>{{"--mode", "heat"}, {"--set", "21,5"}, {"--json", "true"}});
    CHECK(told(remote_command(), {"--uid", "a/b"}).find("letters, digits") != std::string::npos);
}

TEST_CASE("what --print-config prints can be read again") {
    const auto settings = usable(run_command(), {"--speed", "60", "--name", "Salotto \"blu\""});
    const auto printed = print_config(settings);
    CHECK(printed.contains("speed = 60.0  # --speed\n"));
    layered again;
    CHECK(read_file(again, "printed", printed).empty());
    CHECK(print_config(again).contains("name = \"Salotto \\\"blu\\\"\""));
}
