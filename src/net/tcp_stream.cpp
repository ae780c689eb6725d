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
    leave();
}

result<void> tcp_stream::attach(net::loop& loop, stream_events& events) {
    if (auto watched = loop.watch_socket(fd_.get(), *this); !watched) return watched;
    loop_ = &loop;
    events_ = &events;
    sends_later_ = loop.sends_later();
    if (finishing_) end_at(loop.now() + finish_patience, {});
    if (!reads()) loop.want_readable(fd_.get(), false);
    if (room_wanted_) loop.want_writable(fd_.get(), true);
    give_soon();
    if (!std::exchange(open_told_, true)) events.on_open();
    return {};
}

void tcp_stream::detach() noexcept {
    if (loop_ == nullptr) return;
    leaving_ = true;
    loop_->release_socket(fd_.get());
    leaving_ = false;
    leave();
}

void tcp_stream::leave() noexcept {
    if (loop_ == nullptr) return;
    loop_->cancel(std::exchange(give_timer_, 0));
    loop_->cancel(std::exchange(end_timer_, 0));
    loop_->unwatch(fd_.get());
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
            note_refusal(sent >= 0 ? 0 : errno);
            break;
        }
        parts = parts.subspan(batch.size());
    }
    return taken;
}

/// A broken connection is not reported from here: what the peer said before is still to be read, and the read that follows tells the end. Unless
/// nobody reads for so long that it must be told without.
void tcp_stream::note_refusal(int error_number) {
    room_wanted_ = error_number == 0 || error_number == EAGAIN || error_number == EINTR || error_number == ENOBUFS || error_number == ENOMEM;
    if (!room_wanted_) broken_ = static_cast<std::int16_t>(error_number);
    if (loop_ == nullptr) return;
    if (room_wanted_) {
        loop_->want_writable(fd_.get(), true);
    } else {
        end_if_nobody_reads();
    }
}

void tcp_stream::end_if_nobody_reads() {
    if (broken_ != 0 && !wanted_ && !finishing_) end_at(loop_->now() + broken_patience, in_words(broken_));
}

std::optional<std::size_t> tcp_stream::send_soon(std::span<const iovec> parts) {
    if (!sends_later_ || finishing_) return tcp_stream::send(parts);
    loop_->send_later(fd_.get(), parts);
    return {};
}

void tcp_stream::on_sent(std::size_t taken, std::size_t offered, int error_number) {
    if (taken < offered) note_refusal(error_number);
    events_->on_sent(taken, offered);
}

void tcp_stream::want_bytes(bool wanted) noexcept {
    if (wanted_ == wanted) return;
    wanted_ = wanted;
    if (loop_ == nullptr || finishing_) return;
    if (wanted) loop_->cancel(std::exchange(end_timer_, 0));  // reading tells the end, after all
    end_if_nobody_reads();
    loop_->want_readable(fd_.get(), reads());
    give_soon();
}

void tcp_stream::finish() noexcept {
    if (std::exchange(finishing_, true)) return;
    ::shutdown(fd_.get(), SHUT_WR);
    room_wanted_ = false;
    const bool peer_ended = kept_ && kept_->end;
    kept_.reset();
    if (loop_ == nullptr) return;
    end_at(loop_->now() + (peer_ended ? duration::zero() : finish_patience), {});
    loop_->want_writable(fd_.get(), false);
    loop_->want_readable(fd_.get(), true);
}

void tcp_stream::on_received(byte_view bytes) {
    if (wanted_ && !finishing_ && !kept_ && !leaving_) [[likely]] {
        events_->on_bytes(bytes);
    } else if (!finishing_) {
        auto& to = keep().bytes;
        to.insert(to.end(), bytes.begin(), bytes.end());
    } else if (dropped_bytes_ += static_cast<std::uint32_t>(bytes.size()); dropped_bytes_ > finish_drop_bytes_max && !leaving_) {
        end({});
    }
}

void tcp_stream::on_receive_end(int error_number) {
    if (reads() && !leaving_) {
        end(error_number == 0 ? std::string() : in_words(error_number));
    } else if (!finishing_) {
        keep().end = error_number;
    }
}

void tcp_stream::on_writable() {
    loop_->want_writable(fd_.get(), false);
    if (std::exchange(room_wanted_, false)) events_->on_room();
}

tcp_stream::kept& tcp_stream::keep() {
    if (!kept_) kept_ = std::make_unique<kept>();
    return *kept_;
}

void tcp_stream::give_soon() {
    if (!kept_ || !wanted_ || finishing_ || give_timer_ != 0) return;
    give_timer_ = loop_->call_at(loop_->now(), [this] {
        give_timer_ = 0;
        give();
    });
}

/// One receive buffer at a time: the owner may say in each callback that it wants no more, or leave with the stream.
void tcp_stream::give() {
    if (!wanted_ || finishing_) return;
    const byte_span place = loop_->receive_buffer().subspan(receive_headroom_bytes);
    const std::size_t size = std::min(kept_->bytes.size() - kept_->given, place.size());
    std::memcpy(place.data(), kept_->bytes.data() + kept_->given, size);
    kept_->given += size;
    if (kept_->given < kept_->bytes.size()) {
        give_soon();
    } else if (!kept_->end) {
        kept_.reset();
        loop_->want_readable(fd_.get(), true);
    } else if (size == 0) {
        return end(*kept_->end == 0 ? std::string() : in_words(*kept_->end));
    } else {
        give_soon();
    }
    events_->on_bytes(place.first(size));
}

/// If reading has not come to the end by then.
void tcp_stream::end_at(monotonic when, std::string why) {
    loop_->cancel(end_timer_);
    end_timer_ = loop_->call_at(when, [this, why = std::move(why)] {
        end_timer_ = 0;
        end(why);
    });
}

void tcp_stream::end(std::string_view why) {
    stream_events* events = events_;
    leave();
    events->on_end(why);
}

}  // namespace tepore::net
