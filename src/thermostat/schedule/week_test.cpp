#include "thermostat/schedule/week.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace std::chrono;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

wall_time utc(int y, unsigned m, unsigned d, hours h, minutes min = 0min) {
    return sys_days(year(y) / month(m) / day(d)) + h + min;
}

time_zone rome() {
    return time_zone::find("Europe/Rome").value();
}

}  // namespace

TEST_CASE("zones are found by name, and only by name") {
    CHECK(time_zone::find("Europe/Rome"));
    CHECK(time_zone::find("UTC"));
    CHECK_FALSE(time_zone::find("Europe/Atlantis"));
    CHECK_FALSE(time_zone::find(""));
    CHECK_FALSE(time_zone::find("../../etc/passwd"));
    CHECK_FALSE(time_zone::find(std::string(1000, 'A')));
}

TEST_CASE("an ordinary Monday in Rome") {
    const auto week = ordinary_week(rome());
    const auto monday = [](hours h, minutes m = 0min) { return utc(2026, 11, 23, h, m); };  // UTC + 1
    CHECK(std::get<double>(in_force(week, monday(5h, 29min)).target) == 17.0);
    CHECK(in_force(week, monday(5h, 29min)).at == utc(2026, 11, 22, 22h));  // Sunday's last point, 23:00
    CHECK(std::get<double>(in_force(week, monday(5h, 30min)).target) == 21.0);
    CHECK(next_point(week, monday(5h, 30min)).at == monday(7h, 30min));
    CHECK(std::get<double>(next_point(week, monday(5h, 30min)).target) == 17.0);
}

TEST_CASE("a week with a single point") {
    weekly_schedule week{.zone = rome()};
    week.days[2] = {{7h, preset::comfort}};
    const auto wednesday_7h = utc(2026, 11, 25, 6h);
    CHECK(in_force(week, wednesday_7h - 1s).at == wednesday_7h - days(7));
    CHECK(in_force(week, wednesday_7h).at == wednesday_7h);
    CHECK(next_point(week, wednesday_7h).at == wednesday_7h + days(7));
    CHECK(std::get<preset>(next_point(week, wednesday_7h).target) == preset::comfort);
}

TEST_CASE("summer time begins: a point in the hour that does not exist fires at its end") {
    weekly_schedule week{.zone = rome()};
    week.days[6] = {{1h, 18.0}, {2h + 30min, 21.0}};  // 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC
    CHECK(next_point(week, utc(2026, 3, 29, 0h, 30min)).at == utc(2026, 3, 29, 1h));
    CHECK(std::get<double>(in_force(week, utc(2026, 3, 29, 1h)).target) == 21.0);
}

TEST_CASE("summer time ends: a point in the doubled hour fires once") {
    weekly_schedule week{.zone = rome()};
    week.days[6] = {{1h, 18.0}, {2h + 30min, 21.0}, {6h, 20.0}};  // 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC
    const auto first_pass = utc(2026, 10, 25, 0h, 30min);
    CHECK(next_point(week, utc(2026, 10, 24, 23h, 30min)).at == first_pass);
    CHECK(next_point(week, first_pass).at == utc(2026, 10, 25, 5h));
    CHECK(in_force(week, utc(2026, 10, 25, 1h, 30min)).at == first_pass);
}

TEST_CASE("following next_point through a year meets every point once, in order") {
    const auto week = ordinary_week(rome());
    auto now = utc(2026, 1, 1, 0h);
    int points = 0;
    for (; now < utc(2027, 1, 1, 0h); ++points) {
        const auto event = next_point(week, now);
        REQUIRE(event.at > now);
        REQUIRE(in_force(week, event.at).at == event.at);
        REQUIRE(in_force(week, event.at - 1s).at < event.at);
        now = event.at;
    }
    CHECK(points == 261 * 4 + 104 * 2 + 1);  // working days and week-end days of 2026, and the first of 2027
}
