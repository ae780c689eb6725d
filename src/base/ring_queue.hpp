// A first-in-first-out queue in one block of memory: none while it was never used, doubling when full, given back when it empties above
// keep_entries. (std::deque holds half a KiB even when empty; there is one queue per session.)
#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace tepore {

template <class T>
class ring_queue {
public:
    static constexpr std::size_t keep_entries = 32;

    [[nodiscard]] bool empty() const noexcept { return head_ == tail_; }
    [[nodiscard]] std::size_t size() const noexcept { return tail_ - head_; }

    void push(T value) {
        if (size() == ring_.size()) grow();
        ring_[tail_++ & (ring_.size() - 1)] = std::move(value);
    }

    /// REQUIRES !empty().
    [[nodiscard]] T& front() noexcept {
        assert(!empty());
        return ring_[head_ & (ring_.size() - 1)];
    }

    /// REQUIRES !empty().
    T pop() {
        T value = std::move(front());
        front() = T{};
        ++head_;
        if (empty() && ring_.size() > keep_entries) ring_ = {};
        return value;
    }

    template <class Visit>
    void for_each(Visit&& visit) {
        for (auto at = head_; at != tail_; ++at) visit(ring_[at & (ring_.size() - 1)]);
    }

    void clear() noexcept {
        ring_ = {};
        head_ = tail_ = 0;
    }

private:
    void grow() {
        std::vector<T> bigger(ring_.empty() ? 4 : ring_.size() * 2);
        for (auto at = head_; at != tail_; ++at) bigger[at & (bigger.size() - 1)] = std::move(ring_[at & (ring_.size() - 1)]);
        ring_ = std::move(bigger);
    }

    std::vector<T> ring_;  // size is 0 or a power of two
    std::size_t head_ = 0;
    std::size_t tail_ = 0;
};

}  // namespace tepore
