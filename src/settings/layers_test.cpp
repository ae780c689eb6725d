#include "settings/layers.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace tepore::settings;

TEST_CASE("a file gives values, and each knows its line") {
    layered settings;
    const auto wrong = read_file(settings, "home.toml", R"(
[broker]
listen = ["tcp://127.0.0.1:1884"]
workers = 3

[thermostat]
speed = 60
name = "Soggiorno"
mqtt5 = true
)");
    CHECK(wrong.empty());
    CHECK(settings.values.broker.listen == std::vector<std::string>{"tcp://127.0.0.1:1884"});
    CHECK(settings.values.broker.workers == 3);
    CHECK(settings.values.thermostat.speed == 60.0);
    CHECK(settings.values.thermostat.name == "Soggiorno");
    CHECK(settings.values.thermostat.mqtt5);
    CHECK(settings.origins.at(find("thermostat", "speed")) == "home.toml:7");
    CHECK(settings.given("broker", "workers"));
    CHECK(!settings.given("broker", "data"));
}

TEST_CASE("letters that are not English are no blanks: outside of quotes they are a mistake, in every build") {
    for (const std::string text : {"citt\u00E0 = 1\n", "\u01E8\n", "[broker]\nworkers = 3 \u00E9\n", "\u00E9 = 1", "[r\u00E9seau]\n"}) {
        layered settings;
        const auto wrong = read_file(settings, "home.toml", text);
        CAPTURE(text);
        REQUIRE(wrong.size() == 1);
        CHECK(wrong.front().starts_with("home.toml:"));
    }
}

TEST_CASE("a mistake is one line and harmless for a terminal, whatever stands in the file") {
    for (const std::string text :
         {"[log]\nlevel = fals\n\n", "\"two\\nlines\" = 1\n", "[broker]\n\"\\u001b[2J\" = 1\n", "\"\\u009b\" = 1\n", "x = \"\x07"}) {
        layered settings;
        const auto wrong = read_file(settings, "home.toml", text);
        CAPTURE(text);
        REQUIRE(wrong.size() == 1);
        for (const char c : wrong.front()) CHECK(static_cast<unsigned char>(c) >= 0x20);
        CHECK(wrong.front().find("\u009b") == std::string::npos);
    }
}

TEST_CASE("every mistake of a file is told, with line, key and what is allowed") {
    layered settings;
    const auto wrong = read_file(settings, "home.toml", R"(
[broker]
lisen = ["tcp://127.0.0.1:1883"]
workers = "many"
allow_anonymous_network = "everybody"
queue_messages_max = 1979-05-27

[thermostatt]
speed = 1

[http]
page = { deep = true }
)");
    CHECK(wrong.size() == 6);
    const auto told = [&](std::string_view text) {
        for (const auto& line : wrong) {
            if (line == text) return true;
        }
        return false;
    };
    CHECK(told("home.toml:3: unknown key \"lisen\" in [broker]; did you mean \"listen\"?"));
    CHECK(told("home.toml:4: broker.workers: \"many\" is not allowed: it must be a whole number, 0 to 63"));
    CHECK(told("home.toml:5: broker.allow_anonymous_network: \"everybody\" is not allowed: it must be true or false"));
    CHECK(told("home.toml:6: broker.queue_messages_max: it must be a whole number, 0 to 10000000"));
    CHECK(told("home.toml:8: unknown section [thermostatt]; did you mean \"thermostat\"?"));
    CHECK(told("home.toml:12: http.page: it must be true or false"));
}

TEST_CASE("a key outside of a section, a section as a value, and what is no TOML") {
    layered settings;
    CHECK(read_file(settings, "a.toml", "listen = []\n") == mistakes{"a.toml:1: \"listen\" stands outside of a section; it belongs under [broker]"});
    CHECK(read_file(settings, "a.toml", "\nbroker = 1\n") == mistakes{"a.toml:2: \"broker\" is a section: write [broker]"});
    const auto wrong = read_file(settings, "a.toml", "[broker]\nlisten = [\n");
    REQUIRE(wrong.size() == 1);
    CHECK(wrong[0].starts_with("a.toml:"));
    CHECK(wrong[0].find("this is not TOML") != std::string::npos);
    CHECK(read_file(settings, "a.toml", "[broker]\nlisten = [1, 2]\n") == mistakes{"a.toml:2: broker.listen: it must be a list of texts"});
}

TEST_CASE("files full of nonsense are refused, never more") {
    layered settings;
    CHECK(read_file(settings, "a.toml", "").empty());
    CHECK(!read_file(settings, "a.toml", std::string(100, '\0')).empty());
    CHECK(!read_file(settings, "a.toml", std::string(100'000, '[')).empty());
    CHECK(!read_file(settings, "a.toml", "\xff\xfe[broker]").empty());
}

TEST_CASE("a file with random damage is read or refused, never more") {
    const std::string good =
        "[broker]\nlisten = [\"tcp://127.0.0.1:1\"]\nworkers = 3\n[thermostat]\nspeed = 1.5\nname = \"\\u00e8\"\n[http]\npage = true\n";
    constexpr std::string_view spice = "[]{}=\"'#\\\n.,+-_0e:T \xff";
    std::minstd_rand random(20261122);
    for (int round = 0; round < 3000; ++round) {
        std::string damaged = good;
        for (auto times = random() % 4 + 1; times > 0; --times) damaged[random() % damaged.size()] = spice[random() % spice.size()];
        layered settings;
        CHECK(read_file(settings, "a.toml", damaged).size() < 20);
    }
}

TEST_CASE("variables win over the file; unknown ones of our sections are mistakes") {
    layered settings;
    CHECK(read_file(settings, "home.toml", "[log]\nlevel = \"debug\"\n").empty());
    CHECK(read_environment(settings, {{"TEPORE_LOG_LEVEL", "error"}, {"TEPORE_CONFIG", "x"}, {"TEPORE_COLOUR", "red"}, {"HOME", "/"}}).empty());
    CHECK(settings.values.log.level == "error");
    CHECK(settings.origins.at(find("log", "level")) == "TEPORE_LOG_LEVEL");

    CHECK(read_environment(settings, {{"TEPORE_BROKER_LISEN", "tcp://127.0.0.1"}, {"TEPORE_BROKER_WORKERS", "-1"}}) ==
          mistakes{"TEPORE_BROKER_LISEN: there is no such setting; did you mean TEPORE_BROKER_LISTEN?",
                   "TEPORE_BROKER_WORKERS: -1 is not allowed: it must be a whole number, 0 to 63"});
}
