#include "client/reconnect.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using tepore::mqtt_client::reconnect_delay;

TEST_CASE("the bound doubles up to the maximum; the wait is anywhere below it") {
    CHECK(reconnect_delay(0, 1, 500ms, 60s) == 500ms);
    CHECK(reconnect_delay(1, 1, 500ms, 60s) == 1s);
    CHECK(reconnect_delay(6, 1, 500ms, 60s) == 32s);
    CHECK(reconnect_delay(7, 1, 500ms, 60s) == 60s);
    CHECK(reconnect_delay(4'000'000'000, 1, 500ms, 60s) == 60s);
    CHECK(reconnect_delay(6, 0.5, 500ms, 60s) == 16s);
    CHECK(reconnect_delay(6, 0, 500ms, 60s) == 0ms);
}

TEST_CASE("odd limits are no trap") {
    CHECK(reconnect_delay(5, 1, 0ms, 60s) == 0ms);
    CHECK(reconnect_delay(5, 1, 10s, 1s) == 1s);
    CHECK(reconnect_delay(5, 7, 500ms, 1s) == 1s);
    CHECK(reconnect_delay(5, 1, -5ms, -1s) == 0ms);
}
