#include <doctest/doctest.h>

#include "thermostat/contract/contract.hpp"
#include "thermostat/contract/words.hpp"

using namespace std::chrono_literals;
using namespace std::chrono;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

const time_zone utc;

template <class Intent>
Intent reads(command_id id, std::string_view payload) {
    const auto request = read_command(id, payload, utc);
    REQUIRE_MESSAGE(request.has_value(), (request ? "" : request.error().message));
    return std::get<Intent>(std::get<intent>(*request));
}

std::string_view refuses(command_id id, std::string_view payload) {
    const auto request = read_command(id, payload, utc);
    REQUIRE_FALSE(request.has_value());
    CHECK_FALSE(request.error().message.empty());
    return word(request.error().code);
}

}  // namespace

TEST_CASE("set points: absolute, with a comma, relative, with spaces around") {
    CHECK(reads<set_setpoint>(command_id::setpoint, "21.5").value == 21.5);
    CHECK(reads<set_setpoint>(command_id::setpoint, "21,5").value == 21.5);
    CHECK(reads<set_setpoint>(command_id::setpoint, " 21.5\n").value == 21.5);
    CHECK_FALSE(reads<set_setpoint>(command_id::setpoint, "21.5").relative);
    CHECK(reads<set_setpoint>(command_id::setpoint, "+0.5").relative);
    CHECK(reads<set_setpoint>(command_id::setpoint, "-0.5").value == -0.5);
}

TEST_CASE("set points that are none") {
    for (const char* bad : {"", " ", "abc", "NaN", "inf", "-inf", "1e1", "0x15", "21.5C", "21.5 20", "None", "null", "true", "{}", "twenty"}) {
        CAPTURE(bad);
        CHECK(refuses(command_id::setpoint, bad) == "not_a_number");
    }
    CHECK(refuses(command_id::setpoint, "21.50000000000000000") == "too_large");
    CHECK(refuses(command_id::setpoint, "2\xff") == "not_utf8");
}

TEST_CASE("modes, presets and window in any case") {
    CHECK(reads<set_mode>(command_id::mode, "HEAT ").mode == mode::heat);
    CHECK(reads<set_mode>(command_id::mode, "auto").mode == mode::automatic);
    CHECK(reads<set_preset>(command_id::preset, "Eco").preset == preset::eco);
    CHECK(reads<set_preset>(command_id::preset, "none").preset == preset::none);
    CHECK(reads<set_window>(command_id::window, "open").report == window_report::open);
    CHECK(reads<set_window>(command_id::window, "auto").report == window_report::automatic);
    for (const auto id : {command_id::mode, command_id::preset, command_id::window}) {
        CHECK(refuses(id, "banana") == "unknown_value");
        CHECK(refuses(id, "") == "unknown_value");
        CHECK(refuses(id, "1") == "unknown_value");
        CHECK(refuses(id, std::string(17, 'a')) == "too_large");
        CHECK(refuses(id, "\xc3\x28") == "not_utf8");
    }
}

TEST_CASE("boost: minutes or off") {
    CHECK(reads<set_boost>(command_id::boost, "90").length == 90min);
    CHECK_FALSE(reads<set_boost>(command_id::boost, "OFF").length);
    for (const char* bad : {"", "1.5", "-5", "+5", "an hour", "99999999"}) CHECK(refuses(command_id::boost, bad) == "not_a_number");
}

TEST_CASE("hold: minutes, times and words") {
    using end = set_hold::end;
    CHECK(reads<set_hold>(command_id::hold, "90").length == 90min);
    CHECK(reads<set_hold>(command_id::hold, "next").how == end::next);
    CHECK(reads<set_hold>(command_id::hold, "permanent").how == end::permanent);
    CHECK(reads<set_hold>(command_id::hold, "off").how == end::off);
    CHECK(reads<set_hold>(command_id::hold, "2026-11-23T06:30").until == wall_time(sys_days(2026y / November / 23) + 6h + 30min));
    CHECK(refuses(command_id::hold, "tomorrow") == "unknown_value");
    CHECK(refuses(command_id::hold, "") == "unknown_value");
}

TEST_CASE("away: on, off, and a holiday") {
    CHECK(reads<set_away>(command_id::away, "on").away);
    CHECK_FALSE(reads<set_away>(command_id::away, "off").away);
    const auto wish = reads<set_holiday>(command_id::away, R"({"from":"2026-12-20T18:00","to":"2027-01-06","setpoint":14})");
    CHECK(wish.from == wall_time(sys_days(2026y / December / 20) + 18h));
    CHECK(wish.to == wall_time(sys_days(2027y / January / 6)));
    CHECK(wish.setpoint_c == 14.0);
    CHECK_FALSE(reads<set_holiday>(command_id::away, R"({"to":"2027-01-06"})").from);
    CHECK(refuses(command_id::away, "maybe") == "unknown_value");
    CHECK(refuses(command_id::away, "{") == "bad_json");
    CHECK(refuses(command_id::away, "{}") == "unknown_value");
    CHECK(refuses(command_id::away, R"({"to":17})") == "unknown_value");
    CHECK(refuses(command_id::away, R"({"to":"2027-01-06","where":"sea"})") == "unknown_value");
    CHECK(refuses(command_id::away, R"({"to":"2027-01-06","setpoint":"cold"})") == "not_a_number");
}

TEST_CASE("samples") {
    CHECK(reads<feed_temperature>(command_id::temperature, "-3,5").celsius == -3.5);
    CHECK(reads<feed_humidity>(command_id::humidity, "48").percent == 48.0);
    CHECK(std::get<feed_outdoor>(*read_command(command_id::outdoor, "-12.5", utc)).celsius == -12.5);
    for (const auto id : {command_id::temperature, command_id::humidity, command_id::outdoor}) {
        CHECK(refuses(id, "NaN") == "not_a_number");
        CHECK(refuses(id, R"({"temperature":20})") == "too_large");
    }
}

TEST_CASE("get takes anything, autotune is not there yet") {
    CHECK(std::holds_alternative<publish_everything>(*read_command(command_id::get, std::string(100'000, '\xff'), utc)));
    CHECK(refuses(command_id::autotune, "off") == "unsupported");
}
