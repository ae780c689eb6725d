#include "net/tcp_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace tepore::net {
namespace {

/// A full receive buffer means that more may wait: read again, but let the other connections of the turn have their share soon.
constexpr int reads_per_event_max = 4;
/// Signals may interrupt a read; a storm of them must not hold the loop.
constexpr int interrupted_max = 16;

ssize_t receive(int fd, byte_span into) noexcept {
    for (int i = 0; i < interrupted_max; ++i) {
        const ssize_t got = ::recv(fd, into.data(), into.size(), 0);
        if (got >= 0 || errno != EINTR) return got;
    }
    errno = EAGAIN;
    return -1;
}

std::string in_words(int error_number) {
    if (error_number == ECONNRESET) return "the peer reset the connection";
    if (error_number == ETIMEDOUT) return "the peer does not answer any more";
    return std::string("the connection failed: ") + std::strerror(error_number);
}

}  // namespace

tcp_stream::tcp_stream(unique_fd connection, std::string_view peer) : fd_(std::move(connection)), peer_(peer) {
    const int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

tcp_stream::~tcp_stream() {
    detach();
}

result<void> tcp_stream::attach(net::loop& loop, stream_events& events) {
    if (auto watched = loop.watch(fd_.get(), *this); !watched) return watched;
    loop_ = &loop;
    events_ = &events;
    watched_ = true;
    if (finishing_) arm_finish_timer();
    if (!wanted_ && !finishing_) loop.want_readable(fd_.get(), false);
    if (room_wanted_) loop.want_writable(fd_.get(), true);
    if (!std::exchange(open_told_, true)) events.on_open();
    return {};
}

void tcp_stream::detach() noexcept {
    if (loop_ == nullptr) return;
    if (detached_in_callback_ != nullptr) *std::exchange(detached_in_callback_, nullptr) = true;
    loop_->cancel(std::exchange(finish_timer_, 0));
    if (std::exchange(watched_, false)) loop_->unwatch(fd_.get());
    loop_ = nullptr;
    events_ = nullptr;
}

std::size_t tcp_stream::send(std::span<const iovec> parts) {
    if (finishing_) return 0;
    std::size_t taken = 0;
    while (!parts.empty()) {
        const auto batch = parts.first(std::min<std::size_t>(parts.size(), IOV_MAX));
        std::size_t offered = 0;
        for (const iovec& part : batch) offered += part.iov_len;
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(batch.data());  // NOLINT: sendmsg does not write through it
        message.msg_iovlen = batch.size();
        const ssize_t sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
        if (sent > 0) taken += static_cast<std::size_t>(sent);
        if (sent < 0 || static_cast<std::size_t>(sent) < offered) {
            // A broken connection is not reported from here: what the peer said before is still to be read, and the read that follows tells the end.
            room_wanted_ = sent >= 0 || errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ENOMEM;
            if (room_wanted_ && watched_) loop_->want_writable(fd_.get(), true);
            break;
        }
        parts = parts.subspan(batch.size());
    }
    return taken;
}

void tcp_stream::want_bytes(bool wanted) noexcept {
    if (wanted_ == wanted) return;
    wanted_ = wanted;
    if (loop_ == nullptr || finishing_) return;
    if (watched_) {
        loop_->want_readable(fd_.get(), wanted);
    } else if (wanted) {
        watch_quietly();
    }
}

void tcp_stream::finish() noexcept {
    if (std::exchange(finishing_, true)) return;
    ::shutdown(fd_.get(), SHUT_WR);
    room_wanted_ = false;
    if (loop_ == nullptr) return;
    arm_finish_timer();
    if (!watched_) {
        watch_quietly();
    } else {
        loop_->want_writable(fd_.get(), false);
        loop_->want_readable(fd_.get(), true);
    }
}

void tcp_stream::on_readable() {
    if (finishing_) return read_and_drop();
    for (int i = 0; i < reads_per_event_max; ++i) {
        const byte_span into = loop_->receive_buffer().subspan(receive_headroom_bytes);
        const ssize_t got = receive(fd_.get(), into);
        if (got == 0) return end({});
        if (got < 0) {
            if (errno != EAGAIN) end(in_words(errno));
            return;
        }
        const auto size = static_cast<std::size_t>(got);
        if (size < into.size()) return events_->on_bytes(into.first(size));
        bool detached = false;
        detached_in_callback_ = &detached;
        events_->on_bytes(into);
        if (detached) return;  // and perhaps on another thread by now: no member may be touched
        detached_in_callback_ = nullptr;
        if (finishing_ || !wanted_) return;
    }
}

void tcp_stream::on_writable() {
    loop_->want_writable(fd_.get(), false);
    if (std::exchange(room_wanted_, false)) events_->on_room();
}

void tcp_stream::on_hangup() {
    // Only heard while nobody reads (else it is readable as well): the peer is gone, but bytes it sent before may still wait. The event would come
    // back every turn, so the watch is given up until somebody wants to read again.
    if (wanted_ || finishing_) return on_readable();
    loop_->unwatch(fd_.get());
    watched_ = false;
}

void tcp_stream::watch_quietly() noexcept {
    if (auto watched = loop_->watch(fd_.get(), *this); watched) {
        watched_ = true;
    } else if (finish_timer_ == 0) {
        finish_timer_ = loop_->call_at(loop_->now(), [this, why = watched.error().message] {
            finish_timer_ = 0;
            end(why);
        });
    }
}

void tcp_stream::arm_finish_timer() {
    finish_timer_ = loop_->call_at(loop_->now() + finish_patience, [this] {
        finish_timer_ = 0;
        end({});
    });
}

void tcp_stream::read_and_drop() {
    const byte_span into = loop_->receive_buffer();
    const ssize_t got = receive(fd_.get(), into);
    if (got > 0) dropped_bytes_ += static_cast<std::uint32_t>(got);
    if (got == 0 || (got < 0 && errno != EAGAIN) || dropped_bytes_ > finish_drop_bytes_max) end({});
}

void tcp_stream::end(std::string_view why) {
    stream_events* events = events_;
    detach();
    events->on_end(why);
}

}  // namespace tepore::net
