#include "net/layer.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "net/tcp_stream.hpp"

namespace tepore::net {

layer::layer(std::unique_ptr<stream> below, std::string handshake_name, duration handshake_patience)
    : below_(std::move(below)), handshake_name_(std::move(handshake_name)), handshake_patience_(handshake_patience) {}

layer::~layer() {
    forget_loop();  // the stream below leaves by itself: nobody will want what it has read ahead
}

result<void> layer::attach(net::loop& loop, stream_events& events) {
    loop_ = &loop;
    events_ = &events;
    update_wants();
    if (auto attached = below_->attach(loop, *this); !attached) {
        loop_ = nullptr;
        events_ = nullptr;
        return attached;
    }
    if (!open_ && handshake_deadline_ == never) handshake_deadline_ = loop.now() + handshake_patience_;
    arm_timer();
    feed_soon();
    if (open_ && !std::exchange(open_told_, true)) events_->on_open();
    return {};
}

void layer::detach() noexcept {
    if (loop_ == nullptr) return;
    below_->detach();
    forget_loop();
}

void layer::forget_loop() noexcept {
    if (loop_ == nullptr) return;
    loop_->cancel(std::exchange(timer_, 0));
    loop_->cancel(std::exchange(feed_timer_, 0));
    loop_ = nullptr;
    events_ = nullptr;
}

void layer::want_bytes(bool wanted) noexcept {
    if (std::exchange(wanted_, wanted) == wanted) return;
    update_wants();
    feed_soon();
}

void layer::finish() noexcept {
    if (finishing_) return;
    if (open_) say_goodbye();
    wind_down();
}

void layer::opened(byte_view rest) {
    open_ = true;
    open_told_ = true;
    held_input_.assign(rest.begin(), rest.end());
    loop_->cancel(std::exchange(timer_, 0));
    update_wants();
    feed_soon();
    events_->on_open();
}

void layer::begin_open(byte_view rest, byte_view unsent) {
    open_ = true;
    held_input_.assign(rest.begin(), rest.end());
    held_output_.assign(unsent.begin(), unsent.end());
}

void layer::write_out(std::span<const iovec> encoded) {
    std::size_t sent = held_output_.empty() ? below_->send(encoded) : 0;
    for (const iovec& part : encoded) {
        const std::size_t skipped = std::min(sent, part.iov_len);
        sent -= skipped;
        const auto* bytes = static_cast<const std::uint8_t*>(part.iov_base);
        held_output_.insert(held_output_.end(), bytes + skipped, bytes + part.iov_len);
    }
}

void layer::end(std::string why) {
    if (finishing_) return;
    why_ = std::move(why);
    wind_down();
}

void layer::on_bytes(byte_view bytes) {
    if (finishing_) return;
    const byte_span buffer = loop_->receive_buffer();
    const std::less_equal<const std::uint8_t*> up_to;
    if (up_to(buffer.data(), bytes.data()) && up_to(bytes.data(), buffer.data() + buffer.size())) {
        // The same bytes, writable.
        return decode(buffer.subspan(static_cast<std::size_t>(bytes.data() - buffer.data()), bytes.size()));
    }
    // A loop that lets the kernel choose where it reads to: such a buffer is much smaller than the shared one.
    const byte_span place = buffer.subspan(receive_headroom_bytes, bytes.size());
    std::memcpy(place.data(), bytes.data(), bytes.size());
    decode(place);
}

void layer::on_room() {
    const iovec rest{held_output_.data() + held_output_sent_, held_output_.size() - held_output_sent_};
    if (rest.iov_len > 0) {
        held_output_sent_ += below_->send({&rest, 1});
        if (held_output_sent_ < held_output_.size()) return;
        held_output_ = {};  // idle connections hold no buffers
        held_output_sent_ = 0;
    }
    if (finishing_) {
        below_->finish();
    } else if (std::exchange(room_wanted_, false)) {
        events_->on_room();
    }
}

void layer::on_end(std::string_view why) {
    std::string reason = std::move(why_);
    if (reason.empty() && !open_ && !finishing_) {
        reason = "the connection ended during the " + handshake_name_;
        if (!why.empty()) reason += ": ";
    }
    if (!finishing_) reason += why;
    stream_events* events = events_;
    detach();
    events->on_end(reason);
}

void layer::arm_timer() {
    loop_->cancel(std::exchange(timer_, 0));
    if (finishing_ && !held_output_.empty()) {
        timer_ = loop_->call_at(loop_->now() + finish_patience, [this] {
            timer_ = 0;
            below_->finish();
        });
    } else if (!open_ && !finishing_) {
        timer_ = loop_->call_at(handshake_deadline_, [this] {
            timer_ = 0;
            end("the " + handshake_name_ + " took too long");
        });
    }
}

void layer::feed_soon() {
    if (loop_ == nullptr || !wanted_ || held_input_.empty() || feed_timer_ != 0) return;
    feed_timer_ = loop_->call_at(loop_->now(), [this] {
        feed_timer_ = 0;
        feed_held_input();
    });
}

void layer::feed_held_input() {
    if (!wanted_ || finishing_) return;
    const byte_span place = loop_->receive_buffer().subspan(receive_headroom_bytes);
    const std::size_t size = std::min(held_input_.size(), place.size());
    std::memcpy(place.data(), held_input_.data(), size);
    held_input_ = {};
    update_wants();
    decode(place.first(size));
}

void layer::wind_down() {
    finishing_ = true;
    if (held_output_.empty()) {
        if (loop_ != nullptr) loop_->cancel(std::exchange(timer_, 0));
        below_->finish();
    } else if (loop_ != nullptr) {
        arm_timer();
    }
}

void layer::update_wants() noexcept {
    below_->want_bytes(!open_ || (wanted_ && held_input_.empty()));
}

}  // namespace tepore::net
