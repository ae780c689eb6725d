#include "net/turning_loop.hpp"

#include <sys/eventfd.h>
#include <algorithm>

namespace tepore::net {

unique_fd make_wake_up() noexcept {
    return unique_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

turning_loop::turning_loop(unique_fd wake_up) : wake_up_(std::move(wake_up)), now_(std::chrono::steady_clock::now()) {}

void turning_loop::run() {
    while (!stopping_.exchange(false, std::memory_order_acquire)) turn(never);
    settle();
}

void turning_loop::run_once(duration wait) {
    const monotonic start = std::chrono::steady_clock::now();
    turn(wait > never - start ? never : start + wait);
    settle();
}

void turning_loop::stop() noexcept {
    stopping_.store(true, std::memory_order_release);
    wake();
}

void turning_loop::post(std::function<void()> task) {
    {
        const std::scoped_lock lock(posted_mutex_);
        posted_.push_back(std::move(task));
    }
    wake();
}

void turning_loop::wake() noexcept {
    // Only the first call of a sleep pays for a system call; a loop that is awake sees the mark before it sleeps.
    if (state_.exchange(state::called, std::memory_order_acq_rel) == state::asleep) {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(wake_up_.get(), &one, sizeof one);
    }
}

void turning_loop::turn(monotonic until) {
    const bool called = wait_until(until);
    now_ = std::chrono::steady_clock::now();
    dispatch();
    timers_.run_due(now_);
    if (called) run_posted();
    for (std::size_t i = 0; i < turn_end_.size(); ++i) turn_end_[i]();  // by index: a hook may add another
}

/// True when wake() was called since the last turn began.
bool turning_loop::wait_until(monotonic until) {
    auto expected = state::awake;
    const bool called_before = !state_.compare_exchange_strong(expected, state::asleep, std::memory_order_acq_rel);
    const monotonic wake_at = std::min(until, timers_.next());
    if (called_before) {
        wait(duration::zero());
    } else if (wake_at == never) {
        wait(forever);
    } else {
        wait(std::max<duration>(wake_at - std::chrono::steady_clock::now(), duration::zero()));
    }
    return state_.exchange(state::awake, std::memory_order_acq_rel) == state::called;
}

void turning_loop::run_posted() {
    {
        const std::scoped_lock lock(posted_mutex_);
        posted_now_.swap(posted_);
    }
    for (auto& task : posted_now_) task();
    posted_now_.clear();
}

}  // namespace tepore::net
