// When the next message goes: after an answer (closed loop) or at its time (open loop).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/clock.hpp"

namespace tepore::bench {

/// One publisher of the closed loop: at most `window` of its messages are under way, that is not yet at all their receivers or, at QoS 1 and 2, not
/// yet acknowledged. What the broker can do then is what it does.
class closed_loop {
public:
    closed_loop(std::uint32_t window, std::uint32_t receivers) noexcept : window_(window), receivers_(receivers) {}

    /// How many may go now.
    [[nodiscard]] std::uint32_t room(std::size_t unacknowledged) const noexcept {
        const std::uint64_t out = outstanding();
        const std::uint64_t under_way = std::max<std::uint64_t>((out + receivers_ - 1) / receivers_, unacknowledged);
        return under_way >= window_ ? 0 : static_cast<std::uint32_t>(window_ - under_way);
    }

    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
    void note_sent(std::uint32_t messages) noexcept { sent_ += messages; }
    /// Message `sequence` came to a receiver, and with it `settled` deliveries are: its own, and those before it that were passed over. What was
    /// given up does not count again.
    void note_settled(std::uint32_t sequence, std::uint32_t settled) noexcept {
        ++moves_;
        const auto end = std::uint64_t{sequence} + 1;
        if (end > given_up_) settled_ += end - std::max(end - settled, given_up_);
    }

    /// Called once in a while: a window in which nothing moved since the last call lost its messages (at QoS 0 a broker may). Gives up what is
    /// outstanding, and tells how many deliveries that were.
    std::uint64_t give_up_when_stalled() noexcept {
        const std::uint64_t out = outstanding();
        const bool stalled = out != 0 && moves_ == moves_before_;
        moves_before_ = moves_;
        if (!stalled) return 0;
        given_up_ = sent_;
        settled_ = 0;
        return out;
    }

private:
    /// Deliveries.
    [[nodiscard]] std::uint64_t outstanding() const noexcept { return (sent_ - given_up_) * receivers_ - settled_; }

    std::uint32_t window_;
    std::uint32_t receivers_;
    std::uint64_t sent_ = 0;
    std::uint64_t given_up_ = 0;  // of them, the first so many
    std::uint64_t settled_ = 0;   // deliveries of the others
    std::uint64_t moves_ = 0;
    std::uint64_t moves_before_ = 0;
};

/// The open loop: message k is due at start + k / rate, whatever became of those before. A broker that stands still is charged for every message that
/// should have been on its way meanwhile.
class open_loop {
public:
    open_loop(monotonic start, double per_second) noexcept : start_(start), period_ns_(1e9 / per_second) {}

    /// When the next one is due.
    [[nodiscard]] monotonic due() const noexcept { return start_ + duration(static_cast<std::int64_t>(static_cast<double>(next_) * period_ns_)); }
    [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
    void note_sent() noexcept { ++next_; }
    /// How many are due before `until` and were not sent.
    [[nodiscard]] std::uint64_t unsent(monotonic until) const noexcept {
        const auto left_ns = static_cast<double>((until - due()).count());
        return left_ns > 0 ? static_cast<std::uint64_t>(std::ceil(left_ns / period_ns_)) : 0;
    }

private:
    monotonic start_;
    double period_ns_;
    std::uint64_t next_ = 0;
};

}  // namespace tepore::bench
