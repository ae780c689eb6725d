#include "thermostat/control/measurement.hpp"

#include <doctest/doctest.h>
#include <cmath>
#include <limits>

using namespace std::chrono_literals;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

struct sensor_room {
    measurement_limits limits;
    monotonic now{};
    measurement m = measurement::just_started(now);

    sample_verdict hears(double sample_c, duration after = 1min) {
        now += after;
        return observe(m, limits, sample_c, now);
    }
    void silence(duration d) {
        now += d;
        age(m, limits, now);
    }
};

}  // namespace

TEST_CASE("the first good sample is believed") {
    sensor_room room;
    CHECK_FALSE(room.m.room_c());
    CHECK(room.hears(19.5) == sample_verdict::accepted);
    CHECK(room.m.health == sensor_health::ok);
    CHECK(room.m.room_c() == 19.5);
}

TEST_CASE("noise is smoothed and a lasting change is followed") {
    sensor_room room;
    room.hears(20.0);
    room.hears(20.6);
    CHECK(*room.m.room_c() > 20.0);
    CHECK(*room.m.room_c() < 20.3);
    for (int i = 0; i < 15; ++i) room.hears(20.6);
    CHECK(*room.m.room_c() == doctest::Approx(20.6).epsilon(0.001));
}

TEST_CASE("what no room can be is refused") {
    sensor_room room;
    room.hears(20.0);
    CHECK(room.hears(std::numeric_limits<double>::quiet_NaN()) == sample_verdict::not_finite);
    CHECK(room.hears(std::numeric_limits<double>::infinity()) == sample_verdict::not_finite);
    CHECK(room.hears(-40.1) == sample_verdict::out_of_range);
    CHECK(room.hears(85.0) == sample_verdict::out_of_range);  // a DS18B20 that has just been switched on
    CHECK(*room.m.room_c() == 20.0);
    CHECK(room.m.health == sensor_health::ok);
}

TEST_CASE("a glitch is refused, a real step is believed the third time") {
    sensor_room room;
    room.hears(20.0);
    CHECK(room.hears(35.0) == sample_verdict::jump);
    CHECK(room.hears(20.1) == sample_verdict::accepted);
    CHECK(room.hears(12.0, 10s) == sample_verdict::jump);
    CHECK(room.hears(30.0, 10s) == sample_verdict::jump);  // does not agree with 12.0
    CHECK(room.hears(12.0, 10s) == sample_verdict::jump);
    CHECK(room.hears(12.4, 10s) == sample_verdict::jump);
    CHECK(room.hears(12.2, 10s) == sample_verdict::accepted);
    CHECK(room.m.room_c() == 12.2);  // at once, not smoothed from 20
}

TEST_CASE("after a pause a larger difference is plausible") {
    sensor_room room;
    room.hears(20.0);
    CHECK(room.hears(14.0, 10min) == sample_verdict::accepted);
}

TEST_CASE("a silent sensor becomes stale; two good samples bring it back at once") {
    sensor_room room;
    room.hears(20.0);
    room.silence(59min);
    CHECK(room.m.health == sensor_health::ok);
    room.silence(1min);
    CHECK(room.m.health == sensor_health::stale);
    CHECK_FALSE(room.m.room_c());

    room.silence(8h);
    room.hears(15.0);
    CHECK(room.m.health == sensor_health::stale);
    room.hears(15.1);
    CHECK(room.m.health == sensor_health::ok);
    CHECK(room.m.room_c() == 15.1);
}

TEST_CASE("a constant but living sensor is not stale") {
    sensor_room room;
    for (int minute = 0; minute < 600; ++minute) room.hears(20.0);
    CHECK(room.m.health == sensor_health::ok);
}

TEST_CASE("a sensor that was never heard becomes stale too") {
    sensor_room room;
    room.silence(59min);
    CHECK(room.m.health == sensor_health::missing);
    room.silence(1min);
    CHECK(room.m.health == sensor_health::stale);
}

TEST_CASE("a sensor that talks nonsense is a fault until it made sense twice") {
    sensor_room room;
    room.hears(20.0);
    for (int i = 0; i < 9; ++i) room.hears(-127.0);  // a DS18B20 that lost its wire
    CHECK(room.m.health == sensor_health::ok);
    room.hears(-127.0);
    CHECK(room.m.health == sensor_health::fault);
    CHECK_FALSE(room.m.room_c());
    room.hears(19.0);
    CHECK(room.m.health == sensor_health::fault);
    room.hears(-127.0);
    room.hears(19.0);
    CHECK(room.m.health == sensor_health::fault);  // not two in a row
    room.hears(19.1);
    CHECK(room.m.health == sensor_health::ok);
}
