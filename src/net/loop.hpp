// The event loop of one thread: readiness, what sockets receive, timers, wake-ups, and an end-of-turn hook where everybody flushes once.
// Threads: everything belongs to the thread that calls run(), except post(), wake() and stop(), which any thread may call. Before the first turn
// and after the last one another thread may have the loop; all turns are one thread's.
// Behind this face are epoll and io_uring: docs/decisions/0041-io-uring.md.
#pragma once

#include <sys/uio.h>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace tepore::net {

/// Bytes of the one receive buffer that all connections of a loop share: idle connections hold none.
inline constexpr std::size_t receive_buffer_bytes = 256 * 1024;

/// What is received lies at least so far from the front of the receive buffer, where it lies there at all, so that a layer may decode in place: TLS
/// holds at most one record (16 KiB and a header) back from earlier reads, and so writes never past what it has consumed.
inline constexpr std::size_t receive_headroom_bytes = 17 * 1024;

/// What one send_later() may offer. Far more than there ever is: an outbox of the broker has at most a turn's 8 MiB and one packet of 256 MiB.
inline constexpr std::size_t send_later_bytes_max = 0x7fff'f000;  // the kernel would send no more at once

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

/// What a connected socket's owner hears. The loop does the reading, and, if asked, the writing of many sockets at once.
class socket_watcher {
public:
    /// `bytes` lives until the callback returns: in the loop's receive buffer, or elsewhere. A loop that reads ahead may still have some to hand out
    /// after want_readable(false), no more than the pending_receive_bytes_max of uring.hpp: keep them.
    virtual void on_received(byte_view bytes) = 0;
    /// Nothing more will come. 0: the peer ended in good order; else an errno. Called once, also after want_readable(false).
    virtual void on_receive_end(int error_number) = 0;
    /// While it was asked for.
    virtual void on_writable() = 0;
    /// send_later() was done: `taken` of `offered` bytes left. With fewer than all, `error_number` says why not more; 0: no room.
    virtual void on_sent(std::size_t taken, std::size_t offered, int error_number) = 0;

protected:
    ~socket_watcher() = default;
};

/// How a loop learns of events.
enum class loop_kind : std::uint8_t { automatic, epoll, io_uring };

/// Names one timer; 0 names none.
using timer_id = std::uint64_t;

class loop {
public:
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

    /// The same for a connected, non-blocking socket, from which the loop reads. unwatch() loses what the loop has read ahead, and forgets a
    /// send_later() that is not done.
    virtual result<void> watch_socket(int fd, socket_watcher& owner) = 0;
    /// unwatch() for a socket that goes on at another loop: what the loop has read ahead comes by on_received(), from here.
    virtual void release_socket(int fd) noexcept = 0;
    /// Whether send_later() saves anything here. If not, it must not be called.
    [[nodiscard]] virtual bool sends_later() const noexcept = 0;
    /// Sends when the turn is over, with one system call for all sockets that asked. on_sent() tells in the next turn; until then, or unwatch(), the
    /// bytes stay where they are (`parts` itself need not). REQUIRES a watched socket, at most send_later_bytes_max, and no other
    /// send_later() of the socket under way.
    virtual void send_later(int fd, std::span<const iovec> parts) = 0;
    /// For who has many to send in one turn: does now what was put off, and tells, before its memory is out of the processor's cache. At the end of a
    /// turn only.
    virtual void send_now() = 0;

    /// Valid until the next read of any connection of this loop.
    [[nodiscard]] virtual byte_span receive_buffer() noexcept = 0;
};

/// A loop for each of `count` threads, between which sockets may move; all of one kind. Where io_uring cannot be had for every one of them,
/// `automatic` is epoll. One line in the log at level info, or the error in words.
[[nodiscard]] result<std::vector<std::unique_ptr<loop>>> make_loops(loop_kind wanted, std::size_t count, log_sink& log);

}  // namespace tepore::net
