#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "thermostat/contract/contract.hpp"
#include "thermostat/contract/words.hpp"

using namespace std::chrono_literals;
using namespace std::chrono;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

const wall_time monday = sys_days(2026y / November / 23);

zone make_zone() {
    zone_memory m;
    m.schedule = ordinary_week({});
    m.energy_kwh = 12.3456;
    return {zone_settings{}, sensor_source::own, m, {monotonic{}, monday}};
}

}  // namespace

TEST_CASE("a room that knows nothing yet says None, never nothing and never NaN") {
    const auto room = make_zone();
    const time_zone utc;
    const zone_view view{room, utc, std::nullopt, monday};
    CHECK(print(property::temperature, view) == "None");
    CHECK(print(property::humidity, view) == "None");
    CHECK(print(property::dewpoint, view) == "None");
    CHECK(print(property::mould, view) == "None");
    CHECK(print(property::outdoor, view) == "None");
    CHECK(print(property::next, view) == "None");
    CHECK(print(property::setpoint, view) == "20.0");
    CHECK(print(property::sensor, view) == "missing");
    CHECK(print(property::hold, view) == "permanent");
    CHECK(print(property::energy, view) == "12.346");
    for (const auto& row : property_table) CHECK_FALSE(print(row.id, view).empty());
}

TEST_CASE("a living room in auto") {
    auto room = make_zone();
    room.step({.room_sample_c = 19.5, .humidity_sample = 48, .outdoor_c = 3.44}, {monotonic{} + 1min, monday + 1min});
    REQUIRE(room.apply(set_mode{mode::automatic}, {monotonic{} + 1min, monday + 1min}));
    const auto rome = time_zone::find("Europe/Rome").value();
    const zone_view view{room, rome, 3.44, monday + 1min};
    CHECK(print(property::temperature, view) == "19.5");
    CHECK(print(property::humidity, view) == "48");
    CHECK(print(property::mode, view) == "auto");
    CHECK(print(property::action, view) == "idle");
    CHECK(print(property::demand, view) == "0");
    CHECK(print(property::outdoor, view) == "3.4");
    CHECK(print(property::hold, view) == "None");
    CHECK(print(property::mould, view) == "low");
    CHECK(print(property::next, view) == R"({"at":"2026-11-23T07:30:00+01:00","setpoint":21.0,"start":"2026-11-23T06:45:00+01:00"})");

    const auto state = nlohmann::json::parse(print(property::state, view));
    CHECK(state["ts"] == "2026-11-23T00:01:00Z");
    CHECK(state["temperature"] == 19.5);
    CHECK(state["mode"] == "auto");
    CHECK(state["hold"].is_null());
    CHECK(state["outdoor"] == 3.4);
    CHECK(state["next"]["setpoint"] == 21.0);
    CHECK_FALSE(state.contains("config"));
}

TEST_CASE("answers: granted and refused") {
    CHECK(print_answer({.topic = "home1/thermostat/setpoint/set",
                        .refused = {},
                        .got = "21.5",
                        .shows = property::setpoint,
                        .value = "21.5",
                        .was = "20.0",
                        .note = {},
                        .at = monday}) ==
          R"({"topic":"home1/thermostat/setpoint/set","ok":true,"value":21.5,"was":20.0,"ts":"2026-11-23T00:00:00Z"})");
    CHECK(
        print_answer({.topic = "home1/thermostat/setpoint/set",
                      .refused = refusal{refusal_code::out_of_range, "99 is above the maximum 30", 5.0, 30.0},
                      .got = "99",
                      .shows = property::setpoint,
                      .value = {},
                      .was = {},
                      .note = {},
                      .at = monday}) ==
        R"({"topic":"home1/thermostat/setpoint/set","ok":false,"error":"out_of_range","got":"99","min":5.0,"max":30.0,"message":"99 is above the maximum 30","ts":"2026-11-23T00:00:00Z"})");
}

TEST_CASE("an answer is valid JSON whatever came") {
    const std::string garbage = "\xff\xfe\x00\x1f\"\\";
    const auto text = print_answer({.topic = "home1/thermostat/\xff/set",
                                    .refused = refusal{refusal_code::unknown_topic, "there is no such command", {}, {}},
                                    .got = garbage,
                                    .shows = {},
                                    .value = {},
                                    .was = {},
                                    .note = {},
                                    .at = monday});
    CHECK(nlohmann::json::accept(text));
}

TEST_CASE("info and alarms") {
    const auto info = nlohmann::json::parse(print_info({.uid = "home1",
                                                        .version = "0.1.0",
                                                        .zones = {{"", "Soggiorno \xff"}},
                                                        .controller = "pi",
                                                        .started = monday,
                                                        .speed = 600,
                                                        .simulated = true}));
    CHECK(info["contract"] == 1);
    CHECK(info["zones"][0]["id"] == "");
    CHECK(info["speed"] == 600.0);
    const auto body = nlohmann::json::parse(print_alarm({"frost", "cold", monday, {""}, {}}));
    CHECK(body["code"] == "frost");
    CHECK(body["since"] == "2026-11-23T00:00:00Z");
}
