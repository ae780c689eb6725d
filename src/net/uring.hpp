// One ring of io_uring with the buffers into which the kernel receives: what the loop on top needs of it, no more.
// Threads: made by any; from start() on the thread that called it is the only one that may submit (the kernel is promised a single issuer).
#pragma once

#include <liburing.h>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace tepore::net {

/// Requests handed over with one system call; more take another. 64 bytes of kernel memory each.
inline constexpr unsigned submissions_max = 512;
/// Completions that the kernel can leave before we look; beyond them it keeps a list of its own, which is slow. 16 bytes of kernel memory each.
inline constexpr unsigned completions_max = 4096;

/// Buffers that the kernel receives into, for all sockets of a ring: they are given back as soon as their bytes were handed on, so this is how many
/// reads one look can bring. A socket that finds none free waits for the next turn. A power of two.
inline constexpr unsigned receive_pieces = 64;
inline constexpr std::size_t receive_piece_bytes = 16 * 1024;
/// Reads of one socket that the kernel does in a row (its MULTISHOT_MAX_RETRY), and so what may still come from one that wants no more.
inline constexpr std::size_t pending_receive_bytes_max = 32 * receive_piece_bytes;

struct completion {
    std::uint64_t key = 0;    // user_data of the request
    std::int32_t result = 0;  // negative: an errno
    std::uint32_t flags = 0;  // IORING_CQE_F_*
};

class uring {
public:
    /// The error says in words why there can be none.
    [[nodiscard]] static result<std::unique_ptr<uring>> create();
    ~uring();
    uring(const uring&) = delete;
    uring& operator=(const uring&) = delete;

    /// Before the first request is submitted, on the thread that will do it.
    void start() noexcept;
    [[nodiscard]] bool is_mine() const noexcept { return owner_ == std::this_thread::get_id(); }

    /// Room for one request, filled at once. What was filled before is submitted when there is none left.
    [[nodiscard]] io_uring_sqe& next();
    /// Hands over all requests.
    void submit();
    /// The same, and waits at most `patience` (duration::max(): as long as it takes) for a completion, in one system call.
    void submit_and_wait(duration patience);
    /// Takes some of the completions that are as good as there (the kernel works out about 20 at a time).
    void look_again();
    /// Whether look_again() would find something.
    [[nodiscard]] bool has_more() const noexcept { return (IO_URING_READ_ONCE(*ring_.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0; }

    /// What all calls above have found. Taken out by the loop.
    [[nodiscard]] std::vector<completion>& arrived() noexcept { return arrived_; }

    /// Makes `request` a receive into a buffer of the kernel's choice.
    void receive_into_piece(io_uring_sqe& request) const noexcept;
    [[nodiscard]] static bool has_piece(const completion& c) noexcept { return (c.flags & IORING_CQE_F_BUFFER) != 0; }
    [[nodiscard]] byte_view piece(const completion& c) const noexcept;
    void give_back(const completion& c) noexcept;

private:
    uring() = default;
    [[nodiscard]] int make_ring() noexcept;
    [[nodiscard]] int make_pieces() noexcept;
    void take_completions();
    void offer_pieces() noexcept;
    void add_piece(unsigned id) noexcept;

    io_uring ring_{};
    bool made_ = false;
    std::thread::id owner_;
    io_uring_buf_ring* offered_ = nullptr;  // shared with the kernel
    int given_back_ = 0;                    // in `offered_`, not yet shown to the kernel
    std::unique_ptr<std::uint8_t[]> pieces_;
    std::vector<completion> arrived_;
};

/// Whether io_uring does here what the loop needs: tried once in the life of the process, with a pair of sockets. The error says why not.
[[nodiscard]] const result<void>& uring_works();

}  // namespace tepore::net
