// Bytes on their way to the network, with positions: how far the network has come tells which packets were surely never sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/codec.hpp"

namespace tepore::mqtt_client {

class outbox {
public:
    /// Counts every byte ever put, over all connections.
    using position = std::uint64_t;

    /// REQUIRES a packet that can be encoded, in `size` bytes.
    template <class Packet>
    void put(const Packet& p, protocol::version v, std::size_t size) {
        protocol::encode(p, v, grow(size));
    }
    void put(const protocol::connect& p) { protocol::encode(p, grow(protocol::encoded_size(p))); }

    /// Valid until the next put(), taken() or discard().
    [[nodiscard]] byte_view bytes() const noexcept { return byte_view(buffer_).subspan(head_); }
    [[nodiscard]] std::size_t size() const noexcept { return buffer_.size() - head_; }
    [[nodiscard]] position end() const noexcept { return taken_to_ + size(); }
    [[nodiscard]] position taken_to() const noexcept { return taken_to_; }

    void taken(std::size_t count) {
        head_ += count;
        taken_to_ += count;
        if (head_ == buffer_.size()) empty_buffer();
    }

    /// The connection is over: what was not taken never will be.
    void discard() {
        taken_to_ = end();
        empty_buffer();
    }

private:
    /// A buffer that grew above this for a while is given back.
    static constexpr std::size_t keep_bytes = 64 * 1024;

    byte_span grow(std::size_t count) {
        // Moving the rest down costs at most as much as was taken since the last time.
        if (head_ > buffer_.size() / 2) {
            buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(head_));
            head_ = 0;
        }
        buffer_.resize(buffer_.size() + count);
        return byte_span(buffer_).last(count);
    }
    void empty_buffer() {
        if (buffer_.capacity() > keep_bytes) buffer_ = {};
        buffer_.clear();
        head_ = 0;
    }

    std::vector<std::uint8_t> buffer_;
    std::size_t head_ = 0;  // bytes of buffer_ already taken
    position taken_to_ = 0;
};

}  // namespace tepore::mqtt_client
