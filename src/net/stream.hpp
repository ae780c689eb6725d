// A connection as a stream of bytes: TCP, TLS, WebSocket and WebSocket over TLS look the same from above.
// Threads: a stream belongs to the loop it is attached to. detach()/attach() move it to another loop's thread.
#pragma once

#include <sys/uio.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"

namespace tepore::net {

class stream_events {
public:
    /// Handshakes of all layers are done; bytes may flow. Called once, before the first on_bytes. (Accepted plain TCP: from attach().)
    virtual void on_open() = 0;
    /// `bytes` lives until the callback returns. At most one call per readable event and layer buffer.
    virtual void on_bytes(byte_view bytes) = 0;
    /// After send() took less than everything: there is room again.
    virtual void on_room() = 0;
    /// What send_soon() put off was done: `taken` of `offered` bytes. Fewer than all: on_room() will follow.
    virtual void on_sent([[maybe_unused]] std::size_t taken, [[maybe_unused]] std::size_t offered) {}
    /// The stream is over (end of file, reset, handshake failure, timeout). Called at most once; nothing is called afterwards.
    /// `why` is empty for an orderly end. The owner then destroys the stream (not inside the callback: post it, or from the turn end).
    virtual void on_end(std::string_view why) = 0;

protected:
    ~stream_events() = default;
};

/// How many bytes the message has that begins with `start`: the protocol inside knows, the network does not. 0: it cannot be told.
using message_size = std::size_t (*)(byte_view start);

class stream {
public:
    virtual ~stream() = default;  // closes at once

    /// Asks layers that have frames to give each message a frame of its own (or several, if it is large). By the rules nobody needs to care, but
    /// clients exist that take one message out of a frame and look at the rest only when more arrives. REQUIRES from then on that a
    /// message's size can be told from the part in which it begins, and that no message was begun before.
    virtual void frame_messages(message_size) noexcept {}

    /// Starts (or resumes, on another loop) event delivery to `events`, which must outlive the attachment.
    virtual result<void> attach(net::loop& loop, stream_events& events) = 0;
    /// Stops event delivery; the connection stays open. Bytes already read are never lost: they were delivered, or are after the next attach().
    /// Allowed inside any callback, as the last thing done to the stream there: from then on another thread may have it. REQUIRES no send_soon()
    /// under way, if the stream is to go on.
    virtual void detach() noexcept = 0;

    /// Sends as much as the connection takes now and returns how many bytes of `parts` were taken. Fewer than all: on_room() will follow.
    /// One system call for plain TCP, one record per 16 KiB for TLS, one frame for WebSocket. After a failure returns 0 and on_end() follows.
    virtual std::size_t send(std::span<const iovec> parts) = 0;

    /// send() for who would do nothing else before the turn ends: the loop may send for many streams at once then. No result: it will, on_sent()
    /// tells in the next turn, and until then (or detach()) the bytes stay where they are and nothing else is sent.
    virtual std::optional<std::size_t> send_soon(std::span<const iovec> parts) { return send(parts); }

    /// Back-pressure: false stops reading (and so on_bytes) until true.
    virtual void want_bytes(bool wanted) noexcept = 0;

    /// Orderly end after everything taken was written: close frame, close_notify, FIN. No event follows except on_end.
    virtual void finish() noexcept = 0;

    /// "127.0.0.1:52113", for logs.
    [[nodiscard]] virtual std::string_view peer() const noexcept = 0;
    /// "tcp", "tls", "ws", "wss".
    [[nodiscard]] virtual std::string_view kind() const noexcept = 0;
};

}  // namespace tepore::net
