// A TCP connection. The loop reads for it; one sendmsg per send(); the loop is told of a wish to write only after a short write.
// Holds no buffers: what send() does not take stays with the caller. (But for bytes that the loop had read ahead when they were no longer wanted.)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/short_text.hpp"
#include "net/stream.hpp"
#include "net/unique_fd.hpp"

namespace tepore::net {

/// After finish(), the peer's remaining bytes are read and dropped for so long and so many, since closing over unread bytes would reset the
/// connection and could destroy our last words.
inline constexpr duration finish_patience = std::chrono::seconds(2);
inline constexpr std::size_t finish_drop_bytes_max = 4 * 1024 * 1024;

/// A broken connection whose owner has paused is over after so long: it may want the peer's last bytes, and may never want them.
inline constexpr duration broken_patience = std::chrono::seconds(2);

class tcp_stream final : public stream, private socket_watcher {
public:
    /// `connection` is a connected, non-blocking socket.
    tcp_stream(unique_fd connection, std::string_view peer);
    ~tcp_stream() override;

    result<void> attach(net::loop& loop, stream_events& events) override;
    void detach() noexcept override;
    std::size_t send(std::span<const iovec> parts) override;
    std::optional<std::size_t> send_soon(std::span<const iovec> parts) override;
    void want_bytes(bool wanted) noexcept override;
    void finish() noexcept override;
    [[nodiscard]] std::string_view peer() const noexcept override { return peer_.view(); }
    [[nodiscard]] std::string_view kind() const noexcept override { return "tcp"; }

private:
    void on_received(byte_view bytes) override;
    void on_receive_end(int error_number) override;
    void on_writable() override;
    void on_sent(std::size_t taken, std::size_t offered, int error_number) override;

    /// What came too early: while nobody wanted bytes, or while the stream changed its loop.
    struct kept {
        std::vector<std::uint8_t> bytes;
        std::size_t given = 0;
        std::optional<int> end;  // after the bytes
    };

    [[nodiscard]] bool reads() const noexcept { return finishing_ || (wanted_ && !kept_); }
    [[nodiscard]] kept& keep();
    void give_soon();
    void give();
    void note_refusal(int error_number);
    void end_if_nobody_reads();
    void end_at(monotonic when, std::string why);
    void leave() noexcept;
    void end(std::string_view why);

    unique_fd fd_;
    std::uint32_t dropped_bytes_ = 0;
    bool open_told_ = false;
    bool wanted_ = true;
    bool room_wanted_ = false;
    bool finishing_ = false;
    bool leaving_ = false;             // the loop hands out what it has read ahead
    bool sends_later_ = false;         // the loop's wish
    std::int16_t broken_ = 0;          // errno of the send that failed for good
    net::loop* loop_ = nullptr;        // while attached
    stream_events* events_ = nullptr;  // while attached
    std::unique_ptr<kept> kept_;
    timer_id give_timer_ = 0;
    timer_id end_timer_ = 0;
    short_text peer_;
};

}  // namespace tepore::net
