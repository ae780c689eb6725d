// What all loops do in the same way: turns, timers, posted tasks, wake-ups, hooks. A loop of a kind adds how it waits, and what it waits for.
#pragma once

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "net/loop.hpp"
#include "net/timer_queue.hpp"
#include "net/unique_fd.hpp"

namespace tepore::net {

class turning_loop : public loop {
public:
    void run() final;
    void run_once(duration wait) final;
    void stop() noexcept final;
    void post(std::function<void()> task) final;
    void wake() noexcept final;

    [[nodiscard]] monotonic now() const noexcept final { return now_; }

    timer_id call_at(monotonic when, std::function<void()> task) final { return timers_.add(when, std::move(task)); }
    void cancel(timer_id timer) noexcept final { timers_.cancel(timer); }
    void at_turn_end(std::function<void()> hook) final { turn_end_.push_back(std::move(hook)); }

    [[nodiscard]] byte_span receive_buffer() noexcept final { return {receive_buffer_.get(), receive_buffer_bytes}; }

protected:
    explicit turning_loop(unique_fd wake_up);

    /// An eventfd that becomes readable when wake() is called during wait(). Edge-triggered: nobody has to read it.
    [[nodiscard]] int wake_up_descriptor() const noexcept { return wake_up_.get(); }

    /// Waits for events at most `patience` (`forever`: as long as it takes; zero: only looks). What came is kept for dispatch().
    virtual void wait(duration patience) = 0;
    /// Tells the owners.
    virtual void dispatch() = 0;
    /// The last turn is over: what was put off to the next one is done now.
    virtual void settle() = 0;

    static constexpr duration forever = duration::max();

private:
    enum class state : std::uint8_t { awake, asleep, called };

    void turn(monotonic until);
    bool wait_until(monotonic until);
    void run_posted();

    unique_fd wake_up_;
    monotonic now_;
    std::unique_ptr<std::uint8_t[]> receive_buffer_ = std::make_unique_for_overwrite<std::uint8_t[]>(receive_buffer_bytes);
    timer_queue timers_;
    std::vector<std::function<void()>> turn_end_;

    std::atomic<state> state_{state::awake};
    std::atomic<bool> stopping_{false};
    std::mutex posted_mutex_;  // other threads post; held for a push or a swap only
    std::vector<std::function<void()>> posted_;
    std::vector<std::function<void()>> posted_now_;  // keeps its capacity from turn to turn
};

/// For turning_loop: an eventfd.
[[nodiscard]] unique_fd make_wake_up() noexcept;

}  // namespace tepore::net
