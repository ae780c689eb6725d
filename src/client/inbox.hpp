// Received messages that wait for a thread or a coroutine that takes them. Bounded: when full, the client stops reading from the network.
// Threads: any. Lock order: the inbox's mutex, then the driver's (pause_messages). Coroutines are resumed with no lock held.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "tepore/client.hpp"

namespace tepore::mqtt_client {

class inbox {
public:
    /// One who waits without a thread. `ready` is called once, when `got` holds a message or the wait is over.
    struct waiter {
        std::optional<message> got;
        std::function<void()> ready;
    };

    inbox(client& source, std::size_t messages_max) : source_(source), messages_max_(messages_max) {}

    void put(const message& m);
    /// Nobody waits any more, from now on; what is there can still be taken.
    void close();

    [[nodiscard]] std::optional<message> take(std::chrono::milliseconds limit);
    /// True when `w` has to wait; else its wait is over already and `ready` is not called.
    [[nodiscard]] bool take_or_wait(const std::shared_ptr<waiter>& w);
    /// Ends the wait of `w`, if it still waits, and calls `ready`.
    void give_up(const std::shared_ptr<waiter>& w);

private:
    [[nodiscard]] std::optional<message> pop();
    void set_paused(bool paused);

    client& source_;
    const std::size_t messages_max_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<message> messages_;
    std::deque<std::shared_ptr<waiter>> waiters_;  // not empty only while messages_ is
    bool paused_ = false;
    bool closed_ = false;
};

}  // namespace tepore::mqtt_client
