// Timers in the order they fall due; equal instants in the order they were asked for. A heap of four children per node: shallow, and a node's
// children share a cache line or two. cancel() is O(log n) and leaves nothing behind, since keep-alive timers are mostly cancelled.
// Pure: time is an argument. Threads: none of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace tepore::net {

class timer_queue {
public:
    /// Never 0.
    std::uint64_t add(monotonic when, std::function<void()> task);
    /// An id that is no longer known (fired, cancelled) is ignored.
    void cancel(std::uint64_t id) noexcept;

    [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
    /// `never` when empty.
    [[nodiscard]] monotonic next() const noexcept { return heap_.empty() ? never : heap_.front().when; }

    /// Runs what is due at `now`. Timers added meanwhile wait for the next call, so a timer that re-arms itself at once cannot hold the loop.
    void run_due(monotonic now);

private:
    struct node {
        monotonic when;
        std::uint64_t order;
        std::uint32_t slot;
        [[nodiscard]] bool before(const node& other) const noexcept { return when != other.when ? when < other.when : order < other.order; }
    };
    struct slot {
        std::function<void()> task;
        std::uint32_t generation = 1;  // counts uses of the slot, so that an old id does not hit a new timer
        std::uint32_t position = 0;    // in the heap
    };

    void place(std::size_t position, const node& n) noexcept;
    void sift_up(std::size_t position, node n) noexcept;
    void sift_down(std::size_t position, node n) noexcept;
    void remove_at(std::size_t position) noexcept;
    void release(std::uint32_t slot) noexcept;

    std::vector<node> heap_;
    std::vector<slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::uint64_t next_order_ = 0;
    monotonic floor_ = monotonic::min();  // the latest `now` seen: nothing is added before it, which keeps the rule of run_due()
};

}  // namespace tepore::net
