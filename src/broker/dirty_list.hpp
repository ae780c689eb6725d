// The connections that the shell must look at, in the order in which they came to need it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "broker/connection.hpp"

namespace tepore::broker {

/// Each is in it once at most; connection::dirty_at says where. Grows as far as one turn needs it, and keeps its memory: a pointer for each.
class dirty_list {
public:
    void add(connection& c) {
        if (c.dirty_at != 0) return;
        if (end_ == places_.size()) [[unlikely]]
            grow();
        places_[end_] = &c;
        c.dirty_at = static_cast<std::uint32_t>(++end_);
    }
    void remove(connection& c) noexcept {
        if (c.dirty_at != 0) places_[c.dirty_at - 1] = nullptr;
        c.dirty_at = 0;
    }
    /// The next one, which is no longer in it; null: none is left.
    [[nodiscard]] connection* take() noexcept {
        while (next_ < end_) {
            auto* c = places_[next_++];
            if (c == nullptr) continue;
            c->dirty_at = 0;
            return c;
        }
        next_ = end_ = 0;
        return nullptr;
    }
    /// At most: those that were removed count until their turn comes.
    [[nodiscard]] std::size_t size() const noexcept { return end_ - next_; }

private:
    // Apart, so that add() saves no registers for it.
    [[gnu::noinline, gnu::cold]] void grow() { places_.resize(std::max<std::size_t>(2 * end_, 16)); }

    std::vector<connection*> places_;  // null: removed
    std::size_t next_ = 0;
    std::size_t end_ = 0;
};

}  // namespace tepore::broker
