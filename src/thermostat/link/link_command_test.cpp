// Commands and their answers: exactly one each, the right one, and the state again.
#include <doctest/doctest.h>
#include <random>

#include "thermostat/link/conversation.hpp"

using namespace tepore;
using namespace tepore::thermostat;
using namespace tepore::thermostat::testing;

namespace {

talk connected(talk_options o = {}) {
    talk t(o);
    t.connects();
    t.passes(5s);
    t.sent.clear();
    return t;
}

}  // namespace

TEST_CASE("a set point is granted, answered and shown") {
    auto t = connected();
    t.hears("setpoint/set", "21,5");
    const auto a = t.answer();
    CHECK(a["topic"] == "home1/thermostat/setpoint/set");
    CHECK(a["ok"] == true);
    CHECK(a["value"] == 21.5);
    CHECK(a["was"] == 20.0);
    CHECK(a["ts"] == "2026-11-23T00:00:05Z");
    CHECK(t.state("setpoint") == "21.5");
    CHECK(t.state("preset") == "none");
    CHECK(t.saved);
}

TEST_CASE("the state is published again after every command, also when nothing changed or it was refused") {
    auto t = connected();
    for (const char* payload : {"20", "99", "abc"}) {
        t.sent.clear();
        t.hears("setpoint/set", payload);
        CHECK(t.published("setpoint") == 1);
        CHECK(t.published("result") == 1);
        CHECK(t.state("setpoint") == "20.0");
    }
}

TEST_CASE("each bad command has its one error") {
    struct row {
        const char* topic;
        std::string payload;
        const char* error;
    };
    const row rows[]{
        {"setpoint/set", "abc", "not_a_number"},
        {"setpoint/set", "", "not_a_number"},
        {"setpoint/set", "nan", "not_a_number"},
        {"setpoint/set", "0x15", "not_a_number"},
        {"setpoint/set", "2e1", "not_a_number"},
        {"setpoint/set", "99", "out_of_range"},
        {"setpoint/set", "4.9", "out_of_range"},
        {"setpoint/set", "+50", "out_of_range"},
        {"setpoint/set", std::string(17, '1'), "too_large"},
        {"setpoint/set", "\xff\xfe", "not_utf8"},
        {"mode/set", "warm", "unknown_value"},
        {"mode/set", "cool", "unsupported"},
        {"preset/set", "party", "unknown_value"},
        {"boost/set", "long", "not_a_number"},
        {"boost/set", "0", "out_of_range"},
        {"boost/set", "1441", "out_of_range"},
        {"hold/set", "tomorrow", "unknown_value"},
        {"hold/set", "60", "unsupported"},  // the mode is heat
        {"away/set", "perhaps", "unknown_value"},
        {"away/set", "{]", "bad_json"},
        {"away/set", R"({"to":"2001-01-01"})", "out_of_range"},
        {"window/set", "ajar", "unknown_value"},
        {"schedule/set", "mon 08:00", "bad_json"},
        {"schedule/set", R"({"days":{}})", "bad_schedule"},
        {"schedule/set", R"({"days":{"mon-sun":[["08:00",99]]}})", "bad_schedule"},
        {"schedule/set", std::string(16 * 1024 + 1, '['), "too_large"},
        {"schedule/set", std::string(16 * 1024, '['), "bad_json"},
        {"config/set", "{", "bad_json"},
        {"config/set", R"({"max":99})", "out_of_range"},
        {"config/set", R"({"max":"hot"})", "not_a_number"},
        {"config/set", R"({"colour":1})", "unknown_value"},
        {"config/set", R"({"modes":[]})", "read_only"},
        {"temperature/set", "20", "not_configured"},
        {"humidity/set", "50", "not_configured"},
        {"outdoor/set", "5", "not_configured"},
        {"autotune/set", "off", "unsupported"},
        {"action/set", "heating", "read_only"},
        {"energy/set", "0", "read_only"},
        {"info/set", "x", "read_only"},
        {"banana/set", "1", "unknown_topic"},
        {"cmd/reboot", "", "unknown_topic"},
    };
    for (const auto& r : rows) {
        CAPTURE(r.topic);
        CAPTURE(r.payload);
        auto t = connected();
        t.hears(r.topic, r.payload);
        CHECK(t.error() == r.error);
        CHECK_FALSE(t.saved);
    }
}

