#include "thermostat/link/snapshot.hpp"

#include <doctest/doctest.h>
#include <random>

#include "thermostat/link/conversation.hpp"

using namespace tepore;
using namespace tepore::thermostat;
using namespace tepore::thermostat::testing;

namespace {

talk lived_in() {
    talk t({.speed = 60});
    t.connects();
    t.hears("mode/set", "auto");
    t.hears("setpoint/set", "22");
    t.hears("boost/set", "600");
    t.hears("config/set", R"({"max":27,"presets":{"boost":25}})");
    t.hears("schedule/set", R"({"tz":"Europe/Rome","days":{"mon-sun":[["08:00",20],["22:00","eco"]]}})");
    t.hears("away/set", R"({"from":"2026-12-20","to":"2027-01-06","setpoint":14})");
    t.passes(120s);  // two hours
    return t;
}

}  // namespace

TEST_CASE("what was asked, counted and learned comes back") {
    const auto t = lived_in();
    const auto text = print_snapshot(t.core.home());
    const auto s = read_snapshot(text, {}, {});
    REQUIRE_MESSAGE(s.has_value(), (s ? "" : s.error().message));
    REQUIRE(s->rooms.size() == 1);
    const auto& room = t.core.home().rooms().front();
    const auto before = room.zone.memory();
    const auto& after = s->rooms.front().memory;
    CHECK(after.wishes.mode == mode::automatic);
    CHECK(after.wishes.setpoint_c == 22.0);
    CHECK(after.wishes.hold == hold_kind::until);
    CHECK(after.wishes.boost_until == before.wishes.boost_until);
    CHECK(after.wishes.holiday->setpoint_c == 14.0);
    CHECK(after.settings == before.settings);
    CHECK(after.settings.boost_c == 25.0);
    CHECK(after.schedule.days == before.schedule.days);
    CHECK(after.schedule.zone.name() == "Europe/Rome");
    CHECK(after.energy_kwh == before.energy_kwh);
    CHECK(after.energy_kwh > 1.0);
    CHECK(after.relay_starts == before.relay_starts);
    CHECK(after.pi_integral == before.pi_integral);
    CHECK(s->rooms.front().house == room.house.state());
}

TEST_CASE("settings that nobody changed follow the defaults of another house") {
    const auto t = lived_in();
    const auto s = read_snapshot(print_snapshot(t.core.home()), settings_for(emitter::underfloor), {});
    REQUIRE(s);
    CHECK(s->rooms.front().memory.settings.cycle_min == 20.0);
    CHECK(s->rooms.front().memory.settings.max_c == 27.0);
}

TEST_CASE("a damaged file is an error in words, whatever the damage") {
    const auto whole = print_snapshot(lived_in().core.home());
    CHECK(read_snapshot("", {}, {}).error().message == "not JSON");
    CHECK(read_snapshot("[]", {}, {}).error().message == "state: expected an object");
    CHECK(read_snapshot("{}", {}, {}).error().message.find("format") != std::string::npos);
    CHECK(read_snapshot(R"({"format":2,"at":"2026-11-23T00:00:00Z","rooms":[]})", {}, {}).error().message ==
          "written in format 2, this version reads 1");
    for (std::size_t cut = 0; cut + 2 < whole.size(); cut += 7) CHECK_FALSE(read_snapshot(whole.substr(0, cut), {}, {}));
    const auto without = [&](const std::string& member) {
        auto json = nlohmann::json::parse(whole);
        json["rooms"][0].erase(member);
        return read_snapshot(json.dump(), {}, {});
    };
    for (const char* member :
         {"id", "wishes", "settings", "schedule", "energy_kwh", "relay_starts", "relay_changed", "mean_duty", "pi_integral", "house"}) {
        CAPTURE(member);
        const auto s = without(member);
        REQUIRE_FALSE(s);
        CHECK(s.error().message.find(member) != std::string::npos);
    }
}

TEST_CASE("random damage never brings up a strange room") {
    const auto whole = print_snapshot(lived_in().core.home());
    std::mt19937 dice(3);
    for (int i = 0; i < 3000; ++i) {
        auto text = whole;
        for (int edits = 1 + static_cast<int>(dice() % 3); edits > 0; --edits) text[dice() % text.size()] = static_cast<char>(dice() % 256);
        const auto s = read_snapshot(text, {}, {});
        if (!s || s->rooms.empty()) continue;
        const auto& m = s->rooms.front().memory;
        REQUIRE(check(m.settings));
        REQUIRE(m.energy_kwh >= 0.0);
        REQUIRE(s->rooms.front().house.air_c >= -60.0);
        zone restored({}, sensor_source::own, m, {monotonic{}, monday});
        restored.step({.room_sample_c = 20.0, .humidity_sample = {}, .outdoor_c = {}}, {monotonic{} + 1min, monday + 1min});
    }
}

TEST_CASE("while the thermostat was down the house stood unheated") {
    const auto t = lived_in();
    auto s = snapshot_of(t.core.home());
    const double before_c = s.rooms.front().house.air_c;
    carry_over(s, house_class::medium, 7, {}, s.at + 12h);
    CHECK(s.rooms.front().house.air_c < before_c - 1.0);
    const auto end = s.rooms.front().memory.wishes.boost_until;
    carry_over(s, house_class::medium, 7, {}, s.at + 24h * 5000);  // years: a week of them is enough
    CHECK(s.rooms.front().memory.wishes.boost_until == end);       // long over
    CHECK(s.rooms.front().house.air_c > -20.0);
}

TEST_CASE("back from faster times, what has an end keeps its remaining length") {
    const auto t = lived_in();
    auto s = snapshot_of(t.core.home());
    const auto boost_left = *s.rooms.front().memory.wishes.boost_until - s.at;
    const auto back = s.at - 24h * 30;
    carry_over(s, house_class::medium, 7, {}, back);
    CHECK(s.at == back);
    CHECK(*s.rooms.front().memory.wishes.boost_until - back == boost_left);
}
