// Bytes that a client has yet to send. Grows by doubling and keeps its memory: the generator's own clients are few kinds, and busy.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/bytes.hpp"

namespace tepore::bench {

class output {
public:
    [[nodiscard]] byte_view waiting() const noexcept { return {bytes_.get() + sent_, filled_ - sent_}; }
    [[nodiscard]] bool empty() const noexcept { return sent_ == filled_; }

    /// Room for `size` bytes, which count as written. Valid until the next call.
    byte_span append(std::size_t size) {
        if (filled_ + size > capacity_) make_room(size);
        const byte_span room(bytes_.get() + filled_, size);
        filled_ += size;
        return room;
    }

    void sent(std::size_t size) noexcept {
        sent_ += size;
        if (sent_ == filled_) sent_ = filled_ = 0;
    }
    void clear() noexcept { sent_ = filled_ = 0; }

private:
    void make_room(std::size_t size) {
        const std::size_t waiting = filled_ - sent_;
        if (waiting + size <= capacity_ && sent_ >= waiting) {
            std::memcpy(bytes_.get(), bytes_.get() + sent_, waiting);
        } else {
            const std::size_t bigger = std::max(capacity_ * 2, waiting + size);
            auto moved = std::make_unique_for_overwrite<std::uint8_t[]>(bigger);
            if (waiting != 0) std::memcpy(moved.get(), bytes_.get() + sent_, waiting);
            bytes_ = std::move(moved);
            capacity_ = bigger;
        }
        sent_ = 0;
        filled_ = waiting;
    }

    std::unique_ptr<std::uint8_t[]> bytes_;
    std::size_t sent_ = 0;
    std::size_t filled_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace tepore::bench
