#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/index_table.hpp"
#include "base/ring_queue.hpp"

TEST_CASE("index_table against a plain map") {
    std::vector<std::string> records;
    std::vector<std::uint32_t> free;
    tepore::index_table table;
    std::map<std::string, std::uint32_t> model;
    const auto hash_of = [&](std::uint32_t i) { return tepore::hash_bytes(records[i], 1) & 0xff; };  // many collisions
    std::mt19937 random(3);
    for (int step = 0; step < 50'000; ++step) {
        const auto key = std::to_string(random() % 700);
        const auto hash = tepore::hash_bytes(key, 1) & 0xff;
        const auto found = table.find(hash, [&](std::uint32_t i) { return records[i] == key; });
        const auto known = model.find(key);
        REQUIRE(found == (known == model.end() ? tepore::index_table::none : known->second));
        if (random() % 2 == 0 && known == model.end()) {
            const auto index = static_cast<std::uint32_t>(records.size());
            records.push_back(key);
            table.insert(hash, index, hash_of);
            model[key] = index;
        } else if (known != model.end()) {
            table.erase(hash, known->second, hash_of);
            model.erase(known);
        }
        REQUIRE(table.size() == model.size());
    }
}

TEST_CASE("ring_queue against std::deque") {
    tepore::ring_queue<int> queue;
    std::deque<int> model;
    std::mt19937 random(5);
    for (int step = 0; step < 100'000; ++step) {
        if (random() % 100 < (step / 1'000 % 2 == 0 ? 55u : 45u)) {
            queue.push(step);
            model.push_back(step);
        } else if (!model.empty()) {
            REQUIRE(queue.front() == model.front());
            REQUIRE(queue.pop() == model.front());
            model.pop_front();
        }
        REQUIRE(queue.size() == model.size());
    }
}
