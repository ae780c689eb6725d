// The nodes of one session's subscriptions, sorted, in 16 bytes: most sessions have one or two, which stand inside.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "broker/level_tree.hpp"

namespace tepore::broker {

class node_set {
public:
    node_set() noexcept = default;
    node_set(const node_set&) = delete;
    node_set& operator=(const node_set&) = delete;
    ~node_set() {
        if (outside()) delete[] many_;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::span<const node_id> view() const noexcept { return {outside() ? many_ : few_, size_}; }

    /// REQUIRES that it is not there.
    void insert(node_id node) {
        if (size_ == room_) grow();
        auto* all = begin();
        auto* at = std::lower_bound(all, all + size_, node);
        std::copy_backward(at, all + size_, all + size_ + 1);
        *at = node;
        ++size_;
    }

    /// REQUIRES that it is there.
    void erase(node_id node) noexcept {
        auto* all = begin();
        auto* at = std::lower_bound(all, all + size_, node);
        std::copy(at + 1, all + size_, at);
        --size_;
    }

private:
    static constexpr std::uint32_t inside = 2;

    [[nodiscard]] bool outside() const noexcept { return room_ != inside; }
    [[nodiscard]] node_id* begin() noexcept { return outside() ? many_ : few_; }

    /// By half, in steps of 16 bytes: a session with many subscriptions has few to spare.
    void grow() {
        const auto room = (room_ + room_ / 2 + 4) & ~3u;
        auto* bigger = new node_id[room];
        std::copy_n(begin(), size_, bigger);
        if (outside()) delete[] many_;
        many_ = bigger;
        room_ = room;
    }

    std::uint32_t size_ = 0;
    std::uint32_t room_ = inside;
    union {
        node_id few_[inside]{};
        node_id* many_;
    };
};
static_assert(sizeof(node_set) == 16);

}  // namespace tepore::broker
