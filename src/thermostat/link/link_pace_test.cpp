// How much is said when nothing is asked.
#include <doctest/doctest.h>

#include "thermostat/link/conversation.hpp"
#include "thermostat/link/pace.hpp"

using namespace tepore;
using namespace tepore::thermostat;
using namespace tepore::thermostat::testing;

TEST_CASE("in real time a quiet room says its temperature every minute and little else") {
    talk t;
    t.connects();
    t.passes(10min);
    t.sent.clear();
    t.passes(60min);
    CHECK(t.published("temperature") >= 60);
    CHECK(t.published("schedule") == 0);
    CHECK(t.published("config") == 0);
    CHECK(t.published("info") == 0);
    CHECK(t.published("online") == 0);
    CHECK(t.sent.size() < 1500);
}

TEST_CASE("however fast the house lives, the broker hears a bounded number of messages a second") {
    for (const double speed : {600.0, 100'000.0}) {
        CAPTURE(speed);
        talk t({.speed = speed});
        t.connects();
        t.passes(2s);
        t.sent.clear();
        t.passes(10s);
        CHECK(t.published("temperature") <= 10);
        CHECK(t.published("state") <= 10);
        CHECK(t.published("energy") <= 1);
        CHECK(t.published("action") <= 100);
        CHECK(t.sent.size() < 600);
    }
}

TEST_CASE("states that matter are said at once") {
    talk t({.controller = law::hysteresis, .speed = 60});
    t.connects();
    t.passes(5s);
    t.hears("setpoint/set", "25");
    CHECK(t.state("action") == "heating");
    CHECK(t.state("reason") == "manual");
    CHECK(t.state("state").find("\"setpoint\":25.0") == std::string::npos);  // the summary follows within a second
    t.passes(1s);
    CHECK(t.state("state").find("\"setpoint\":25.0") != std::string::npos);
}

TEST_CASE("an alarm is raised once and cleared once") {
    talk t({.source = sensor_source::mqtt});
    t.connects();
    t.sent.clear();
    t.passes(3h);
    CHECK(t.published("alarm/sensor_stale") == 1);
    CHECK(t.state("alarm/sensor_stale").find("\"since\":\"2026-11-23T01:00") != std::string::npos);
    t.hears("temperature/set", "20");
    t.hears("temperature/set", "20");
    CHECK(t.published("alarm/sensor_stale") == 2);
    CHECK(t.state("alarm/sensor_stale") == "(nothing)");
}

TEST_CASE("time runs as fast as it should") {
    const monotonic real{1h};
    const pace fast(600, real, monday);
    CHECK(fast.at(real + 1s, {}).wall == monday + 10min);
    CHECK(fast.at(real + 1s, {}).steady - fast.at(real, {}).steady == 10min);
    CHECK(fast.tick() == 100ms);
    const pace plain(1, real, monday);
    CHECK(plain.at(real + 1s, monday + 7h).wall == monday + 7h);  // the world's clock was set
    CHECK(plain.at(real + 1s, monday + 7h).steady - plain.at(real, {}).steady == 1s);
    CHECK(plain.tick() == 1s);
    CHECK(pace(0.1, real, monday).tick() == 1s);
}
