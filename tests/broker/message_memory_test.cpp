#include "broker/message_memory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "base/watched_memory.hpp"

using namespace tepore;
using namespace tepore::broker;

namespace {

/// On a thread of its own, which has kept nothing yet.
template <class Function>
void on_new_thread(Function&& f) {
    std::thread(std::forward<Function>(f)).join();
}

/// How many of `taken` are taken again when that many of the same size are.
std::size_t taken_again(const std::vector<void*>& taken, std::size_t size) {
    const std::set<void*> before(taken.begin(), taken.end());
    std::vector<void*> now;
    std::size_t again = 0;
    for (std::size_t i = 0; i < taken.size(); ++i) {
        now.push_back(take_message_memory(size));
        again += before.count(now.back());
    }
    for (auto* block : now) give_message_memory(block, size);
    return again;
}

std::vector<void*> take(std::size_t count, std::size_t size) {
    std::vector<void*> taken;
    while (taken.size() < count) taken.push_back(take_message_memory(size));
    return taken;
}

void give(const std::vector<void*>& taken, std::size_t size) {
    for (auto* block : taken) give_message_memory(block, size);
}

}  // namespace

TEST_CASE("message memory: what was let go is taken again, by the sizes that malloc makes no difference between") {
    if (memory_is_watched) return;  // nothing is kept then
    on_new_thread([] {
        const auto taken = take(1'000, 121);
        give(taken, 121);
        std::vector<void*> larger;  // 121 + 8 and 136 + 8 are both 144 for malloc
        while (larger.size() < taken.size()) {
            larger.push_back(take_message_memory(136));
            std::memset(larger.back(), static_cast<int>(larger.size() % 251), 136);
        }
        for (std::size_t i = 0; i < larger.size(); ++i) {  // none writes into another
            const auto* bytes = static_cast<const unsigned char*>(larger[i]);
            CHECK(std::all_of(bytes, bytes + 136, [&](unsigned char byte) { return byte == (i + 1) % 251; }));
        }
        give(larger, 136);
        CHECK(taken_again(taken, 128) == 1'000);
        auto* other = take_message_memory(137);
        CHECK(std::ranges::find(taken, other) == taken.end());
        give_message_memory(other, 137);
    });
}

TEST_CASE("message memory: no more is kept than the bounds say") {
    if (memory_is_watched) return;
    on_new_thread([] {
        const auto size = message_block_kept_max - 8, blocks_max = message_bytes_kept_max / message_block_kept_max;
        give(take(1, size + 1), size + 1);
        CHECK(message_bytes_kept() == 0);
        give(take(2 * blocks_max, size), size);
        CHECK(message_bytes_kept() == message_bytes_kept_max);
        const auto taken = take(10, size);
        CHECK(message_bytes_kept() == message_bytes_kept_max - 10 * message_block_kept_max);
        give(taken, size);
    });
}

TEST_CASE("message memory: what is kept follows what is used") {
    if (memory_is_watched) return;
    on_new_thread([] {
        const auto blocks_max = message_bytes_kept_max / message_allocated(100);
        give(take(2 * blocks_max, 100), 100);
        for (const auto size : {std::size_t{400}, std::size_t{24}}) {  // larger, smaller
            const auto taken = take(100, size);
            give(taken, size);
            CHECK(message_bytes_kept() <= message_bytes_kept_max);
            CHECK(message_bytes_kept() > message_bytes_kept_max - 2 * message_block_kept_max);
            CHECK(taken_again(taken, size) == 100);
        }
    });
}

TEST_CASE("message memory: counted on whichever thread it is let go, and however many threads there are") {
    const auto before = message_bytes();
    std::vector<void*> taken;
    for (int i = 0; i < 40; ++i) on_new_thread([&] { taken.push_back(take_message_memory(1'000)); });
    CHECK(message_bytes() == before + 40 * message_allocated(1'000));
    for (auto* block : taken) on_new_thread([block] { give_message_memory(block, 1'000); });
    CHECK(message_bytes() == before);
}
