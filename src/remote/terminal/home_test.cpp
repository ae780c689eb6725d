#include "remote/terminal/home.hpp"

#include <doctest/doctest.h>

#include "remote/terminal/json_line.hpp"
#include "remote/terminal/payloads.hpp"
#include "remote/terminal/text.hpp"

using namespace tepore;
using namespace tepore::remote;
using namespace std::chrono_literals;

namespace {

/// A remote control in front of a thermostat that is there, with the clock in hand.
struct talk {
    monotonic now{1h};
    remote::home home{"home1", ""};

    talk() {
        home.link_is(broker_link::connected);
        hear("config", R"({"min":5,"max":30,"step":0.5,"modes":["off","heat","auto"],"preset_modes":["comfort","eco","boost"]})");
        hear("setpoint", "21.0");
        hear("mode", "heat");
        hear("preset", "none");
        hear("temperature", "20.7");
        hear("online", "true");
    }
    void hear(std::string_view name, std::string_view payload) { home.hear("home1/thermostat/" + std::string(name), payload, now); }
    std::vector<command> sent() { return home.take_commands(now); }
    void answer(std::string_view json) { hear("result", json); }
};

}  // namespace

TEST_CASE("state topics are heard; those of other homes and zones are not") {
    talk t;
    CHECK(t.home.number(property::temperature) == 20.7);
    CHECK(t.home.word(property::mode) == "heat");
    CHECK(t.home.reachable());
    t.home.hear("home2/thermostat/temperature", "5.0", t.now);
    t.home.hear("home1/thermostat/zones/bath/temperature", "6.0", t.now);
    t.home.hear("home1/thermostatx/temperature", "7.0", t.now);
    CHECK(t.home.number(property::temperature) == 20.7);
    t.hear("temperature", "None");
    CHECK(!t.home.number(property::temperature));

    remote::home bath("home1", "bath");
    bath.hear("home1/thermostat/zones/bath/temperature", "23.5", t.now);
    bath.hear("home1/thermostat/temperature", "20.7", t.now);
    bath.hear("home1/thermostat/outdoor", "3.4", t.now);
    CHECK(bath.number(property::temperature) == 23.5);
    CHECK(bath.number(property::outdoor) == 3.4);
}

TEST_CASE("the set point follows the keys, and one command is sent when they rest") {
    talk t;
    t.home.nudge_setpoint(1, t.now);
    t.now += 100ms;
    t.home.nudge_setpoint(1, t.now);
    CHECK(t.home.wished_setpoint() == 22.0);
    CHECK(t.sent().empty());
    CHECK(t.home.next_deadline() == t.now + setpoint_pause);
    t.now += setpoint_pause;
    const auto commands = t.sent();
    REQUIRE(commands.size() == 1);
    CHECK(commands[0].topic == "home1/thermostat/setpoint/set");
    CHECK(commands[0].payload == "22.0");

    // Shown as wished until the thermostat says so.
    t.hear("setpoint", "21.0");
    CHECK(t.home.wished_setpoint() == 22.0);
    t.hear("setpoint", "22.0");
    CHECK(!t.home.wished_setpoint());
    t.answer(R"({"topic":"home1/thermostat/setpoint/set","ok":true,"value":22.0,"was":21.0})");
    CHECK(t.home.notes().front().outcome == command_outcome::accepted);
}

TEST_CASE("the set point stays on its steps and within its limits") {
    talk t;
    t.hear("setpoint", "20.7");
    t.home.nudge_setpoint(1, t.now);
    CHECK(t.home.wished_setpoint() == 21.0);
    t.home.nudge_setpoint(-1, t.now);
    CHECK(t.home.wished_setpoint() == 20.5);
    t.home.nudge_setpoint(100, t.now);
    CHECK(t.home.wished_setpoint() == 30.0);
    t.home.nudge_setpoint(-100, t.now);
    CHECK(t.home.wished_setpoint() == 5.0);
}

TEST_CASE("a refused command says why, and the wish is given up") {
    talk t;
    t.home.ask("setpoint", "99", t.now);
    CHECK(t.sent().size() == 1);
    CHECK(t.home.waits_for("setpoint"));
    t.answer(
        R"({"topic":"home1/thermostat/setpoint/set","ok":false,"error":"out_of_range","got":"99","min":5,"max":30,"message":"99 is above the maximum 30"})");
    CHECK(t.home.notes().front().outcome == command_outcome::refused);
    CHECK(t.home.notes().front().error == "out_of_range");
    CHECK(t.home.notes().front().message == "99 is above the maximum 30");
    CHECK(!t.home.waits_for("setpoint"));
}

TEST_CASE("an answer that does not come is not waited for for ever") {
    talk t;
    t.home.next_mode(t.now);
    CHECK(t.sent().at(0).payload == "auto");
    CHECK(t.home.next_deadline() == t.now + answer_patience);
    t.now += answer_patience;
    t.home.tick(t.now);
    CHECK(t.home.notes().front().outcome == command_outcome::unanswered);
    CHECK(t.home.next_deadline() == never);
}

