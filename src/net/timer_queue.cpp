#include "net/timer_queue.hpp"

#include <algorithm>
#include <utility>

namespace tepore::net {
namespace {

constexpr std::size_t children = 4;

}  // namespace

std::uint64_t timer_queue::add(monotonic when, std::function<void()> task) {
    if (free_slots_.empty()) {
        // release() is noexcept, so its push_back must never have to grow.
        if (free_slots_.capacity() <= slots_.size()) free_slots_.reserve(slots_.size() * 2 + 16);
        free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t index = free_slots_.back();
    heap_.emplace_back();
    free_slots_.pop_back();
    slots_[index].task = std::move(task);
    sift_up(heap_.size() - 1, node{std::max(when, floor_), next_order_++, index});
    return (std::uint64_t{slots_[index].generation} << 32) | index;
}

void timer_queue::cancel(std::uint64_t id) noexcept {
    const auto index = static_cast<std::uint32_t>(id);
    if (id == 0 || index >= slots_.size() || slots_[index].generation != static_cast<std::uint32_t>(id >> 32)) return;
    // The task goes last: what it owns may come back here from a destructor.
    const auto task = std::exchange(slots_[index].task, nullptr);
    remove_at(slots_[index].position);
    release(index);
}

void timer_queue::run_due(monotonic now) {
    floor_ = std::max(floor_, now);
    const std::uint64_t end = next_order_;
    while (!heap_.empty() && heap_.front().when <= now && heap_.front().order < end) {
        const std::uint32_t index = heap_.front().slot;
        const auto task = std::exchange(slots_[index].task, nullptr);
        remove_at(0);
        release(index);
        task();
    }
}

void timer_queue::place(std::size_t position, const node& n) noexcept {
    heap_[position] = n;
    slots_[n.slot].position = static_cast<std::uint32_t>(position);
}

void timer_queue::sift_up(std::size_t position, node n) noexcept {
    while (position > 0) {
        const std::size_t parent = (position - 1) / children;
        if (!n.before(heap_[parent])) break;
        place(position, heap_[parent]);
        position = parent;
    }
    place(position, n);
}

void timer_queue::sift_down(std::size_t position, node n) noexcept {
    for (;;) {
        const std::size_t first = position * children + 1;
        if (first >= heap_.size()) break;
        const std::size_t last = std::min(first + children, heap_.size());
        std::size_t least = first;
        for (std::size_t child = first + 1; child < last; ++child) {
            if (heap_[child].before(heap_[least])) least = child;
        }
        if (!heap_[least].before(n)) break;
        place(position, heap_[least]);
        position = least;
    }
    place(position, n);
}

void timer_queue::remove_at(std::size_t position) noexcept {
    const node moved = heap_.back();
    heap_.pop_back();
    if (position == heap_.size()) return;
    if (position > 0 && moved.before(heap_[(position - 1) / children])) {
        sift_up(position, moved);
    } else {
        sift_down(position, moved);
    }
}

void timer_queue::release(std::uint32_t index) noexcept {
    if (++slots_[index].generation == 0) slots_[index].generation = 1;
    free_slots_.push_back(index);
}

}  // namespace tepore::net
