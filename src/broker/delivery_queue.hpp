// The messages that wait for one session, in order; what they cost is known at any time.
// Memory: `meter`, which the owner of all queues has, counts the bytes of the references here. The messages themselves are shared by all queues that
// they wait in, and counted once (message_bytes()).
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/chunk_queue.hpp"
#include "base/clock.hpp"
#include "broker/message.hpp"
#include "broker/subscription_note.hpp"
#include "protocol/types.hpp"

namespace tepore::broker {

/// A message for one session: the shared block, and what differs by receiver.
struct delivery {
    message_ref message;  // null: in flight to a session that ends with its connection, and so never sent again
    note_ref note;        // null: no subscription identifier, no shared subscription
    protocol::qos qos{};
    bool retain = false;       // the RETAIN flag to send
    bool counted = false;      // sent on the present connection and not acknowledged: it has a place of the client's receive maximum
    bool holds_place = false;  // QoS 2: the client may still keep its identifier: no PUBREL was sent yet
};

/// Whoever drops one that is not empty calls clear() first.
class delivery_queue {
public:
    [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return queue_.size(); }
    /// Of the messages, as if each was here alone: what the limit of a queue means.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    /// Nothing here expires before.
    [[nodiscard]] monotonic expires() const noexcept { return expires_; }
    [[nodiscard]] bool has_qos_0() const noexcept { return qos_0_ != 0; }

    void push(delivery&& d, std::size_t& meter) {
        note(d);
        const auto before = queue_.allocated_bytes();
        queue_.push(std::move(d));
        adjust(meter, before);
    }
    /// REQUIRES !empty(), as front().
    delivery pop(std::size_t& meter) {
        const auto before = queue_.allocated_bytes();
        auto d = queue_.pop();
        adjust(meter, before);
        bytes_ -= d.message->bytes();
        if (d.qos == protocol::qos::at_most_once) --qos_0_;
        return d;
    }
    [[nodiscard]] const delivery& front() noexcept { return queue_.front(); }
    /// What is at the front after `pops` more pop(); null when nothing is.
    [[nodiscard]] const delivery* peek(std::size_t pops) const noexcept { return queue_.peek(pops); }

    template <class Keep>
    void keep_if(Keep&& keep, std::size_t& meter) {
        const auto before = queue_.allocated_bytes();
        auto old = std::exchange(queue_, {});
        bytes_ = qos_0_ = 0;
        expires_ = never;
        old.for_each([&](delivery& d) {
            if (!keep(std::as_const(d))) return;
            note(d);
            queue_.push(std::move(d));
        });
        adjust(meter, before);
    }
    void clear(std::size_t& meter) noexcept {
        const auto before = queue_.allocated_bytes();
        queue_.clear();
        adjust(meter, before);
        bytes_ = qos_0_ = 0;
        expires_ = never;
    }

private:
    void note(const delivery& d) noexcept {
        bytes_ += d.message->bytes();
        expires_ = std::min(expires_, d.message->expires());
        if (d.qos == protocol::qos::at_most_once) ++qos_0_;
    }
    void adjust(std::size_t& meter, std::size_t before) const noexcept { meter += queue_.allocated_bytes() - before; }

    chunk_queue<delivery> queue_;
    std::size_t bytes_ = 0;
    monotonic expires_ = never;
    std::size_t qos_0_ = 0;
};

}  // namespace tepore::broker