TEST_CASE("answers find their commands in order") {
    talk t;
    t.home.ask("mode", "off", t.now);
    t.home.ask("mode", "heat", t.now);
    t.answer(R"({"topic":"home1/thermostat/mode/set","ok":false,"error":"rate_limited"})");
    CHECK(t.home.notes()[0].outcome == command_outcome::waiting);
    CHECK(t.home.notes()[1].outcome == command_outcome::refused);
    t.answer(R"({"topic":"home1/thermostat/mode/set","ok":true})");
    CHECK(t.home.notes()[0].outcome == command_outcome::accepted);
    t.answer(R"({"topic":"home1/thermostat/mode/set","ok":true})");  // somebody else's
}

TEST_CASE("modes, presets and boost go round") {
    talk t;
    t.hear("mode", "auto");
    t.home.next_mode(t.now);
    t.home.next_preset(t.now);
    t.home.toggle_boost(t.now);
    const auto commands = t.sent();
    REQUIRE(commands.size() == 3);
    CHECK(commands[0].payload == "off");
    CHECK(commands[1].payload == "comfort");
    CHECK(commands[2].payload == "60");
    t.hear("preset", "boost");
    t.home.toggle_boost(t.now);
    CHECK(t.sent().at(0).payload == "off");
    t.hear("preset", "eco");
    t.home.next_preset(t.now);
    CHECK(t.sent().at(0).payload == "none");
}

TEST_CASE("nothing is asked of a thermostat that is not there") {
    talk t;
    t.hear("online", "false");
    t.home.nudge_setpoint(1, t.now);
    t.home.next_mode(t.now);
    t.home.ask("setpoint", "21", t.now);
    t.home.refresh();
    t.now += 1min;
    CHECK(t.sent().empty());
    CHECK(t.home.notes().empty());
    t.home.link_is(broker_link::away, "nobody listens there");
    CHECK(!t.home.online());
}

TEST_CASE("what comes over the network is bounded and harmless") {
    talk t;
    t.hear("info", R"({"zones":[{"id":"","name":"Salotto\u001b[2J"}]})");
    CHECK(t.home.name() == "Salotto?[2J");
    t.hear("mode", "\x1b]0;gotcha\x07");
    CHECK(t.home.word(property::mode) == "?]0;gotcha?");
    t.hear("reason", std::string(100'000, 'x'));
    CHECK(t.home.word(property::reason).size() == 64);
    for (int i = 0; i < 1000; ++i) t.hear("alarm/code" + std::to_string(i), "{}");
    CHECK(t.home.alarms().size() == alarms_max);
    for (int i = 0; i < 1000; ++i) t.hear("temperature", std::to_string(i));
    CHECK(t.home.curve().size() == curve_points_max);
    for (const char* nonsense : {"", "{", "[]", "null", "1e999", R"({"min":"a","max":[],"step":0,"modes":7})", R"({"min":30,"max":5})", "\xff\xfe"}) {
        t.hear("config", nonsense);
        t.hear("info", nonsense);
        t.hear("result", nonsense);
        t.hear("next", nonsense);
        CHECK(t.home.setpoint_max() == 30.0);
        CHECK(t.home.setpoint_step() == 0.5);
        CHECK(t.home.modes().size() == 3);
    }
    t.hear("config", std::string(1'000'000, '['));
}

TEST_CASE("an alarm goes when its topic is emptied") {
    talk t;
    t.hear("alarm/frost", R"({"message":"cold"})");
    CHECK(t.home.alarms().at("frost") == "cold");
    t.hear("alarm/frost", "");
    CHECK(t.home.alarms().empty());
}

TEST_CASE("harmless text: no control characters, no broken UTF-8, no more than asked for") {
    CHECK(harmless("caldo è bello") == "caldo è bello");
    CHECK(harmless("a\x1b[31mb\x7f\xc2\x9b") == "a?[31mb??");
    CHECK(harmless("\xff\xc0\xaf\xed\xa0\x80") == "??????");
    CHECK(harmless("\u202Eabc") == "?abc");
    CHECK(harmless("èèè", 2) == "èè");
    CHECK(columns_of("èè°C") == 4);
    CHECK(cut("è°C", 2) == "è°");
}

TEST_CASE("degrees: two decimals at most, one at least, and few digits whatever the number") {
    CHECK(degrees(21) == "21.0");
    CHECK(degrees(20.456) == "20.46");
    CHECK(degrees(-0.001) == "0.0");
    CHECK(degrees(-999'999'999'999) == "-999999999999.0");
    CHECK(degrees(2.5e34) == "2.5e+34");
    CHECK(degrees(-1.7976931348623157e308) == "-1.7976931348623157e+308");
}

TEST_CASE("a line of JSON tells all that is known") {
    talk t;
    CHECK(json_line(t.home).starts_with(
        R"({"uid":"home1","broker":"connected","online":true,"name":null,"temperature":20.7,"humidity":null,"setpoint":21.0,)"));
    CHECK(json_line(t.home).ends_with(R"("alarms":[]})"));
}

TEST_CASE("the next change of the schedule is read") {
    const auto next = read_next(R"({"at":"2026-11-23T06:30:00+01:00","setpoint":21.0})");
    REQUIRE(next);
    CHECK(next->setpoint_c == 21.0);
    CHECK(!read_next("None"));
}
