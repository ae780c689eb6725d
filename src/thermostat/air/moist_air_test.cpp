#include "thermostat/air/moist_air.hpp"

#include <doctest/doctest.h>

using namespace tepore::thermostat;

TEST_CASE("saturated air holds what the tables say") {
    CHECK(saturation_hpa(0.0) == doctest::Approx(6.11).epsilon(0.005));
    CHECK(saturation_hpa(20.0) == doctest::Approx(23.4).epsilon(0.005));
    CHECK(saturation_g_m3(0.0) == doctest::Approx(4.85).epsilon(0.01));
    CHECK(saturation_g_m3(20.0) == doctest::Approx(17.3).epsilon(0.01));
}

TEST_CASE("the dew point of ordinary rooms") {
    CHECK(dew_point_c(20.0, 0.5) == doctest::Approx(9.3).epsilon(0.01));
    CHECK(dew_point_c(20.0, 1.0) == doctest::Approx(20.0));
    CHECK(dew_point_c(25.0, 0.6) == doctest::Approx(16.7).epsilon(0.01));
    CHECK(dew_point_c(20.0, 0.0) < -40.0);  // dry beyond measure, still a number
}

TEST_CASE("a cold wall is damper than the room") {
    CHECK(wall_humidity(20.0, 0.5, 20.0) == doctest::Approx(0.5));
    CHECK(wall_humidity(20.0, 0.5, 0.0) > 0.70);
    CHECK(wall_humidity(20.0, 0.5, -10.0) > wall_humidity(20.0, 0.5, 0.0));
}