TEST_CASE("range errors tell the range, and what came is repeated briefly") {
    auto t = connected();
    t.hears("setpoint/set", "99");
    const auto a = t.answer();
    CHECK(a["min"] == 5.0);
    CHECK(a["max"] == 30.0);
    CHECK(a["got"] == "99");
    CHECK(a["message"] == "99 is above the maximum 30");
    t.hears("config/set", std::string(3000, 'x'));
    CHECK(t.answer()["got"].get<std::string>().size() == 64);
}

TEST_CASE("a retained command is refused, raises an alarm, and the alarm goes with it") {
    auto t = connected();
    t.hears("mode/set", "off", true);
    CHECK(t.error() == "retained");
    CHECK(t.state("mode") == "heat");
    const auto alarm = nlohmann::json::parse(t.state("alarm/command_retained"));
    CHECK(alarm["topics"] == nlohmann::json{"home1/thermostat/mode/set"});

    t.sent.clear();
    t.hears("mode/set", "", true);  // somebody clears it
    CHECK(t.answer()["ok"] == true);
    CHECK(t.state("alarm/command_retained") == "(nothing)");
}

TEST_CASE("without MQTT 5 the clearing arrives without its flag") {
    auto t = connected();
    t.hears("mode/set", "off", true);
    t.answers.clear();
    t.hears("mode/set", "");
    CHECK(t.answer()["ok"] == true);
    CHECK(t.state("alarm/command_retained") == "(nothing)");
    t.hears("mode/set", "");  // now it is only a bad command
    CHECK(t.error() == "unknown_value");
}

TEST_CASE("many retained commands are named up to a bound; reconnecting starts anew") {
    auto t = connected();
    for (int i = 0; i < 100; ++i) t.hears("x" + std::to_string(i) + "/set", "1", true);
    CHECK(t.answers.size() == 100);
    for (const auto& a : t.answers) CHECK(a["error"] == "retained");
    CHECK(nlohmann::json::parse(t.state("alarm/command_retained"))["topics"].size() == link_core::retained_topics_max);
    t.connects();
    CHECK(t.state("alarm/command_retained") == "(nothing)");
}

TEST_CASE("mode and temperature as Home Assistant sends them: two messages, in order") {
    auto t = connected();
    t.hears("mode/set", "auto");
    t.hears("setpoint/set", "19");
    CHECK(t.answers.size() == 2);
    CHECK(t.state("mode") == "auto");
    CHECK(t.state("setpoint") == "19.0");
    CHECK(t.state("hold") == "2026-11-23T06:30:00+00:00");
    CHECK(t.state("reason") == "manual");
}

TEST_CASE("after a granted command everything that it moved is true at once, slow topics too") {
    auto t = connected({.controller = law::hysteresis});
    t.passes(5min);
    t.hears("setpoint/set", "25");
    CHECK(t.state("demand") == "100");
    t.hears("mode/set", "auto");
    CHECK(t.state("demand") == "0");
    CHECK(t.state("next").find("06:30") != std::string::npos);
    CHECK(t.state("setpoint") == "17.0");
    t.hears("mode/set", "heat");
    CHECK(t.state("next") == "None");
}

TEST_CASE("boost shows preset, set point, reason and its end; off brings back what was") {
    auto t = connected();
    t.hears("boost/set", "30");
    CHECK(t.answer()["value"] == "boost");
    CHECK(t.state("preset") == "boost");
    CHECK(t.state("setpoint") == "23.0");
    CHECK(t.state("reason") == "min_off");  // the thermostat has just started
    CHECK(t.state("hold") == "2026-11-23T00:30:05+00:00");
    t.hears("boost/set", "off");
    CHECK(t.answer()["value"] == "none");
    CHECK(t.state("setpoint") == "20.0");
}

TEST_CASE("a schedule and a configuration are taken whole and shown") {
    auto t = connected();
    t.hears("schedule/set", R"({"days":{"mon-sun":[["08:00",20]]}})");
    auto a = t.answer();
    CHECK(a["ok"] == true);
    CHECK_FALSE(a.contains("value"));
    CHECK(t.state("schedule") == R"({"tz":"UTC","preheat":true,"days":{"mon-sun":[["08:00",20.0]]}})");
    t.hears("config/set", R"({"controller":"hysteresis","max":25})");
    CHECK(t.answer()["ok"] == true);
    CHECK(nlohmann::json::parse(t.state("config"))["max"] == 25.0);
    CHECK(nlohmann::json::parse(t.state("info"))["controller"] == "hysteresis");
    t.hears("setpoint/set", "26");
    CHECK(t.error() == "out_of_range");
}

