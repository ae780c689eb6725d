#include "thermostat/control/actuator.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <random>

using namespace std::chrono_literals;
using namespace tepore;
using namespace tepore::thermostat;

namespace {

/// A relay whose switching is written down and judged.
struct relay_room {
    actuator_limits limits;
    monotonic now{};
    actuator a = actuator::just_started(now);
    bool was_on = false;
    monotonic switched{};
    duration on_time{};
    unsigned starts = 0;
    duration shortest_on = 24h;
    duration shortest_off = 24h;

    actuator_step drives(const actuator_request& request) {
        const auto step = drive(a, limits, request, now);
        if (step.on != was_on) {
            auto& shortest = was_on ? shortest_on : shortest_off;
            if (!(was_on && request.emergency_off)) shortest = std::min(shortest, now - switched);
            was_on = step.on;
            switched = now;
            starts += step.on ? 1 : 0;
        }
        return step;
    }
    void passes(duration d) {
        now += d;
        if (was_on) on_time += d;
    }
    /// Holds a demand, calling when the layer asks for it.
    void runs(double demand, duration for_time, bool modulate = true) {
        const auto end = now + for_time;
        for (int calls = 0; now < end; ++calls) {
            REQUIRE(calls < 100'000);
            const auto step = drives({.demand = demand, .modulate = modulate});
            REQUIRE(step.wake > now);
            passes(std::min(step.wake, end) - now);
        }
    }
    double mean(duration over) const { return std::chrono::duration<double>(on_time) / std::chrono::duration<double>(over); }
};

}  // namespace

TEST_CASE("a demand becomes pulses of the right length") {
    relay_room room;
    room.runs(0.4, 3min);  // the minimum off time after the start
    CHECK_FALSE(room.was_on);
    room.runs(0.4, 1min);
    CHECK(room.was_on);
    room.on_time = {};
    room.runs(0.4, 10h);
    CHECK(room.mean(10h) == doctest::Approx(0.4).epsilon(0.02));
    CHECK(room.starts <= 61);
}

TEST_CASE("pulses too short are saved up, pauses too short are filled, and the mean stays") {
    for (const double demand : {0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98}) {
        CAPTURE(demand);
        relay_room room;
        room.runs(demand, 200h);
        CHECK(room.mean(200h) == doctest::Approx(demand).epsilon(0.02));
        CHECK(room.shortest_on >= room.limits.min_on);
        CHECK(room.shortest_off >= room.limits.min_off);
    }
}

TEST_CASE("full demand never pauses, none never pulses") {
    relay_room room;
    room.runs(1.0, 10h);
    CHECK(room.starts == 1);
    CHECK(room.on_time == 10h - 3min);
    room.runs(0.0, 10h);
    CHECK(room.starts == 1);
    CHECK_FALSE(room.was_on);
}

TEST_CASE("a large change of demand does not wait for the end of the cycle") {
    relay_room room;
    room.limits = {.cycle = 20min, .min_on = 5min, .min_off = 5min};
    room.runs(0.0, 61min);
    room.drives({.demand = 1.0});
    CHECK(room.was_on);
    room.passes(6min);
    room.drives({.demand = 0.0});
    CHECK_FALSE(room.was_on);
}

TEST_CASE("minimum on and off times hold the relay and say so") {
    relay_room room;
    room.passes(1h);
    CHECK(room.drives({.demand = 1.0, .modulate = false}).on);
    room.passes(1min);
    auto step = room.drives({.demand = 0.0, .modulate = false});
    CHECK(step.on);
    CHECK(step.held == actuator_hold::min_on);
    CHECK(step.wake == room.now + 2min);
    room.passes(2min);
    CHECK_FALSE(room.drives({.demand = 0.0, .modulate = false}).on);
    room.passes(1min);
    step = room.drives({.demand = 1.0, .modulate = false});
    CHECK_FALSE(step.on);
    CHECK(step.held == actuator_hold::min_off);
    room.passes(2min);
    CHECK(room.drives({.demand = 1.0, .modulate = false}).on);
}

TEST_CASE("an emergency is never delayed, and what follows waits for the minimum off time") {
    relay_room room;
    room.passes(1h);
    room.drives({.demand = 1.0});
    room.passes(1s);
    CHECK_FALSE(room.drives({.demand = 1.0, .emergency_off = true}).on);
    room.passes(2min);
    CHECK_FALSE(room.drives({.demand = 1.0}).on);
    room.passes(1min);
    CHECK(room.drives({.demand = 1.0}).on);
}

TEST_CASE("after a start the relay counts as just switched off") {
    relay_room room;
    room.passes(1min);
    CHECK_FALSE(room.drives({.demand = 1.0, .modulate = false}).on);
    room.passes(2min);
    CHECK(room.drives({.demand = 1.0, .modulate = false}).on);
}

TEST_CASE("minimum times hold whatever is asked and whenever (random)") {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        std::mt19937 dice(seed);
        const auto upto = [&](int n) { return static_cast<int>(dice() % static_cast<unsigned>(n)); };
        relay_room room;
        room.limits.min_on = std::chrono::minutes(upto(8));
        room.limits.min_off = std::chrono::minutes(upto(8));
        room.limits.cycle = room.limits.min_on + room.limits.min_off + std::chrono::minutes(1 + upto(20));
        for (int i = 0; i < 3000; ++i) {
            const actuator_request request{
                .demand = upto(4) == 0 ? upto(2) : upto(1001) / 1000.0, .modulate = upto(5) != 0, .emergency_off = upto(200) == 0};
            room.drives(request);
            room.passes(std::chrono::seconds(upto(300)));
        }
        CHECK(room.shortest_on >= room.limits.min_on);
        CHECK(room.shortest_off >= room.limits.min_off);
    }
}
