#include <doctest/doctest.h>

#include "thermostat/contract/contract.hpp"
#include "thermostat/contract/words.hpp"

using namespace std::chrono_literals;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

const time_zone rome = time_zone::find("Europe/Rome").value();

std::string_view refuses(std::string_view json) {
    const auto week = read_schedule(json, rome);
    REQUIRE_FALSE(week.has_value());
    CHECK_FALSE(week.error().message.empty());
    return word(week.error().code);
}

std::string with_days(const std::string& days) {
    return R"({"days":{)" + days + "}}";
}

}  // namespace

TEST_CASE("a schedule is read and printed the same") {
    const std::string json =
        R"({"tz":"Europe/Rome","preheat":true,"days":{"mon-fri":[["06:30",21.0],["08:30",17.0],["16:30",21.0],["22:30",17.0]],"sat,sun":[["07:30",21.0],["23:00","sleep"]]}})";
    const auto week = read_schedule(json, {});
    REQUIRE(week);
    CHECK(week->zone.name() == "Europe/Rome");
    CHECK(week->days[0].size() == 4);
    CHECK(week->days[4][1].at == 8h + 30min);
    CHECK(std::get<preset>(week->days[6][1].target) == preset::sleep);
    CHECK(print_schedule(*week) == json);
}

TEST_CASE("days may be named in many ways; a day may be empty") {
    const auto week = read_schedule(with_days(R"("sat-mon":[["08:00",20]],"tue, wed":[],"thu":[["00:00",18.5]],"fri":[["23:59","eco"]])"), rome);
    REQUIRE(week);
    CHECK(week->zone.name() == "Europe/Rome");  // the house's when none is named
    CHECK(week->preheat);
    CHECK(week->days[0].size() == 1);
    CHECK(week->days[1].empty());
    CHECK(week->days[5] == week->days[0]);
    CHECK(print_schedule(*week).find(R"("mon,sat,sun")") != std::string::npos);
}

TEST_CASE("what is wrong with a schedule is told") {
    CHECK(refuses("not json") == "bad_json");
    CHECK(refuses("[]") == "bad_json");
    CHECK(refuses("{}") == "bad_schedule");
    CHECK(refuses(R"({"days":[]})") == "bad_schedule");
    CHECK(refuses(with_days(R"("mon-sat":[["08:00",20]])")) == "bad_schedule");                       // Sunday is missing
    CHECK(refuses(with_days(R"("mon-sun":[["08:00",20]],"mon":[["09:00",20]])")) == "bad_schedule");  // Monday twice
    CHECK(refuses(with_days(R"("mon,mon-sun":[["08:00",20]])")) == "bad_schedule");
    CHECK(refuses(with_days(R"("everyday":[["08:00",20]])")) == "bad_schedule");
    CHECK(refuses(with_days(R"("":[["08:00",20]])")) == "bad_schedule");
    CHECK(refuses(with_days(R"("mon-sun":[])")) == "bad_schedule");
    CHECK(refuses(with_days(R"("mon-sun":[["8:00",20]])")) == "bad_schedule");
    CHECK(refuses(with_days(R"("mon-sun":[["24:00",20]])")) == "bad_schedule");
    CHECK(refuses(with_days(R"("mon-sun":[["08:60",20]])")) == "bad_schedule");
    CHECK(refuses(with_days(R"("mon-sun":[["08:00",20],["08:00",21]])")) == "bad_schedule");
    CHECK(refuses(with_days(R"("mon-sun":[["09:00",20],["08:00",21]])")) == "bad_schedule");
    CHECK(refuses(with_days(R"("mon-sun":[["08:00","boost"]])")) == "bad_schedule");
    CHECK(refuses(with_days(R"("mon-sun":[["08:00",null]])")) == "bad_schedule");
    CHECK(refuses(with_days(R"("mon-sun":[["08:00"]])")) == "bad_schedule");
    CHECK(refuses(with_days(R"("mon-sun":["08:00",20])")) == "bad_schedule");
    CHECK(refuses(R"({"tz":"Mars/Olympus","days":{"mon-sun":[["08:00",20]]}})") == "bad_schedule");
    CHECK(refuses(R"({"tz":1,"days":{"mon-sun":[["08:00",20]]}})") == "bad_schedule");
    CHECK(refuses(R"({"preheat":"yes","days":{"mon-sun":[["08:00",20]]}})") == "bad_schedule");
    CHECK(refuses(R"({"day":{},"days":{"mon-sun":[["08:00",20]]}})") == "bad_schedule");
    std::string many;
    for (int hour = 0; hour < 13; ++hour)
        many += (hour > 0 ? "," : "") + std::string("[\"") + (hour < 10 ? "0" : "") + std::to_string(hour) + ":00\",20]";
    CHECK(refuses(with_days("\"mon-sun\":[" + many + "]")) == "bad_schedule");
}
