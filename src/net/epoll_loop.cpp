#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "net/loop.hpp"
#include "net/timer_queue.hpp"
#include "net/unique_fd.hpp"

namespace tepore::net {
namespace {

/// Events taken by one epoll_wait. More ready descriptors than that come with the next turn.
constexpr std::size_t events_per_turn_max = 1024;

/// The wake-up descriptor's key; generations of real descriptors start at 1, so no watch ever has it.
constexpr std::uint64_t wake_key = 0;

constexpr std::uint32_t hangup_events = EPOLLERR | EPOLLHUP;

class epoll_loop final : public loop {
public:
    epoll_loop(unique_fd epoll, unique_fd wake_up) : epoll_(std::move(epoll)), wake_up_(std::move(wake_up)), now_(std::chrono::steady_clock::now()) {}

    void run() override {
        while (!stopping_.exchange(false, std::memory_order_acquire)) turn(never);
    }

    void run_once(duration wait) override {
        const monotonic start = std::chrono::steady_clock::now();
        turn(wait > never - start ? never : start + wait);
    }

    void stop() noexcept override {
        stopping_.store(true, std::memory_order_release);
        wake();
    }

    void post(std::function<void()> task) override {
        {
            const std::scoped_lock lock(posted_mutex_);
            posted_.push_back(std::move(task));
        }
        wake();
    }

    void wake() noexcept override {
        // Only the first call of a sleep pays for a system call; a loop that is awake sees the mark before it sleeps.
        if (state_.exchange(state::called, std::memory_order_acq_rel) == state::asleep) {
            const std::uint64_t one = 1;
            [[maybe_unused]] const auto written = ::write(wake_up_.get(), &one, sizeof one);
        }
    }

    [[nodiscard]] monotonic now() const noexcept override { return now_; }

    timer_id call_at(monotonic when, std::function<void()> task) override { return timers_.add(when, std::move(task)); }
    void cancel(timer_id timer) noexcept override { timers_.cancel(timer); }
    void at_turn_end(std::function<void()> hook) override { turn_end_.push_back(std::move(hook)); }

    result<void> watch(int fd, watcher& owner) override {
        const auto index = static_cast<std::size_t>(fd);
        if (index >= watches_.size()) watches_.resize(index + 1);
        watch_record& record = watches_[index];
        record.owner = &owner;
        record.events = EPOLLIN;
        if (!control(EPOLL_CTL_ADD, fd, record)) {
            record.owner = nullptr;
            return failure(std::string("cannot watch a descriptor: ") + std::strerror(errno));
        }
        return {};
    }

    void want_writable(int fd, bool wanted) noexcept override { want(fd, EPOLLOUT, wanted); }
    void want_readable(int fd, bool wanted) noexcept override { want(fd, EPOLLIN, wanted); }

    void unwatch(int fd) noexcept override {
        watch_record* record = find(fd);
        if (record == nullptr) return;
        control(EPOLL_CTL_DEL, fd, *record);
        record->owner = nullptr;
        // Events of this turn that were fetched before carry the old generation and are dropped, even when the number is reused.
        if (++record->generation == 0) record->generation = 1;
    }

    [[nodiscard]] byte_span receive_buffer() noexcept override { return {receive_buffer_.get(), receive_buffer_bytes}; }

private:
    enum class state : std::uint8_t { awake, asleep, called };

    struct watch_record {
        watcher* owner = nullptr;
        std::uint32_t generation = 1;
        std::uint32_t events = 0;
    };

    void turn(monotonic until) {
        const bool called = wait(until);
        now_ = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < ready_count_; ++i) dispatch(ready_[i]);
        timers_.run_due(now_);
        if (called) run_posted();
        for (std::size_t i = 0; i < turn_end_.size(); ++i) turn_end_[i]();  // by index: a hook may add another
    }

