#include "net/layer.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "net/tcp_stream.hpp"

namespace tepore::net {

layer::layer(std::unique_ptr<stream> below, const char* handshake_name, duration handshake_patience)
    : below_(std::move(below)), handshake_name_(handshake_name) {
    if (handshake_patience > duration::zero()) passing().handshake_patience = handshake_patience;
}

layer::~layer() {
    forget_loop();  // the stream below leaves by itself: nobody will want what it has read ahead
}

layer::passage& layer::passing() {
    if (!passing_) passing_ = std::make_unique<passage>();
    return *passing_;
}

/// Gives the passage back once nothing needs it.
void layer::pass_by() noexcept {
    if (!passing_ || !open_ || finishing_) return;
    const passage& p = *passing_;
    if (p.output.empty() && p.input.empty() && p.timer == 0 && p.feed_timer == 0) passing_.reset();
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
    if (!open_ && passing().handshake_deadline == never) passing().handshake_deadline = loop.now() + passing().handshake_patience;
    arm_timer();
    feed_soon();
    if (!open_) {
        arrived();
    } else if (!std::exchange(open_told_, true)) {
        events_->on_open();
    }
    return {};
}

void layer::detach() noexcept {
    if (loop_ == nullptr) return;
    left();
    below_->detach();
    forget_loop();
}

void layer::forget_loop() noexcept {
    if (loop_ == nullptr) return;
    cancel_timers();
    loop_ = nullptr;
    events_ = nullptr;
}

void layer::cancel_timers() noexcept {
    if (!passing_) return;
    loop_->cancel(std::exchange(passing_->timer, 0));
    loop_->cancel(std::exchange(passing_->feed_timer, 0));
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

void layer::put_before_held_input(byte_view rest) {
    if (rest.empty()) return;
    auto& input = passing().input;
    input.insert(input.begin(), rest.begin(), rest.end());
}

void layer::proceed(byte_view rest) {
    input_held_ = false;
    put_before_held_input(rest);
    update_wants();
    feed_soon();
}

void layer::opened(byte_view rest) {
    open_ = true;
    open_told_ = true;
    if (passing_) loop_->cancel(std::exchange(passing_->timer, 0));
    proceed(rest);
    pass_by();
    events_->on_open();
}

void layer::begin_open(byte_view rest, byte_view unsent) {
    open_ = true;
    if (!rest.empty()) passing().input.assign(rest.begin(), rest.end());
    if (!unsent.empty()) passing().output.assign(unsent.begin(), unsent.end());
}

void layer::write_out(std::span<const iovec> encoded) {
    std::size_t sent = held_output_bytes() == 0 ? below_->send(encoded) : 0;
    for (const iovec& part : encoded) {
        const std::size_t skipped = std::min(sent, part.iov_len);
        sent -= skipped;
        if (skipped == part.iov_len) continue;
        const auto* bytes = static_cast<const std::uint8_t*>(part.iov_base);
        auto& output = passing().output;
        output.insert(output.end(), bytes + skipped, bytes + part.iov_len);
    }
}

void layer::end(std::string why) {
    if (finishing_) return;
    if (!why.empty()) passing().why = std::move(why);
    wind_down();
}

void layer::on_bytes(byte_view bytes) {
    if (finishing_) return;
    if (input_held_ || has_held_input()) {
        auto& input = passing().input;
        input.insert(input.end(), bytes.begin(), bytes.end());
        return update_wants();
    }
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
    if (held_output_bytes() != 0) {
        passage& p = *passing_;
        const iovec rest{p.output.data() + p.output_sent, p.output.size() - p.output_sent};
        p.output_sent += below_->send({&rest, 1});
        if (p.output_sent < p.output.size()) return;
        p.output = {};
        p.output_sent = 0;
        pass_by();
    }
    if (finishing_) {
        below_->finish();
    } else if (std::exchange(room_wanted_, false)) {
        events_->on_room();
    }
}

void layer::on_end(std::string_view why) {
    std::string reason = passing_ ? std::move(passing_->why) : std::string();
    if (reason.empty() && !open_ && !finishing_) {
        reason = std::string("the connection ended during the ") + handshake_name_;
        if (!why.empty()) reason += ": ";
    }
    if (!finishing_) reason += why;
    stream_events* events = events_;
    detach();
    events->on_end(reason);
}

void layer::arm_timer() {
    const bool for_the_ending = finishing_ && held_output_bytes() != 0;
    const bool for_the_handshake = !open_ && !finishing_;
    if (passing_) loop_->cancel(std::exchange(passing_->timer, 0));
    if (for_the_ending) {
        passing_->timer = loop_->call_at(loop_->now() + finish_patience, [this] {
            passing_->timer = 0;
            below_->finish();
        });
    } else if (for_the_handshake) {
        passing_->timer = loop_->call_at(passing_->handshake_deadline, [this] {
            passing_->timer = 0;
            end(std::string("the ") + handshake_name_ + " took too long");
        });
    }
}

void layer::feed_soon() {
    if (loop_ == nullptr || input_held_ || (open_ && !wanted_) || !has_held_input() || passing_->feed_timer != 0) return;
    passing_->feed_timer = loop_->call_at(loop_->now(), [this] {
        passing_->feed_timer = 0;
        feed_held_input();
    });
}

void layer::feed_held_input() {
    if (input_held_ || (open_ && !wanted_) || finishing_ || !has_held_input()) return pass_by();
    const byte_span place = loop_->receive_buffer().subspan(receive_headroom_bytes);
    auto& input = passing_->input;
    const std::size_t size = std::min(input.size(), place.size());
    std::memcpy(place.data(), input.data(), size);
    if (size < input.size()) {
        input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
        feed_soon();
    } else {
        input = {};
    }
    pass_by();
    update_wants();
    decode(place.first(size));
}

void layer::wind_down() {
    finishing_ = true;
    if (held_output_bytes() == 0) {
        if (loop_ != nullptr && passing_) loop_->cancel(std::exchange(passing_->timer, 0));
        below_->finish();
    } else if (loop_ != nullptr) {
        arm_timer();
    }
}

void layer::update_wants() noexcept {
    below_->want_bytes(!has_held_input() && (!open_ || wanted_));
}

}  // namespace tepore::net
