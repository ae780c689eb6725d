#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "thermostat/contract/contract.hpp"
#include "thermostat/contract/words.hpp"

using namespace tepore;
using namespace tepore::thermostat;

namespace {

std::string_view refuses(std::string_view json) {
    const auto changes = read_settings(json);
    REQUIRE_FALSE(changes.has_value());
    return word(changes.error().code);
}

}  // namespace

TEST_CASE("a patch names what changes") {
    const auto changes = read_settings(R"({"max":25,"controller":"hysteresis","presets":{"eco":18.5,"away":null}})");
    REQUIRE(changes);
    REQUIRE(changes->size() == 4);
    const auto next = changed({}, {}, *changes);
    REQUIRE(next);
    CHECK(next->max_c == 25.0);
    CHECK(next->controller == law::hysteresis);
    CHECK(next->eco_c == 18.5);
    CHECK(read_settings("{}")->empty());
    CHECK(read_settings(R"({"presets":null})")->size() == 5);
}

TEST_CASE("what cannot be set is told") {
    CHECK(refuses("nonsense") == "bad_json");
    CHECK(refuses("[1]") == "bad_json");
    CHECK(refuses("") == "bad_json");
    CHECK(refuses(R"({"volume":11})") == "unknown_value");
    CHECK(refuses(R"({"presets.eco":18})") == "unknown_value");
    CHECK(refuses(R"({"presets":{"party":25}})") == "unknown_value");
    CHECK(refuses(R"({"presets":18})") == "unknown_value");
    CHECK(refuses(R"({"controller":"magic"})") == "unknown_value");
    CHECK(refuses(R"({"controller":1})") == "unknown_value");
    CHECK(refuses(R"({"max":"25"})") == "not_a_number");
    CHECK(refuses(R"({"max":1e999})") == "bad_json");
    CHECK(refuses(R"({"modes":["off"]})") == "read_only");
}

TEST_CASE("what is printed can be read back") {
    zone_settings settings;
    settings.max_c = 26.5;
    settings.controller = law::hysteresis;
    settings.away_c = 12.5;
    auto printed = nlohmann::json::parse(print_settings(settings, sensor_source::mqtt));
    CHECK(printed["max"] == 26.5);
    CHECK(printed["presets"]["away"] == 12.5);
    CHECK(printed["modes"] == nlohmann::json{"off", "heat", "auto"});
    CHECK(printed["sensor"] == "mqtt");
    for (const char* reported : {"modes", "preset_modes", "sensor"}) printed.erase(reported);
    const auto changes = read_settings(printed.dump());
    REQUIRE(changes);
    CHECK(changed({}, {}, *changes) == settings);
}
