#include "remote/terminal/view.hpp"

#include <doctest/doctest.h>

#include "remote/terminal/text.hpp"

using namespace tepore;
using namespace tepore::remote;
using namespace std::chrono_literals;

namespace {

remote::home warm_home() {
    remote::home h("home1", "");
    h.link_is(broker_link::connected);
    for (const auto& [name, payload] : std::initializer_list<std::pair<const char*, const char*>>{
             {"info", R"({"zones":[{"id":"","name":"Living room"}]})"},
             {"config", R"({"min":5,"max":30,"step":0.5,"modes":["off","heat","auto"],"preset_modes":["comfort","eco","boost"]})"},
             {"temperature", "20.7"},
             {"humidity", "48"},
             {"outdoor", "3.4"},
             {"setpoint", "21.5"},
             {"mode", "heat"},
             {"preset", "eco"},
             {"action", "heating"},
             {"reason", "manual"},
             {"demand", "40"},
             {"window", "closed"},
             {"energy", "12.345"},
             {"online", "true"}}) {
        h.hear("home1/thermostat/" + std::string(name), payload, monotonic{});
    }
    return h;
}

std::string screen_text(const remote::home& h, language l = language::english, view_size size = {}) {
    std::string out;
    for (const auto& row : view(h, l, size)) out += text_of(row) + "\n";
    return out;
}

}  // namespace

TEST_CASE("one screen tells it all, in English and Italian") {
    const auto english = screen_text(warm_home());
    for (const char* expected : {"Living room", "home1", "● thermostat: online", "21.5 °C", "Heating towards 21.5 °C.", "[heat]", "[eco]", "48 %",
                                 "3.4 °C", "40 %", "closed", "12.345 kWh", "q quit"}) {
        CHECK_MESSAGE(english.find(expected) != english.npos, expected);
    }
    const auto italian = screen_text(warm_home(), language::italian);
    for (const char* expected : {"● termostato: connesso", "21,5 °C", "Riscaldamento verso 21,5 °C.", "[caldo]", "Umidità", "chiusa", "q esci"}) {
        CHECK_MESSAGE(italian.find(expected) != italian.npos, expected);
    }
}

TEST_CASE("the lines fit, whatever the terminal and whatever the network said") {
    auto h = warm_home();
    h.hear("home1/thermostat/info", R"({"zones":[{"id":"","name":"A very long name of a room that nobody would give to a room"}]})", monotonic{});
    for (int i = 0; i < 20; ++i) h.hear("home1/thermostat/alarm/a" + std::to_string(i), "{}", monotonic{});
    for (int i = 0; i < 20; ++i) h.ask("mode", "heat", monotonic{});
    for (const auto size : {view_size{80, 24}, view_size{40, 12}, view_size{200, 60}, view_size{10, 3}, view_size{1, 1}}) {
        const auto lines = view(h, language::italian, size);
        CHECK(lines.size() <= size.rows);
        for (const auto& row : lines) CHECK(columns_of(text_of(row)) <= size.columns);
    }
}

TEST_CASE("what is missing is said") {
    remote::home h("home1", "");
    CHECK(screen_text(h).find("connecting to the broker") != std::string::npos);
    h.link_is(broker_link::away, "nobody listens there");
    CHECK(screen_text(h).find("nobody listens there") != std::string::npos);
    h.link_is(broker_link::connected);
    CHECK(screen_text(h).find("nothing heard of the thermostat yet") != std::string::npos);
    CHECK(screen_text(h).find("no measurement") != std::string::npos);
    h.hear("home1/thermostat/online", "false", monotonic{});
    CHECK(screen_text(h).find("○ thermostat: offline") != std::string::npos);
}

TEST_CASE("a wish is shown as one until it is granted") {
    auto h = warm_home();
    h.nudge_setpoint(1, monotonic{});
    CHECK(screen_text(h).find("22.0 °C") != std::string::npos);
    CHECK(screen_text(h).find("waiting for the thermostat") != std::string::npos);
}

TEST_CASE("refusals are shown in the reader's language") {
    auto h = warm_home();
    h.ask("setpoint", "99", monotonic{});
    h.hear("home1/thermostat/result",
           R"({"topic":"home1/thermostat/setpoint/set","ok":false,"error":"out_of_range","message":"99 is above the maximum 30"})", monotonic{});
    CHECK(screen_text(h).find("set point 99: refused: 99 is above the maximum 30") != std::string::npos);
    CHECK(screen_text(h, language::italian).find("temperatura 99: rifiutato: fuori dai limiti") != std::string::npos);
}

TEST_CASE("the language is the one of the messages") {
    CHECK(language_of("", "", "it_IT.UTF-8") == language::italian);
    CHECK(language_of("", "", "it") == language::italian);
    CHECK(language_of("en_GB.UTF-8", "", "it_IT.UTF-8") == language::english);
    CHECK(language_of("", "it_CH", "C") == language::italian);
    CHECK(language_of("", "", "item") == language::english);
    CHECK(language_of("", "", "") == language::english);
}
