// A TCP connection. One recv per readable event, one sendmsg per send; epoll is told of a wish to write only after a short write.
// Holds no buffers: reads go to the loop's receive buffer, and what send() does not take stays with the caller.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/short_text.hpp"
#include "net/stream.hpp"
#include "net/unique_fd.hpp"

namespace tepore::net {

/// Reads leave this much free at the front of the loop's receive buffer, so that a layer above may decode in place: TLS holds at most one
/// record (16 KiB and a header) back from earlier reads, and so writes never past what it has consumed.
inline constexpr std::size_t receive_headroom_bytes = 17 * 1024;

/// After finish(), the peer's remaining bytes are read and dropped for so long and so many, since closing over unread bytes would reset the
/// connection and could destroy our last words.
inline constexpr duration finish_patience = std::chrono::seconds(2);
inline constexpr std::size_t finish_drop_bytes_max = 4 * 1024 * 1024;

class tcp_stream final : public stream, private watcher {
public:
    /// `connection` is a connected, non-blocking socket.
    tcp_stream(unique_fd connection, std::string_view peer);
    ~tcp_stream() override;

    result<void> attach(net::loop& loop, stream_events& events) override;
    void detach() noexcept override;
    std::size_t send(std::span<const iovec> parts) override;
    void want_bytes(bool wanted) noexcept override;
    void finish() noexcept override;
    [[nodiscard]] std::string_view peer() const noexcept override { return peer_.view(); }
    [[nodiscard]] std::string_view kind() const noexcept override { return "tcp"; }

private:
    void on_readable() override;
    void on_writable() override;
    void on_hangup() override;

    void watch_quietly() noexcept;
    void arm_finish_timer();
    void read_and_drop();
    void end(std::string_view why);

    unique_fd fd_;
    std::uint32_t dropped_bytes_ = 0;
    net::loop* loop_ = nullptr;        // while attached
    stream_events* events_ = nullptr;  // while attached
    bool* detached_in_callback_ = nullptr;
    timer_id finish_timer_ = 0;
    bool watched_ = false;
    bool open_told_ = false;
    bool wanted_ = true;
    bool room_wanted_ = false;
    bool finishing_ = false;
    short_text peer_;
};

}  // namespace tepore::net
