#include "settings/value.hpp"

#include <doctest/doctest.h>

#include <set>

#include "settings/nearest.hpp"

using namespace tepore::settings;

namespace {

const setting& row(const char* section, const char* key) {
    const auto* s = find(section, key);
    REQUIRE(s != nullptr);
    return *s;
}

std::string refusal(const setting& s, const value& v) {
    all_settings settings;
    const auto done = assign(s, settings, v);
    return done ? "" : done.error().message;
}

}  // namespace

TEST_CASE("every row of the table is complete, and its default is allowed") {
    std::set<std::string> names;
    std::set<std::string> variables;
    for (const auto& s : table()) {
        CAPTURE(full_name(s));
        CHECK(names.insert(full_name(s)).second);
        CHECK(variables.insert(environment_name(s)).second);
        CHECK(!s.help.empty());
        CHECK(!s.help.ends_with('.'));
        bool section_known = false;
        for (const auto& section : sections()) section_known = section_known || section.name == s.section;
        CHECK(section_known);

        // What is shown can be given again: the default as text, through the checks.
        all_settings settings;
        const auto shown = as_toml(s, settings);
        std::string bare = shown;
        if (bare.starts_with('"')) bare = bare.substr(1, bare.size() - 2);
        if (bare.starts_with('[')) bare = bare == "[]" ? "" : bare.substr(2, bare.size() - 4);
        CHECK(assign_text(s, settings, bare).has_value());
        CHECK(as_toml(s, settings) == shown);
    }
}

TEST_CASE("a value outside its range is refused, and the range is told") {
    const auto& port = row("run", "mqtt_port");
    CHECK(refusal(port, std::int64_t{65535}).empty());
    CHECK(refusal(port, std::int64_t{65536}) == "65536 is not allowed: it must be a whole number, 0 to 65535");
    CHECK(refusal(port, std::int64_t{-1}) == "-1 is not allowed: it must be a whole number, 0 to 65535");
    CHECK(refusal(port, 1.5) == "1.5 is not allowed: it must be a whole number, 0 to 65535");
    CHECK(refusal(port, std::string("many")) == "\"many\" is not allowed: it must be a whole number, 0 to 65535");
    CHECK(refusal(row("thermostat", "speed"), std::int64_t{2}).empty());
    CHECK(refusal(row("thermostat", "speed"), 0.0) == "0 is not allowed: it must be a number, 0.1 to 100000");
    CHECK(refusal(row("thermostat", "house"), std::string("big")) == "\"big\" is not allowed: it must be one of light, medium, heavy");
    CHECK(refusal(row("broker", "authentication_methods"), std::vector<std::string>{"SCRAM-SHA-256", "PLAIN"}) ==
          "\"PLAIN\" is not allowed: it must be a list of SCRAM-SHA-256");
    CHECK(refusal(row("http", "page"), std::int64_t{1}) == "1 is not allowed: it must be true or false");
    CHECK(refusal(row("broker", "listen"), std::string("tcp://127.0.0.1")) == "\"tcp://127.0.0.1\" is not allowed: it must be a list of texts");
}

TEST_CASE("a refused value changes nothing") {
    all_settings settings;
    CHECK(!assign(row("broker", "workers"), settings, std::int64_t{100'000}));
    CHECK(settings.broker.workers == 0);
}

TEST_CASE("text becomes what the setting needs") {
    all_settings settings;
    CHECK(assign_text(row("broker", "workers"), settings, " 3 ").has_value());
    CHECK(settings.broker.workers == 3);
    CHECK(assign_text(row("thermostat", "speed"), settings, "0.5").has_value());
    CHECK(settings.thermostat.speed == 0.5);
    CHECK(assign_text(row("thermostat", "mqtt5"), settings, "yes").has_value());
    CHECK(settings.thermostat.mqtt5);
    CHECK(assign_text(row("broker", "listen"), settings, "tcp://127.0.0.1:1, ws://127.0.0.1:2").has_value());
    CHECK(settings.broker.listen == std::vector<std::string>{"tcp://127.0.0.1:1", "ws://127.0.0.1:2"});
    for (const char* bad : {"", "3x", "0x3", "1e3", "--3", "nan"}) CHECK_MESSAGE(!assign_text(row("broker", "workers"), settings, bad), bad);
    for (const char* bad : {"", "fast", "nan", "inf", "1,5"}) CHECK_MESSAGE(!assign_text(row("thermostat", "speed"), settings, bad), bad);
}

TEST_CASE("what is shown is TOML, whatever the text") {
    all_settings settings;
    settings.thermostat.name = "a \"b\" \\ c\n";
    CHECK(as_toml(row("thermostat", "name"), settings) == R"("a \"b\" \\ c\u000a")");
    CHECK(as_toml(row("thermostat", "speed"), settings) == "1.0");
    CHECK(as_toml(row("broker", "listen"), settings) == R"(["tcp://127.0.0.1:1883"])");
}

TEST_CASE("the nearest word is suggested, a far one is not") {
    const std::vector<std::string> words{"listen", "workers", "users_file"};
    CHECK(nearest("lisen", words) == "listen");
    CHECK(nearest("worker", words) == "workers");
    CHECK(nearest("user_file", words) == "users_file");
    CHECK(nearest("colour", words).empty());
    CHECK(nearest(std::string(100'000, 'x'), words).empty());
}
