#include "remote/terminal/speech.hpp"

#include <doctest/doctest.h>

using namespace tepore;
using namespace tepore::remote;

namespace {

struct room {
    remote::home home{"home1", ""};
    speaker voice;

    explicit room(language l = language::english) : voice(l) {
        home.link_is(broker_link::connected);
        hear("temperature", "20.0");
        hear("setpoint", "21.0");
        hear("mode", "heat");
        hear("online", "true");
    }
    void hear(std::string_view name, std::string_view payload) { home.hear("home1/thermostat/" + std::string(name), payload, monotonic{}); }
    std::string news() {
        std::string out;
        for (const auto& sentence : voice.news(home)) out += sentence + "|";
        return out;
    }
    std::string sent() {
        std::string out;
        for (const auto& c : home.take_commands(never)) out += c.topic + "=" + c.payload + "|";
        return out;
    }
};

}  // namespace

TEST_CASE("changes are said once, small moves of the temperature not at all") {
    room r;
    CHECK(r.news() == "thermostat: online|Room temperature: 20.0 °C|Set point: 21.0 °C|Mode: heat|");
    CHECK(r.news().empty());
    r.hear("temperature", "20.4");
    CHECK(r.news().empty());
    r.hear("temperature", "20.5");
    CHECK(r.news() == "Room temperature: 20.5 °C|");
    r.hear("mode", "off");
    CHECK(r.news() == "Mode: off|");
    r.hear("online", "false");
    CHECK(r.news() == "thermostat: offline; the values are the last ones received|");
    r.hear("alarm/frost", "{}");
    CHECK(r.news() == "Alarm: danger of frost|");
    CHECK(r.news().empty());
}

TEST_CASE("answers are said, also of the same command twice") {
    room r(language::italian);
    (void)r.news();
    for (int i = 0; i < 2; ++i) {
        r.home.ask("setpoint", "99", monotonic{std::chrono::seconds(i)});
        CHECK(r.news().empty());
        r.hear("result", R"({"topic":"home1/thermostat/setpoint/set","ok":false,"error":"out_of_range"})");
        CHECK(r.news() == "temperatura 99: rifiutato: fuori dai limiti|");
    }
}

TEST_CASE("typed lines become commands, in both languages") {
    room r;
    CHECK(obey(r.home, "21.5", never) == heard::done);
    CHECK(obey(r.home, " mode off ", never) == heard::done);
    CHECK(obey(r.home, "modo caldo", never) == heard::done);
    CHECK(obey(r.home, "situazione notte", never) == heard::done);
    CHECK(obey(r.home, "boost 30", never) == heard::done);
    CHECK(obey(r.home, "imposta 20,5", never) == heard::done);
    CHECK(r.sent() ==
          "home1/thermostat/setpoint/set=21.5|home1/thermostat/mode/set=off|home1/thermostat/mode/set=heat|home1/thermostat/preset/set=sleep|"
          "home1/thermostat/boost/set=30|home1/thermostat/setpoint/set=20,5|");
    CHECK(obey(r.home, "", never) == heard::status);
    CHECK(obey(r.home, "aiuto", never) == heard::help);
    CHECK(obey(r.home, "q", never) == heard::quit);
    CHECK(obey(r.home, "sing a song", never) == heard::not_understood);
    CHECK(obey(r.home, "x", never) == heard::not_understood);
    CHECK(r.sent().empty());
}

TEST_CASE("status says everything, whatever was said before") {
    room r;
    r.hear("humidity", "48");
    (void)r.news();
    const auto all = r.voice.status(r.home);
    CHECK(all.size() == 5);
    CHECK(all.back() == "Humidity: 48 %");
}
