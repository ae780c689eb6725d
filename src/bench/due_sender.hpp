// The open loop over many publishers, which take turns: what is due is sent as far as the broker takes it; what it does not take waits, and keeps its
// time.
#pragma once

#include <functional>
#include <string>

#include "bench/crew.hpp"
#include "bench/pace.hpp"

namespace tepore::bench {

class due_sender {
public:
    /// A publisher that has so much before it gets no more to say: the generator's memory is not for what a broker does not take.
    struct bounds {
        std::size_t backlog_bytes_max;  // that its connection has not taken
        std::size_t unacknowledged_max;
    };
    /// The payload that waits at most, in so many seconds.
    [[nodiscard]] static std::uint64_t bytes_max(std::uint64_t publishers, std::uint32_t payload_bytes, double per_second, double seconds,
                                                 bounds b) noexcept;

    using say = std::function<void(lean_client& by, monotonic due)>;

    due_sender(const group& publishers, double per_second, bounds b, monotonic start, say s)
        : publishers_(publishers), loop_(start, per_second), bounds_(b), say_(std::move(s)) {}

    /// What is due by now, and before `until`.
    void send(monotonic now, monotonic until = monotonic::max());

    /// How late the generator was at worst, since the last call of forget_lateness(). Waiting for the broker is not its lateness.
    [[nodiscard]] duration late_max() const noexcept { return late_max_; }
    void forget_lateness() noexcept { late_max_ = {}; }
    [[nodiscard]] std::uint64_t unsent(monotonic until) const noexcept { return loop_.unsent(until); }
    /// Why the next one waits.
    [[nodiscard]] std::string why_not() const;

private:
    [[nodiscard]] lean_client& next() const { return *publishers_[loop_.next() % publishers_.size()]; }
    [[nodiscard]] bool may_say(const lean_client& by) const;

    const group& publishers_;
    open_loop loop_;
    bounds bounds_;
    say say_;
    monotonic held_up_at_;
    duration late_max_{};
};

}  // namespace tepore::bench
