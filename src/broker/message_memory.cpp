#include "broker/message_memory.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "base/watched_memory.hpp"

namespace tepore::broker {
namespace {

/// Threads count for themselves, so that counting makes none wait; a message may be dropped on another thread than made it, so one count alone says
/// nothing.
struct alignas(64) thread_count {
    std::atomic<std::int64_t> bytes{0};
};
constexpr std::size_t counts_max = 32;  // with more threads, those share the last one
constinit std::array<thread_count, counts_max> counts;
constinit std::atomic<std::size_t> counting_threads{0};

struct kept_block {
    kept_block* next;
};

/// Of one thread. Trivial, so that it may be used until the very end of the thread: what is let go after `closed` is not kept.
struct thread_memory {
    thread_count* count = nullptr;  // null: this thread has had nothing to do with messages yet
    bool counts_alone = false;
    bool closed = memory_is_watched;
    std::size_t kept_bytes = 0;
    std::array<kept_block*, message_block_kept_max / 16 + 1> kept{};  // by place_of()
    std::size_t given_up_from = 0;                                    // the place of the last that was given up for another size
    std::size_t alone = 0;                                            // all that is kept has this place, and is as much as may be; 0: not known
};
constinit thread_local thread_memory own;

constexpr std::size_t place_of(std::size_t allocated) noexcept {
    return allocated / 16;
}

void* take_kept(std::size_t place) noexcept {
    auto* block = own.kept[place];
    own.kept[place] = block->next;
    own.kept_bytes -= place * 16;
    return block;
}

/// Other sizes in turn give up what they keep, so that what is kept follows what is used. False: there is nothing of other sizes.
[[gnu::noinline, gnu::cold]] bool make_room(std::size_t allocated) noexcept {
    for (std::size_t looked_at = 0; own.kept_bytes + allocated > message_bytes_kept_max; ++looked_at) {
        if (looked_at > own.kept.size()) {
            own.alone = place_of(allocated);
            return false;
        }
        own.given_up_from = (own.given_up_from + 1) % own.kept.size();
        if (own.given_up_from == place_of(allocated) || own.kept[own.given_up_from] == nullptr) continue;
        std::free(take_kept(own.given_up_from));
        looked_at = 0;
    }
    return true;
}

struct giver_back {
    ~giver_back() {
        own.closed = true;
        for (auto*& first : own.kept) {
            while (first != nullptr) {
                auto* next = first->next;
                std::free(first);
                first = next;
            }
        }
    }
};

[[gnu::noinline, gnu::cold]] void begin_thread() noexcept {
    thread_local const giver_back at_the_end;
    const auto number = counting_threads.fetch_add(1, std::memory_order_relaxed);
    own.counts_alone = number < counts_max - 1;
    own.count = &counts[std::min(number, counts_max - 1)];
}

void count_bytes(std::int64_t bytes) noexcept {
    if (own.count == nullptr) [[unlikely]]
        begin_thread();
    auto& sum = own.count->bytes;
    if (own.counts_alone) [[likely]]
        sum.store(sum.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
    else
        sum.fetch_add(bytes, std::memory_order_relaxed);
}

}  // namespace

std::size_t message_bytes() noexcept {
    std::int64_t sum = 0;
    for (const auto& one : counts) sum += one.bytes.load(std::memory_order_relaxed);
    return static_cast<std::size_t>(std::max<std::int64_t>(sum, 0));
}

std::size_t message_bytes_kept() noexcept {
    return own.kept_bytes;
}

void* take_message_memory(std::size_t size) {
    const auto allocated = message_allocated(size);
    const bool may_be_kept = allocated <= message_block_kept_max && !own.closed;
    // What may be kept has room for every size of its place, whatever malloc makes of it. (glibc's gives the same block for either.)
    void* block = may_be_kept && own.kept[place_of(allocated)] != nullptr ? take_kept(place_of(allocated))
                                                                          : std::malloc(may_be_kept ? allocated - sizeof(std::size_t) : size);
    if (block == nullptr) throw std::bad_alloc();
    count_bytes(static_cast<std::int64_t>(allocated));
    return block;
}

void give_message_memory(void* block, std::size_t size) noexcept {
    const auto allocated = message_allocated(size);
    const auto place = place_of(allocated);
    count_bytes(-static_cast<std::int64_t>(allocated));
    if (allocated > message_block_kept_max || own.closed) return std::free(block);
    if (own.kept_bytes + allocated > message_bytes_kept_max && (own.alone == place || !make_room(allocated))) return std::free(block);
    auto*& first = own.kept[place];
    first = ::new (block) kept_block{first};
    own.kept_bytes += allocated;
    own.alone = 0;
}

}  // namespace tepore::broker
