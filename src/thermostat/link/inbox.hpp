// What the client's thread tells the thermostat's thread: events in order, at most inbox_max of them. A full inbox makes the client's thread wait
// (and so the broker), it drops nothing: every command gets its answer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>

#include "tepore/client.hpp"

namespace tepore::thermostat {

struct broker_here {};
struct broker_gone {
    std::string why;
    std::chrono::milliseconds again_in{};
};
using event = std::variant<broker_here, broker_gone, message>;

class inbox {
public:
    static constexpr std::size_t inbox_max = 1024;

    void put(event e) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return closed_ || events_.size() < inbox_max; });
        if (closed_) return;
        events_.push_back(std::move(e));
        filled_.notify_one();
    }

    /// What has come, waiting for it until `deadline` or `stop`.
    [[nodiscard]] std::deque<event> take(std::stop_token stop, std::chrono::steady_clock::time_point deadline) {
        std::unique_lock lock(mutex_);
        filled_.wait_until(lock, stop, deadline, [&] { return !events_.empty(); });
        auto taken = std::exchange(events_, {});
        room_.notify_all();
        return taken;
    }

    /// From now on events are dropped and nobody waits.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        room_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable_any filled_;
    std::condition_variable_any room_;
    std::deque<event> events_;
    bool closed_ = false;
};

}  // namespace tepore::thermostat
