#include "session/incoming_ids.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

using tepore::protocol::packet_id;
using tepore::session::incoming_ids;

TEST_CASE("a set of identifiers against a plain model") {
    incoming_ids ids;
    std::set<packet_id> model;
    std::mt19937 random(7);
    for (int step = 0; step < 100'000; ++step) {
        const auto id = static_cast<packet_id>(1 + random() % 65'535);
        if (random() % 2 == 0) {
            REQUIRE(ids.insert(id) == model.insert(id).second);
        } else {
            REQUIRE(ids.erase(id) == (model.erase(id) == 1));
        }
        REQUIRE(ids.size() == model.size());
    }
    std::set<packet_id> seen;
    ids.for_each([&](packet_id id) { seen.insert(id); });
    CHECK(seen == model);
}
