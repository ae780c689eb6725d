#include "net/timer_queue.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <random>
#include <string>

using namespace std::chrono_literals;
using tepore::monotonic;
using tepore::net::timer_queue;

TEST_CASE("timers run in the order of their instants, equal ones in the order of asking") {
    timer_queue timers;
    std::string order;
    const monotonic start{};
    timers.add(start + 3ms, [&] { order += 'd'; });
    timers.add(start + 1ms, [&] { order += 'a'; });
    timers.add(start + 2ms, [&] { order += 'b'; });
    timers.add(start + 2ms, [&] { order += 'c'; });
    CHECK(timers.next() == start + 1ms);
    timers.run_due(start);
    CHECK(order.empty());
    timers.run_due(start + 2ms);
    CHECK(order == "abc");
    timers.run_due(start + 3ms);
    CHECK(order == "abcd");
    CHECK(timers.next() == tepore::never);
}

TEST_CASE("a cancelled timer does not run, and its id never means another") {
    timer_queue timers;
    int ran = 0;
    const auto first = timers.add(monotonic{}, [&] { ran += 1; });
    timers.cancel(first);
    const auto second = timers.add(monotonic{}, [&] { ran += 10; });
    CHECK(second != first);
    timers.cancel(first);
    timers.cancel(0);
    timers.cancel(~0ull);
    timers.run_due(monotonic{});
    CHECK(ran == 10);
    timers.cancel(second);
}

TEST_CASE("a timer may cancel another that is due in the same turn, and itself") {
    timer_queue timers;
    int ran = 0;
    std::uint64_t own = 0;
    std::uint64_t other = 0;
    own = timers.add(monotonic{}, [&] {
        timers.cancel(own);
        timers.cancel(other);
        ++ran;
    });
    other = timers.add(monotonic{}, [&] { ++ran; });
    timers.run_due(monotonic{} + 1ms);
    CHECK(ran == 1);
    CHECK(timers.empty());
}

TEST_CASE("a timer that re-arms itself in the past runs once per turn and starves nobody") {
    timer_queue timers;
    int greedy = 0;
    int patient = 0;
    std::function<void()> again = [&] {
        ++greedy;
        timers.add(monotonic::min(), again);
    };
    timers.add(monotonic{}, again);
    timers.add(monotonic{} + 1ms, [&] { ++patient; });
    timers.run_due(monotonic{} + 5ms);
    CHECK(greedy == 1);
    CHECK(patient == 1);
    timers.run_due(monotonic{} + 5ms);
    CHECK(greedy == 2);
}

TEST_CASE("ten thousand timers, half of them cancelled, agree with a sorted list") {
    std::mt19937 dice(20261122);
    timer_queue timers;
    std::vector<std::pair<int, int>> expected;  // instant, order of asking
    std::vector<int> ran;
    std::vector<std::uint64_t> ids;
    for (int i = 0; i < 10'000; ++i) {
        const int at_ms = static_cast<int>(dice() % 1000);
        ids.push_back(timers.add(monotonic{} + std::chrono::milliseconds(at_ms), [&ran, i] { ran.push_back(i); }));
        if (dice() % 2 == 0) {
            expected.emplace_back(at_ms, i);
        } else {
            timers.cancel(ids.back());
        }
    }
    // Cancel some in the middle of the heap as well.
    for (std::size_t i = 0; i < expected.size(); i += 3) {
        timers.cancel(ids[static_cast<std::size_t>(expected[i].second)]);
        expected[i].first = -1;
    }
    std::erase_if(expected, [](const auto& one) { return one.first < 0; });
    std::sort(expected.begin(), expected.end());
    for (int ms = 0; ms < 1007; ms += 7) timers.run_due(monotonic{} + std::chrono::milliseconds(ms));
    REQUIRE(ran.size() == expected.size());
    CHECK(std::equal(ran.begin(), ran.end(), expected.begin(), [](int id, const auto& one) { return id == one.second; }));
}
