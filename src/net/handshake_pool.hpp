// Threads for the expensive steps of TLS handshakes (a signature and a key agreement: a quarter of a millisecond), so that no connection of a
// worker waits while another one logs in. The threads yield to the workers where both want the same core.
//
// What happens when everybody comes at once: steps wait in the order of their arrival; above handshakes_crowd listeners take nobody new, and
// newcomers wait in the kernel's backlog; above handshakes_waiting_max (many who connected before and kept silent until now) a step is refused,
// and its connection is closed. No step waits longer than its handshake's patience.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tepore::net {

inline constexpr std::size_t handshakes_waiting_max = 1024;
inline constexpr std::size_t handshakes_crowd = handshakes_waiting_max / 4;

/// A handshake uses some 50 KiB for its buffers, which lie between what the connections keep: after a crowd it is quiet for trim_after, and then the
/// memory goes back to the system.
inline constexpr std::size_t trim_steps_min = 256;
inline constexpr auto trim_after = std::chrono::milliseconds(250);

/// Any thread may use it.
class handshake_pool {
public:
    using step = std::function<void()>;

    explicit handshake_pool(unsigned threads);
    /// Waits for the steps that run; those that wait are forgotten.
    ~handshake_pool();
    handshake_pool(const handshake_pool&) = delete;
    handshake_pool& operator=(const handshake_pool&) = delete;

    /// False: too many wait already.
    [[nodiscard]] bool take(step work);
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_count_.load(std::memory_order_relaxed); }
    /// Not the time to let more people in.
    [[nodiscard]] bool is_crowded() const noexcept { return waiting() >= handshakes_crowd; }

private:
    void run();
    [[nodiscard]] step next_step();  // null: it is over

    std::mutex lock_;
    std::condition_variable changed_;
    std::deque<step> waiting_;
    std::size_t steps_since_trim_ = 0;
    bool stopping_ = false;
    std::atomic<std::size_t> waiting_count_{0};  // of waiting_, for those who only look
    std::vector<std::thread> threads_;
};

}  // namespace tepore::net
