#include "client/inbox.hpp"

#include <algorithm>
#include <utility>

namespace tepore::mqtt_client {

void inbox::put(const message& m) {
    std::shared_ptr<waiter> first;
    {
        const std::scoped_lock lock(mutex_);
        if (waiters_.empty()) {
            messages_.push_back(m);
            if (messages_.size() >= messages_max_) set_paused(true);
        } else {
            first = std::move(waiters_.front());
            waiters_.pop_front();
            first->got = m;
        }
    }
    if (first) return first->ready();
    arrived_.notify_one();
}

void inbox::close() {
    std::deque<std::shared_ptr<waiter>> waiting;
    {
        const std::scoped_lock lock(mutex_);
        closed_ = true;
        waiting.swap(waiters_);
    }
    arrived_.notify_all();
    for (const auto& w : waiting) w->ready();
}

std::optional<message> inbox::take(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, limit, [&] { return !messages_.empty() || closed_; });
    return pop();
}

bool inbox::take_or_wait(const std::shared_ptr<waiter>& w) {
    const std::scoped_lock lock(mutex_);
    w->got = pop();
    if (w->got || closed_) return false;
    waiters_.push_back(w);
    return true;
}

void inbox::give_up(const std::shared_ptr<waiter>& w) {
    {
        const std::scoped_lock lock(mutex_);
        if (std::erase(waiters_, w) == 0) return;
    }
    w->ready();
}

std::optional<message> inbox::pop() {
    if (messages_.empty()) return {};
    std::optional<message> oldest(std::move(messages_.front()));
    messages_.pop_front();
    if (messages_.size() <= messages_max_ / 2) set_paused(false);
    return oldest;
}

void inbox::set_paused(bool paused) {
    if (std::exchange(paused_, paused) != paused) source_.pause_messages(paused);
}

}  // namespace tepore::mqtt_client
