#include "session/outgoing_window.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <vector>

using tepore::protocol::packet_id;
using tepore::session::outgoing_window;
using tepore::session::phase;

TEST_CASE("identifiers are given in sequence and wrap over 0") {
    outgoing_window<int> window;
    for (unsigned i = 1; i <= 65'535; ++i) {
        const auto id = window.add(1, phase::awaiting_puback);
        REQUIRE(id == i);
        window.remove(id);
    }
    CHECK(window.add(1, phase::awaiting_puback) == 1);
}

TEST_CASE("[MQTT-2.3.1-2] [MQTT-2.3.1-4] an identifier in flight is never given out again") {
    outgoing_window<int> window;
    const auto stuck = window.add(7, phase::awaiting_pubrec);
    std::set<packet_id> seen{stuck};
    while (!window.exhausted()) {
        const auto id = window.add(0, phase::awaiting_puback);
        REQUIRE(seen.insert(id).second);
    }
    CHECK(window.in_flight() == 65'535);
    CHECK(window.find(stuck)->item == 7);
    window.remove(stuck);
    CHECK(!window.exhausted());
}

TEST_CASE("unknown identifiers are not found") {
    outgoing_window<int> window;
    CHECK(window.find(0) == nullptr);
    CHECK(window.find(1) == nullptr);
    const auto id = window.add(1, phase::awaiting_puback);
    CHECK(window.find(static_cast<packet_id>(id + 1)) == nullptr);
    window.remove(id);
    CHECK(window.find(id) == nullptr);
}

TEST_CASE("entries answered in any order against a plain model") {
    outgoing_window<unsigned> window;
    std::vector<std::pair<packet_id, unsigned>> model;
    std::mt19937 random(42);
    for (unsigned step = 0; step < 200'000; ++step) {
        if (model.size() < 100 && random() % 2 == 0) {
            model.emplace_back(window.add(step, phase::awaiting_puback), step);
        } else if (!model.empty()) {
            const auto at = random() % model.size();
            REQUIRE(window.find(model[at].first) != nullptr);
            REQUIRE(window.remove(model[at].first) == model[at].second);
            model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
        }
        REQUIRE(window.in_flight() == model.size());
    }
    std::size_t visited = 0;
    window.for_each([&](packet_id id, auto& e) {
        REQUIRE(id == model[visited].first);
        REQUIRE(e.item == model[visited].second);
        ++visited;
    });
    CHECK(visited == model.size());
}

TEST_CASE("after a clear, the sequence goes on, and what it gives is found") {
    outgoing_window<int> window;
    for (int i = 0; i < 65'530; ++i) window.remove(window.add(i, phase::awaiting_puback));
    window.add(1, phase::awaiting_puback);
    window.clear();
    CHECK(window.find(65'531) == nullptr);
    for (unsigned i = 0; i < 10; ++i) CHECK(window.add(static_cast<int>(i), phase::awaiting_puback) == (i < 4 ? 65'532 + i : i - 3));
    for (unsigned id : {65'532u, 65'535u, 1u, 6u}) CHECK(window.find(static_cast<tepore::protocol::packet_id>(id)) != nullptr);
    for (unsigned id : {65'531u, 7u}) CHECK(window.find(static_cast<tepore::protocol::packet_id>(id)) == nullptr);
}
