// The event loop of one thread: readiness, timers, wake-ups, and an end-of-turn hook where everybody flushes once.
// Threads: everything belongs to the thread that calls run(), except post(), wake() and stop(), which any thread may call.
// epoll today; the face is made so that io_uring fits behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace tepore::net {

/// Bytes of the one receive buffer that all connections of a loop share: idle connections hold none.
inline constexpr std::size_t receive_buffer_bytes = 256 * 1024;

/// What a file descriptor's owner hears. Level-triggered readable; writable only while it was asked for.
class watcher {
public:
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;
    /// Error or hang-up was reported; reading will say which.
    virtual void on_hangup() = 0;

protected:
    ~watcher() = default;
};

/// Names one timer; 0 names none.
using timer_id = std::uint64_t;

class loop {
public:
    [[nodiscard]] static result<std::unique_ptr<loop>> create();
    virtual ~loop() = default;

    /// Runs turns until stop(). One turn: wait, dispatch ready descriptors, due timers, posted tasks, then the end-of-turn hooks.
    virtual void run() = 0;
    /// One turn that waits at most `wait`; for tests and for embedding in a foreign loop.
    virtual void run_once(duration wait) = 0;
    virtual void stop() noexcept = 0;                   // any thread
    virtual void post(std::function<void()> task) = 0;  // any thread
    virtual void wake() noexcept = 0;                   // any thread: makes a turn happen

    /// The time at which the current turn began to dispatch. One clock read per turn.
    [[nodiscard]] virtual monotonic now() const noexcept = 0;

    virtual timer_id call_at(monotonic when, std::function<void()> task) = 0;
    virtual void cancel(timer_id timer) noexcept = 0;

    /// Runs at the end of every turn, in the order of registration, until the loop is destroyed.
    virtual void at_turn_end(std::function<void()> hook) = 0;

    /// `owner` must outlive the watch. A descriptor is watched once.
    virtual result<void> watch(int fd, watcher& owner) = 0;
    virtual void want_writable(int fd, bool wanted) noexcept = 0;  // after a short write only
    virtual void want_readable(int fd, bool wanted) noexcept = 0;  // back-pressure: false stops on_readable
    virtual void unwatch(int fd) noexcept = 0;                     // safe inside a callback; no event of this fd is delivered afterwards

    /// Valid until the next read of any connection of this loop.
    [[nodiscard]] virtual byte_span receive_buffer() noexcept = 0;
};

}  // namespace tepore::net