TEST_CASE("window open and closed") {
    auto t = connected();
    t.hears("window/set", "open");
    CHECK(t.answer()["value"] == "open");
    CHECK(t.state("window") == "open");
    CHECK(t.state("reason") == "window");
    t.hears("window/set", "auto");
    CHECK(t.state("window") == "closed");
}

TEST_CASE("get publishes everything again, online last but for the pace of repairs") {
    auto t = connected();
    t.hears("cmd/get", "please");
    CHECK(t.answer()["ok"] == true);
    CHECK(t.sent.back().topic == "home1/thermostat/online");
    for (const auto& row : property_table) {
        CAPTURE(row.name);
        CHECK(t.published(std::string(row.name)) == 1);
    }
    CHECK(t.published("info") == 1);
}

TEST_CASE("a sensor on MQTT: samples are taken, judged and counted on") {
    auto t = connected({.source = sensor_source::mqtt});
    CHECK(t.state("sensor") == "missing");
    CHECK(t.state("temperature") == "None");
    t.hears("temperature/set", "18.5");
    CHECK(t.answer()["value"] == 18.5);
    CHECK(t.state("sensor") == "ok");
    CHECK_FALSE(t.saved);  // a sample is no wish
    t.hears("temperature/set", "NaN");
    CHECK(t.error() == "not_a_number");
    t.hears("temperature/set", "85");
    CHECK(t.error() == "out_of_range");
    t.hears("temperature/set", "60");
    CHECK(t.error() == "out_of_range");
    t.hears("humidity/set", "51");
    CHECK(t.answer()["value"] == 51.0);
    t.hears("outdoor/set", "-3,5");
    CHECK(t.answer()["value"] == -3.5);
    CHECK(t.state("outdoor") == "-3.5");
    t.hears("outdoor/set", "61");
    CHECK(t.error() == "out_of_range");
    t.hears("setpoint/set", "25");
    t.passes(5min);
    CHECK(t.state("action") == "heating");
    t.passes(60min);
    CHECK(t.state("sensor") == "stale");
    CHECK(t.state("temperature") == "None");
    CHECK(t.state("alarm/sensor_stale") != "(nothing)");
    CHECK(std::stoi(t.state("demand")) <= 30);
    t.hears("temperature/set", "18.5");
    t.hears("temperature/set", "18.5");
    CHECK(t.state("sensor") == "ok");
    CHECK(t.state("alarm/sensor_stale") == "(nothing)");
    t.passes(3h);
    CHECK(t.state("outdoor") == "None");
}

TEST_CASE("rooms are commanded alone") {
    auto t = connected({.zones = {"", "bedroom"}});
    t.hears("zones/bedroom/setpoint/set", "17");
    CHECK(t.answer()["ok"] == true);
    CHECK(t.state("zones/bedroom/setpoint") == "17.0");
    CHECK(t.state("setpoint") == "20.0");
    t.hears("zones/attic/setpoint/set", "17");
    CHECK(t.error() == "unknown_topic");
    t.hears("zones/bedroom/outdoor/set", "17");
    CHECK(t.error() == "unknown_topic");
    CHECK(nlohmann::json::parse(t.state("info"))["zones"].size() == 2);
}

TEST_CASE("at most 20 commands a second for each room, by the world's clock") {
    auto t = connected({.zones = {"", "bedroom"}, .speed = 600});
    for (int i = 0; i < 100; ++i) t.hears("setpoint/set", "20");
    int granted = 0;
    for (const auto& a : t.answers) granted += a["ok"] == true ? 1 : 0;
    CHECK(t.answers.size() == 100);
    CHECK(granted == 20);
    CHECK(t.answers.back()["error"] == "rate_limited");
    t.answers.clear();
    t.hears("zones/bedroom/setpoint/set", "20");
    CHECK(t.answer()["ok"] == true);
    t.passes(500ms);
    for (int i = 0; i < 100; ++i) t.hears("setpoint/set", "20");
    granted = 0;
    for (const auto& a : t.answers) granted += a["ok"] == true ? 1 : 0;
    CHECK(granted == 10);
}

