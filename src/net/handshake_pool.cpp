#include "net/handshake_pool.hpp"

#include <sys/resource.h>
#include <utility>

namespace tepore::net {
namespace {

/// On a core that a worker wants as well, a thread of this niceness gets about a third of it; an idle core it has for itself.
constexpr int niceness = 3;

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
    for (;;) {
        std::unique_lock guard(lock_);
        changed_.wait(guard, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        const step next = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
        guard.unlock();
        next();
    }
}

}  // namespace tepore::net
