#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/chunk_queue.hpp"
#include "base/chunked_array.hpp"
#include "base/hash.hpp"
#include "base/index_table.hpp"
#include "base/ring_queue.hpp"
#include "base/short_text.hpp"
#include "base/slot_pool.hpp"

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

TEST_CASE("chunk_queue against std::deque") {
    using tepore::chunk_queue;
    chunk_queue<std::shared_ptr<int>> queue;
    std::deque<int> model;
    std::mt19937 random(7);
    const auto whole = std::make_shared<int>(0);
    const auto alive = [&] { return static_cast<std::size_t>(whole.use_count() - 1); };
    const auto held = [&](int value) { return std::shared_ptr<int>(new int(value), [whole](int* p) { delete p; }); };
    for (int step = 0; step < 100'000; ++step) {
        if (random() % 100 < (step / 1'000 % 2 == 0 ? 55u : 45u)) {
            queue.push(held(step));
            model.push_back(step);
        } else if (!model.empty()) {
            REQUIRE(*queue.front() == model.front());
            const auto ahead = random() % 100;
            const auto* later = queue.peek(ahead);
            REQUIRE((later == nullptr || (ahead < model.size() && **later == model[ahead])));
            if (ahead < std::min<std::size_t>(model.size(), 4)) REQUIRE(later != nullptr);
            REQUIRE(*queue.pop() == model.front());
            model.pop_front();
        }
        REQUIRE(queue.size() == model.size());
        REQUIRE(alive() == model.size());
        REQUIRE(queue.allocated_bytes() <= 400 + (model.size() + 2 * chunk_queue<std::shared_ptr<int>>::chunk_entries_max) * 17);
        if (step % 10'000 == 9'999) {
            std::size_t at = 0;
            queue.for_each([&](const std::shared_ptr<int>& one) { REQUIRE(*one == model[at++]); });
            REQUIRE(at == model.size());
            auto moved = std::move(queue);
            REQUIRE(queue.empty());
            queue = std::move(moved);
        }
    }
    queue.clear();
    CHECK(alive() == 0);
    CHECK(queue.allocated_bytes() == 0);
}

TEST_CASE("chunked_array: entries stay where they are") {
    tepore::chunked_array<int> all;
    std::vector<int*> places;
    for (int i = 0; i < 5'000; ++i) {
        places.push_back(&all.add());
        REQUIRE(*places.back() == 0);
        *places.back() = i;
    }
    REQUIRE(all.size() == 5'000);
    for (std::size_t i = 0; i < 5'000; ++i) {
        REQUIRE(&all[i] == places[i]);
        REQUIRE(all[i] == static_cast<int>(i));
    }
}

TEST_CASE("short_text: every length around the one that stands inside") {
    tepore::short_text kept;
    CHECK(kept.view().empty());
    for (std::size_t size = 0; size < 60; ++size) {
        const std::string text(size, static_cast<char>('a' + size % 26));
        tepore::short_text one(text);
        REQUIRE(one.view() == text);
        auto moved = std::move(one);
        REQUIRE(moved.view() == text);
        kept = std::move(moved);
        REQUIRE(kept.view() == text);
    }
}

TEST_CASE("slot_pool against a plain map") {
    static int alive;
    struct thing {
        explicit thing(int its_value) : value(its_value) { ++alive; }
        ~thing() { --alive; }
        thing(const thing&) = delete;
        thing& operator=(const thing&) = delete;
        int value;
        std::string owned = std::string(40, 'x');  // a leak or a double end would be seen
    };
    alive = 0;
    std::mt19937 random(6);
    {
        tepore::slot_pool<thing> pool;
        std::map<std::uint32_t, thing*> model;
        std::uint32_t highest = 0;
        for (int step = 0; step < 60'000; ++step) {
            // Grows to some hundred, falls to nothing, and so on: pieces come and are given back.
            if (random() % 100 < (step / 3'000 % 2 == 0 ? 60u : 30u)) {
                const auto slot = pool.make(step);
                REQUIRE(!model.contains(slot));
                model[slot] = &pool[slot];
                highest = std::max(highest, slot);
                REQUIRE(model[slot]->value == step);
            } else if (!model.empty()) {
                const auto at = std::next(model.begin(), static_cast<std::ptrdiff_t>(random() % model.size()));
                REQUIRE(pool.find(at->first) == at->second);
                pool.destroy(at->first);
                REQUIRE(pool.find(at->first) == nullptr);
                model.erase(at);
            }
            REQUIRE(pool.size() == model.size());
            REQUIRE(alive == static_cast<int>(model.size()));
        }
        CHECK(highest < 2'000);  // slots are used again
        std::vector<thing*> seen, expected;
        pool.for_each([&](thing& one) { seen.push_back(&one); });
        for (const auto& [slot, one] : model) expected.push_back(one);
        CHECK(seen == expected);
        CHECK(pool.find(1'000'000) == nullptr);
    }
    CHECK(alive == 0);
}
