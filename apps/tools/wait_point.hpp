// Where the main thread of a command waits: for a signal that asks it to end, for other threads that have news, for input, or for a moment.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>

namespace tepore::tools {

enum class woken_by : unsigned char { news, signal, input, timeout };

/// Threads: notify() from any; the rest from the thread that made it. Make it before other threads are started: they inherit the blocked signals.
class wait_point {
public:
    /// SIGINT and SIGTERM (and with `on_resize` SIGWINCH, which counts as news) no longer interrupt; wait() tells of them.
    explicit wait_point(bool on_resize = false);
    /// The signals are as they were before.
    ~wait_point();
    wait_point(const wait_point&) = delete;
    wait_point& operator=(const wait_point&) = delete;

    void notify() noexcept;
    /// News that came before the call ends it at once. `input_fd`, when not negative, is watched for something to read.
    [[nodiscard]] woken_by wait(std::optional<std::chrono::steady_clock::time_point> until = {}, int input_fd = -1);

private:
    sigset_t before_{};
    int signals_ = -1;
    int news_ = -1;
};

}  // namespace tepore::tools