    /// True when wake() was called since the last turn began.
    bool wait(monotonic until) {
        auto expected = state::awake;
        const bool called_before = !state_.compare_exchange_strong(expected, state::asleep, std::memory_order_acq_rel);
        const int count = ::epoll_wait(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()), called_before ? 0 : patience_ms(until));
        ready_count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
        return state_.exchange(state::awake, std::memory_order_acq_rel) == state::called;
    }

    /// Rounded up, so that a timer is due when the wait is over; 0 to look only, -1 for as long as it takes.
    [[nodiscard]] int patience_ms(monotonic until) const {
        const monotonic wake_at = std::min(until, timers_.next());
        if (wake_at == never) return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake_at - std::chrono::steady_clock::now()).count();
        return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
    }

    void dispatch(const epoll_event& event) {
        if (event.data.u64 == wake_key) return;  // edge-triggered: needs no read
        const auto index = static_cast<std::size_t>(event.data.u64 & 0xffff'ffff);
        const auto generation = static_cast<std::uint32_t>(event.data.u64 >> 32);
        // Looked up again after each callback, which may watch (and so move the table) or unwatch. Interest is masked with what is wanted now: an
        // earlier callback of this turn may have asked this one to be quiet.
        if (const auto& record = watches_[index]; record.generation == generation && (event.events & record.events & EPOLLIN) != 0) {
            record.owner->on_readable();
        } else if (record.generation == generation && (event.events & hangup_events) != 0) {
            record.owner->on_hangup();
        }
        if (const auto& record = watches_[index]; record.generation == generation && (event.events & record.events & EPOLLOUT) != 0) {
            record.owner->on_writable();
        }
    }

    void run_posted() {
        {
            const std::scoped_lock lock(posted_mutex_);
            posted_now_.swap(posted_);
        }
        for (auto& task : posted_now_) task();
        posted_now_.clear();
    }

    [[nodiscard]] watch_record* find(int fd) noexcept {
        const auto index = static_cast<std::size_t>(fd);
        if (fd < 0 || index >= watches_.size() || watches_[index].owner == nullptr) return nullptr;
        return &watches_[index];
    }

    void want(int fd, std::uint32_t event, bool wanted) noexcept {
        watch_record* record = find(fd);
        if (record == nullptr) return;
        const std::uint32_t events = wanted ? record->events | event : record->events & ~event;
        if (events == record->events) return;
        record->events = events;
        control(EPOLL_CTL_MOD, fd, *record);
    }

    bool control(int operation, int fd, const watch_record& record) noexcept {
        epoll_event event{};
        event.events = record.events;
        event.data.u64 = (std::uint64_t{record.generation} << 32) | static_cast<std::uint32_t>(fd);
        return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
    }

    unique_fd epoll_;
    unique_fd wake_up_;
    monotonic now_;
    std::unique_ptr<std::uint8_t[]> receive_buffer_ = std::make_unique_for_overwrite<std::uint8_t[]>(receive_buffer_bytes);

    std::array<epoll_event, events_per_turn_max> ready_{};
    std::size_t ready_count_ = 0;
    std::vector<watch_record> watches_;  // by descriptor: epoll's key is (generation, descriptor), so an event finds its owner with one look
    timer_queue timers_;
    std::vector<std::function<void()>> turn_end_;

    std::atomic<state> state_{state::awake};
    std::atomic<bool> stopping_{false};
    std::mutex posted_mutex_;  // other threads post; held for a push or a swap only
    std::vector<std::function<void()>> posted_;
    std::vector<std::function<void()>> posted_now_;  // keeps its capacity from turn to turn
};

}  // namespace

result<std::unique_ptr<loop>> loop::create() {
    unique_fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    unique_fd wake_up(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!epoll || !wake_up) return failure(std::string("cannot create an event loop: ") + std::strerror(errno));
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.u64 = wake_key;
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake_up.get(), &event) != 0) {
        return failure(std::string("cannot create an event loop: ") + std::strerror(errno));
    }
    return std::make_unique<epoll_loop>(std::move(epoll), std::move(wake_up));
}

}  // namespace tepore::net
