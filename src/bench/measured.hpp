// The middle of most scenarios: traffic for a while, of which all but the beginning is measured.
#pragma once

#include <functional>

#include "bench/crew.hpp"
#include "bench/histogram.hpp"

namespace tepore::bench {

struct measured {
    usage from;
    usage to;

    [[nodiscard]] double seconds() const noexcept { return static_cast<double>((to.at - from.at).count()) / 1e9; }
};

/// Calls `turn` again and again, for the warm-up and the measured time; `begin` in between, with the time. Ends early when there is trouble.
[[nodiscard]] measured measure(crew& with, const options& asked, const std::function<void(monotonic)>& begin, const std::function<void()>& turn);

/// How long messages took that were due in the measured time, whenever they came: those that a broker holds back until the end are its slowest.
class latencies {
public:
    void begin(monotonic from) {
        histogram_.clear();
        from_ = from;
    }
    void end(monotonic to) noexcept { to_ = to; }
    void add(monotonic due, monotonic came) noexcept {
        if (due >= from_ && due < to_) histogram_.add(came - due);
    }
    [[nodiscard]] const histogram& figures() const noexcept { return histogram_; }

private:
    histogram histogram_;
    monotonic from_ = monotonic::max();
    monotonic to_ = monotonic::max();
};

/// "sent_messages_per_s" and the like: how much something grew while it was measured.
class rate {
public:
    void begin(std::uint64_t count) noexcept { before_ = count; }
    void end(std::uint64_t count) noexcept { grown_ = count - before_; }
    [[nodiscard]] double grown() const noexcept { return static_cast<double>(grown_); }
    [[nodiscard]] double per_second(const measured& m) const noexcept { return m.seconds() > 0 ? grown() / m.seconds() : 0; }

private:
    std::uint64_t before_ = 0;
    std::uint64_t grown_ = 0;
};

/// In the closed loop at QoS 0, how often publishers are looked at that wait for messages which were lost.
inline constexpr duration stall_interval = std::chrono::seconds(1);
/// At QoS 0, what does not come for so long will not come.
inline constexpr double quiet_s = 2;
/// A turn of the closed loop waits so long for something to happen.
inline constexpr duration closed_turn_wait = std::chrono::milliseconds(5);

/// Turns until `done()`, and listens on; gives up after options::drain_s, or, where loss is allowed, when `received()` has not grown for quiet_s.
void drain(crew& with, const options& asked, bool loss_is_allowed, const std::function<std::uint64_t()>& received, const std::function<bool()>& done);

}  // namespace tepore::bench
