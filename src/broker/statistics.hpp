// Counters of one shard. Written by its thread alone, read by any: relaxed atomics without read-modify-write, so counting costs a plain store.
#pragma once

#include <atomic>
#include <cstdint>

namespace tepore::broker {

class counter {
public:
    void add(std::uint64_t n = 1) noexcept { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
    void sub(std::uint64_t n = 1) noexcept { add(~n + 1); }
    void set(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

struct alignas(64) statistics {
    counter connections;  // now
    counter sessions;     // now, connected or not
    counter packets_received;
    counter packets_sent;
    counter publishes_received;
    counter publishes_sent;
    counter publishes_dropped;  // a limit was reached; each kind of limit is logged once a session
    counter bytes_received;
    counter bytes_sent;
    counter faults;         // clients that broke the protocol
    counter waiting_bytes;  // memory of what waits for clients, without the messages themselves (message_bytes())
};

}  // namespace tepore::broker
