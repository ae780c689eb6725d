#include "net/resolver.hpp"

#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace tepore::net {
namespace {

// The one thing that is shared by all loops here: a bound on threads only means something for the whole process.
std::atomic<int> lookups_running{0};

}  // namespace

/// Kept by the asker, the helper thread, and the answer on its way. `mutex` makes "still wanted" and "post to the loop" one step, because the loop
/// may be destroyed right after the asker. Lock order: this one, then the loop's own.
struct lookup::shared : std::enable_shared_from_this<lookup::shared> {
    std::mutex mutex;
    loop* on = nullptr;  // null: no longer wanted
    std::function<void(answer)> done;

    void deliver(answer found) {
        const std::scoped_lock lock(mutex);
        if (on == nullptr) return;
        on->post([self = shared_from_this(), found = std::move(found)]() mutable {
            // On the loop's thread, as is the asker's destructor: no lock needed to see whether it is still wanted.
            if (self->on == nullptr) return;
            const auto tell = std::move(self->done);
            tell(std::move(found));
        });
    }
};

lookup::lookup(loop& on, std::string host, std::uint16_t port, std::function<void(answer)> done) : shared_(std::make_shared<shared>()) {
    shared_->on = &on;
    shared_->done = std::move(done);
    if (lookups_running.fetch_add(1) >= lookups_max) {
        lookups_running.fetch_sub(1);
        shared_->deliver(failure("cannot look up \"" + host + "\": too many look-ups are waiting for the system's resolver"));
        return;
    }
    try {
        std::thread([host = std::move(host), port, kept = shared_]() mutable {
            auto found = resolve_and_wait(host, port);
            lookups_running.fetch_sub(1);
            kept->deliver(std::move(found));
        }).detach();
    } catch (const std::system_error&) {
        lookups_running.fetch_sub(1);
        shared_->deliver(failure("cannot look up a host: the system allows no more threads"));
    }
}

lookup::~lookup() {
    const std::scoped_lock lock(shared_->mutex);
    shared_->on = nullptr;
}

}  // namespace tepore::net
