// Messages of one publisher that reach different clients each time, and have not reached all of theirs yet.
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>
#include <utility>
#include <vector>

#include "bench/match_topics.hpp"

namespace tepore::bench {

class awaited {
public:
    enum class what : std::uint8_t { expected, duplicate, misrouted, late };

    explicit awaited(std::uint32_t window) : window_(window), ring_(std::bit_ceil(window)) {}

    [[nodiscard]] bool has_room() const noexcept { return tail_ - head_ < window_; }
    /// The number that the message must carry. REQUIRES has_room() and somebody to reach.
    std::uint32_t add(const recipients& to) noexcept {
        assert(has_room() && !to.empty());
        slot_of(tail_) = {to, static_cast<std::uint8_t>((1u << to.size()) - 1)};
        outstanding_ += to.size();
        return tail_++;
    }

    /// A message came to a client. `late`: it was given up, and no longer counted.
    [[nodiscard]] what take(std::uint32_t sequence, std::uint32_t client) noexcept {
        if (sequence - head_ >= tail_ - head_) return from_the_past();
        auto& message = slot_of(sequence);
        std::uint8_t bit = 1;
        for (const auto one : message.to.all()) {
            if (one == client) return arrived(message, bit);
            bit = static_cast<std::uint8_t>(bit << 1);
        }
        return what::misrouted;
    }

    /// Called once in a while: when nothing moved since, all is lost that is outstanding. Tells how much.
    std::uint64_t give_up_when_stalled() noexcept {
        const bool stalled = outstanding_ != 0 && arrived_ == arrived_before_;
        arrived_before_ = arrived_;
        if (!stalled) return 0;
        head_ = tail_;
        given_up_ += outstanding_;
        return std::exchange(outstanding_, 0);
    }

private:
    struct slot {
        recipients to;
        std::uint8_t missing = 0;  // a bit for each
    };

    [[nodiscard]] slot& slot_of(std::uint32_t sequence) noexcept { return ring_[sequence & (ring_.size() - 1)]; }

    [[nodiscard]] what arrived(slot& s, std::uint8_t bit) noexcept {
        if ((s.missing & bit) == 0) return what::duplicate;
        s.missing = static_cast<std::uint8_t>(s.missing & ~bit);
        --outstanding_;
        ++arrived_;
        while (head_ != tail_ && slot_of(head_).missing == 0) ++head_;
        return what::expected;
    }

    [[nodiscard]] what from_the_past() noexcept {
        if (given_up_ == 0) return what::duplicate;
        --given_up_;
        return what::late;
    }

    std::uint32_t window_;
    std::uint32_t head_ = 0;  // the oldest that is not complete
    std::uint32_t tail_ = 0;
    std::uint64_t outstanding_ = 0;  // deliveries
    std::uint64_t given_up_ = 0;
    std::uint64_t arrived_ = 0;
    std::uint64_t arrived_before_ = 0;
    std::vector<slot> ring_;
};

}  // namespace tepore::bench
