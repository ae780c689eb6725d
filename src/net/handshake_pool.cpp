#include "net/handshake_pool.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <utility>

namespace tepore::net {
namespace {

/// On a core that a worker wants as well, a thread of this niceness gets about a third of it; an idle core it has for itself.
constexpr int niceness = 3;

void give_memory_back() noexcept {
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
}

}  // namespace

handshake_pool::handshake_pool(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

handshake_pool::~handshake_pool() {
    {
        const std::scoped_lock guard(lock_);
        stopping_ = true;
        waiting_.clear();
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
}

bool handshake_pool::take(step work) {
    {
        const std::scoped_lock guard(lock_);
        if (waiting_.size() >= handshakes_waiting_max) return false;
        waiting_.push_back(std::move(work));
        waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
    }
    changed_.notify_one();
    return true;
}

void handshake_pool::run() {
    ::setpriority(PRIO_PROCESS, 0, niceness);  // on Linux: of this thread alone
    while (const step next = next_step()) next();
}

handshake_pool::step handshake_pool::next_step() {
    const auto has_news = [this] { return stopping_ || !waiting_.empty(); };
    std::unique_lock guard(lock_);
    while (!has_news()) {
        if (steps_since_trim_ < trim_steps_min) {
            changed_.wait(guard, has_news);
        } else if (!changed_.wait_for(guard, trim_after, has_news) && steps_since_trim_ != 0) {
            steps_since_trim_ = 0;
            guard.unlock();
            give_memory_back();
            guard.lock();
        }
    }
    if (stopping_) return nullptr;
    step next = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
    ++steps_since_trim_;
    return next;
}

}  // namespace tepore::net
