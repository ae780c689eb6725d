#include "thermostat/contract/topics.hpp"

#include <doctest/doctest.h>

using namespace tepore::thermostat;

namespace {

const topics one_room("home1", {""});
const topics two_rooms("home1", {"", "bedroom"});

}  // namespace

TEST_CASE("uids and zone ids") {
    CHECK(is_uid("home1"));
    CHECK(is_uid("A-b_9"));
    CHECK(is_uid(std::string(64, 'x')));
    for (const auto& bad : {std::string(), std::string(65, 'x'), std::string("a/b"), std::string("a+"), std::string("#"), std::string("$SYS"),
                            std::string("caf\xc3\xa8"), std::string("a b")}) {
        CAPTURE(bad);
        CHECK_FALSE(is_uid(bad));
    }
    CHECK(is_zone_id("bedroom-2"));
    CHECK_FALSE(is_zone_id("Bedroom"));
    CHECK_FALSE(is_zone_id("setpoint"));  // the name of a property
    CHECK_FALSE(is_zone_id(std::string(33, 'x')));
}

TEST_CASE("the first room lives at the device's root, the others below zones") {
    CHECK(two_rooms.state(0, property::setpoint) == "home1/thermostat/setpoint");
    CHECK(two_rooms.state(1, property::setpoint) == "home1/thermostat/zones/bedroom/setpoint");
    CHECK(two_rooms.state(1, property::outdoor) == "home1/thermostat/outdoor");
    CHECK(one_room.online() == "home1/thermostat/online");
    CHECK(one_room.alarm("frost") == "home1/thermostat/alarm/frost");
}

TEST_CASE("commands find their room and the state they show") {
    const auto setpoint = two_rooms.locate("home1/thermostat/setpoint/set");
    CHECK(setpoint.command == command_id::setpoint);
    CHECK(setpoint.zone == 0);
    CHECK(setpoint.shows == property::setpoint);
    const auto boost = two_rooms.locate("home1/thermostat/zones/bedroom/boost/set");
    CHECK(boost.command == command_id::boost);
    CHECK(boost.zone == 1);
    CHECK(boost.shows == property::preset);
    CHECK(one_room.locate("home1/thermostat/cmd/get").command == command_id::get);
    CHECK(one_room.locate("home1/thermostat/outdoor/set").command == command_id::outdoor);
}

TEST_CASE("states that nobody sets are known as such") {
    for (const char* name :
         {"action", "demand", "reason", "sensor", "energy", "dewpoint", "mould", "next", "state", "online", "info", "result", "log"}) {
        CAPTURE(name);
        const auto where = one_room.locate("home1/thermostat/" + std::string(name) + "/set");
        CHECK(where.read_only);
        CHECK_FALSE(where.command);
    }
}

TEST_CASE("everything else is unknown") {
    for (const char* topic : {"home1/thermostat/banana/set", "home1/thermostat/zones/set", "home1/thermostat/cmd/reboot",
                              "home1/thermostat/zones/bedroom/setpoint/set", "home1/thermostat//set", "home1/thermostat/", "home1/thermostat",
                              "home2/thermostat/setpoint/set", "", "/", "home1/thermostat/zones//setpoint/set", "home1/thermostat/cmd/get/x"}) {
        CAPTURE(topic);
        const auto where = one_room.locate(topic);
        CHECK_FALSE(where.command);
        CHECK_FALSE(where.read_only);
    }
    // A room has no outdoors of its own.
    CHECK_FALSE(two_rooms.locate("home1/thermostat/zones/bedroom/outdoor/set").command);
    CHECK_FALSE(two_rooms.locate("home1/thermostat/zones/bedroom/setpoint/set/x").command);
}

TEST_CASE("answers go only where they do no harm") {
    CHECK(one_room.may_answer_to("clients/7/answers"));
    for (const auto& bad : {std::string(), std::string("a/+"), std::string("a/#"), std::string("$SYS/x"), std::string("home1/thermostat/mode/set"),
                            std::string("home1/thermostat/online"), std::string("home1/thermostat"), std::string("a\0b", 3), std::string(2000, 'x'),
                            std::string("\xff")}) {
        CAPTURE(bad);
        CHECK_FALSE(one_room.may_answer_to(bad));
    }
}