TEST_CASE("what a flood asked for is shown once, with the next tick") {
    auto t = connected();
    for (int i = 0; i < 20; ++i) t.hears("setpoint/set", "20");
    t.sent.clear();
    for (int i = 0; i < 500; ++i) t.hears("mode/set", "off");
    CHECK(t.published("mode") == 0);
    t.passes(1s);
    CHECK(t.published("mode") == 1);
    CHECK(t.state("mode") == "heat");
}

TEST_CASE("MQTT 5: the answer goes to the sender too, with its correlation") {
    auto t = connected({.mqtt5 = true});
    message m{.topic = "home1/thermostat/setpoint/set", .payload = "22", .properties = {}};
    m.properties.response_topic = "clients/7/answers";
    m.properties.correlation_data = std::string("\x00\x01", 2);
    t.hears_message(m);
    CHECK(t.answer()["ok"] == true);
    REQUIRE(t.published("result") == 1);
    const auto reply = std::find_if(t.sent.begin(), t.sent.end(), [](const message& x) { return x.topic == "clients/7/answers"; });
    REQUIRE(reply != t.sent.end());
    CHECK(reply->properties.correlation_data == std::string("\x00\x01", 2));
    CHECK_FALSE(reply->retain);
    CHECK(nlohmann::json::parse(reply->payload)["value"] == 22.0);
}

TEST_CASE("MQTT 5: a response topic that would do harm gets nothing") {
    for (const char* harmful : {"home1/thermostat/mode/set", "home1/thermostat/online", "a/#", "+/x", "$SYS/x"}) {
        auto t = connected({.mqtt5 = true});
        message m{.topic = "home1/thermostat/setpoint/set", .payload = "22", .properties = {}};
        m.properties.response_topic = harmful;
        t.hears_message(m);
        CHECK(t.answer()["ok"] == true);
        for (const auto& x : t.sent) CHECK((x.topic != harmful || x.retain));
    }
    auto t = connected({.mqtt5 = true});
    message m{.topic = "home1/thermostat/setpoint/set", .payload = "22", .properties = {}};
    m.properties.response_topic = "fine";
    m.properties.correlation_data = std::string(5000, 'x');
    t.hears_message(m);
    CHECK(std::none_of(t.sent.begin(), t.sent.end(), [](const message& x) { return x.topic == "fine"; }));
}

TEST_CASE("whatever is sent, there is exactly one answer and nobody falls over (random)") {
    const std::vector<std::string> topics{"setpoint/set", "mode/set",   "preset/set",      "boost/set",    "hold/set",     "away/set",
                                          "schedule/set", "window/set", "temperature/set", "humidity/set", "config/set",   "outdoor/set",
                                          "autotune/set", "cmd/get",    "cmd/x",           "action/set",   "nonsense/set", "zones/bedroom/mode/set",
                                          "zones/x/y/set"};
    const std::vector<std::string> seeds{"21.5",
                                         "auto",
                                         "off",
                                         "on",
                                         "next",
                                         "boost",
                                         "none",
                                         "90",
                                         "+0.5",
                                         "{\"max\":25}",
                                         R"({"to":"2027-01-01","setpoint":15})",
                                         R"({"days":{"mon-sun":[["08:00",20]]}})",
                                         R"({"presets":{"eco":18}})",
                                         "2026-11-23T06:30",
                                         "null",
                                         "[[[[",
                                         "\"",
                                         "1e400",
                                         ""};
    for (unsigned seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        std::mt19937 dice(seed);
        const auto upto = [&](std::size_t n) { return static_cast<std::size_t>(dice()) % n; };
        auto t = connected({.source = seed % 2 == 0 ? sensor_source::own : sensor_source::mqtt, .zones = {"", "bedroom"}});
        for (int i = 0; i < 400; ++i) {
            auto payload = seeds[upto(seeds.size())];
            for (auto edits = upto(4); edits > 0 && !payload.empty(); --edits) payload[upto(payload.size())] = static_cast<char>(upto(256));
            if (upto(20) == 0) payload.append(upto(40'000), static_cast<char>(upto(256)));
            if (upto(10) == 0) t.passes(std::chrono::seconds(upto(100)));
            t.answers.clear();
            const auto topic = topics[upto(topics.size())];
            t.hears(topic, payload, upto(50) == 0);
            REQUIRE(t.answers.size() == 1);
            CHECK(t.answers.front()["topic"] == "home1/thermostat/" + topic);
            t.passes(100ms);
        }
        CHECK(t.status().setpoint_c >= 5.0);
        CHECK(t.status().setpoint_c <= 35.0);
        CHECK(t.state("online") == "true");
    }
}
