// The life of a connection: what is said first and last, wills, absence, return.
#include <doctest/doctest.h>

#include "thermostat/contract/topics.hpp"
#include "thermostat/link/conversation.hpp"

using namespace tepore;
using namespace tepore::thermostat;
using namespace tepore::thermostat::testing;

TEST_CASE("the will says offline, retained, at least once") {
    talk t;
    const auto will = t.core.will();
    CHECK(will.topic == "home1/thermostat/online");
    CHECK(will.payload == "false");
    CHECK(will.retain);
    CHECK(will.qos == mqtt_qos::at_least_once);
}

TEST_CASE("the thermostat hears its commands and its own online, at least once, and nothing else") {
    talk t;
    std::vector<std::string> filters;
    for (const auto& s : t.core.subscriptions()) {
        CHECK(s.qos == mqtt_qos::at_least_once);
        CHECK_FALSE(s.retain_as_published);
        filters.push_back(s.filter);
    }
    CHECK(filters == std::vector<std::string>{"home1/thermostat/online", "home1/thermostat/+/set", "home1/thermostat/cmd/+"});
    talk modern({.zones = {"", "bedroom"}, .mqtt5 = true});
    CHECK(modern.core.subscriptions().size() == 4);
    CHECK(modern.core.subscriptions().back().retain_as_published);
}

TEST_CASE("the whole state is published before online = true, which is last") {
    talk t;
    t.connects();
    REQUIRE_FALSE(t.sent.empty());
    CHECK(t.sent.back().topic == "home1/thermostat/online");
    CHECK(t.sent.back().payload == "true");
    CHECK(t.published("online") == 1);
    for (const auto& row : property_table) {
        CAPTURE(row.name);
        CHECK(t.published(std::string(row.name)) == 1);
        CHECK_FALSE(t.state(std::string(row.name)).empty());
    }
    CHECK(t.published("info") == 1);
    for (const auto& m : t.sent) CHECK((m.retain || m.topic == "home1/thermostat/log"));
}

TEST_CASE("alarms of an earlier life are cleared when connecting") {
    talk t;
    t.retained["home1/thermostat/alarm/frost"] = "{}";
    t.retained["home1/thermostat/alarm/command_retained"] = "{}";
    t.connects();
    CHECK(t.state("alarm/frost") == "(nothing)");
    CHECK(t.state("alarm/command_retained") == "(nothing)");
}

TEST_CASE("a late will of an earlier connection is repaired") {
    talk t;
    t.connects();
    t.passes(5s);
    t.sent.clear();
    t.retained["home1/thermostat/online"] = "false";
    t.hears("online", "false");
    CHECK(t.state("online") == "true");
    t.hears("online", "true");  // our own words
    CHECK(t.published("online") == 1);
}

TEST_CASE("two thermostats with one uid do not drown the broker in repairs") {
    talk t;
    t.connects();
    t.passes(5s);
    t.sent.clear();
    for (int i = 0; i < 1000; ++i) t.hears("online", "false");
    CHECK(t.published("online") == 1);
    t.passes(2s);
    CHECK(t.published("online") == 2);
    CHECK(t.state("online") == "true");
    t.passes(60s);
    CHECK(t.published("online") == 2);
}

TEST_CASE("a will that arrives right after connecting is repaired a moment later") {
    talk t;
    t.connects();
    t.sent.clear();
    t.hears("online", "false");
    t.passes(2s);
    CHECK(t.published("online") == 1);
}

TEST_CASE("a clean end says false, and nothing after it") {
    talk t;
    t.connects();
    t.says_goodbye();
    CHECK(t.state("online") == "false");
    t.sent.clear();
    t.hears("online", "false");
    t.hears("setpoint/set", "22");
    t.passes(10s);
    CHECK(t.sent.empty());
}

TEST_CASE("without a broker nothing is published and the room is heated; on return everything is true again") {
    talk t({.controller = law::hysteresis, .speed = 60});
    t.connects();
    t.passes(120s);
    t.loses_the_broker();
    t.sent.clear();
    double coldest = 100, warmest = 0, energy_before = t.status().energy_kwh;
    for (int minute = 0; minute < 120; ++minute) {  // two hours
        t.passes(1s);
        coldest = std::min(coldest, *t.status().temperature_c);
        warmest = std::max(warmest, *t.status().temperature_c);
    }
    CHECK(t.sent.empty());
    CHECK(coldest > 18.5);
    CHECK(warmest < 21.5);
    CHECK(t.status().energy_kwh > energy_before + 1.0);

    t.connects();
    CHECK(t.sent.back().topic == "home1/thermostat/online");
    CHECK(t.published("temperature") == 1);
    CHECK(std::stod(t.state("energy")) == doctest::Approx(t.status().energy_kwh).epsilon(0.01));
}

TEST_CASE("the broker may come and go at any moment") {
    talk t;
    t.loses_the_broker();
    t.connects();
    t.connects();
    t.loses_the_broker();
    t.loses_the_broker();
    t.hears("setpoint/set", "22");
    CHECK(t.answers.empty());
    t.connects();
    CHECK(t.sent.back().payload == "true");
}
