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
    enum class what : std::uint8_t { expected, duplicate, late };

    /// A lost message holds one place of the window until so many windows of others have passed it; then it is given up.
    static constexpr std::uint32_t windows_remembered = 4;

    explicit awaited(std::uint32_t window) : window_(window), ring_(std::bit_ceil(window * windows_remembered)) {}

    [[nodiscard]] bool has_room() const noexcept { return open_ < window_; }
    /// The number that the message must carry. REQUIRES has_room(), and one to recipients_max receivers.
    std::uint32_t add(std::size_t receivers) noexcept {
        assert(has_room() && receivers != 0 && receivers <= recipients_max);
        auto& m = slot_of(next_);
        if (m.missing != 0) forget(m);
        m = {static_cast<std::uint8_t>((1u << receivers) - 1), false};
        ++open_;
        outstanding_ += receivers;
        return next_++;
    }

    /// A message came to the `which`-th of its receivers. `late`: it was given up, and no longer counted.
    [[nodiscard]] what take(std::uint32_t sequence, std::size_t which) noexcept {
        if (next_ - 1 - sequence >= ring_.size()) return from_before_memory();
        auto& m = slot_of(sequence);
        const auto bit = static_cast<std::uint8_t>(1u << which);
        if ((m.missing & bit) == 0) return what::duplicate;
        m.missing = static_cast<std::uint8_t>(m.missing & ~bit);
        if (m.given_up) return what::late;
        --outstanding_;
        ++arrived_;
        if (m.missing == 0) --open_;
        return what::expected;
    }

    /// Called once in a while: when nothing moved since, all is lost that is outstanding. Tells how much.
    std::uint64_t give_up_when_stalled() noexcept {
        const bool stalled = outstanding_ != 0 && arrived_ == arrived_before_;
        arrived_before_ = arrived_;
        if (!stalled) return 0;
        for (auto& m : ring_) m.given_up = m.missing != 0;
        open_ = 0;
        return std::exchange(outstanding_, 0);
    }

private:
    struct slot {
        std::uint8_t missing = 0;  // a bit for each receiver
        bool given_up = false;
    };

    [[nodiscard]] slot& slot_of(std::uint32_t sequence) noexcept { return ring_[sequence & (ring_.size() - 1)]; }

    void forget(const slot& m) noexcept {
        const auto lost = static_cast<std::uint64_t>(std::popcount(m.missing));
        forgotten_ += lost;
        if (m.given_up) return;
        outstanding_ -= lost;
        --open_;
    }

    [[nodiscard]] what from_before_memory() noexcept {
        if (forgotten_ == 0) return what::duplicate;
        --forgotten_;
        return what::late;
    }

    std::uint32_t window_;
    std::uint32_t next_ = 0;
    std::uint32_t open_ = 0;         // messages that are waited for
    std::uint64_t outstanding_ = 0;  // their deliveries
    std::uint64_t forgotten_ = 0;    // deliveries that had not come when their message left the memory
    std::uint64_t arrived_ = 0;
    std::uint64_t arrived_before_ = 0;
    std::vector<slot> ring_;
};

}  // namespace tepore::bench
