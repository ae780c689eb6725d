// What the encoders of all packets share. Internal to this room.
//
// Every packet has one function `measure(p, v)` that adds up its body and one that writes it; encoded_size() and encode() are made of them.
#pragma once

#include <cassert>

#include "protocol/codec.hpp"
#include "protocol/wire.hpp"

namespace tepore::protocol {

/// Adds up the bytes after the fixed header, and notes what cannot be encoded.
class body_size {
public:
    constexpr explicit body_size(std::size_t fixed) noexcept : bytes_(fixed) {}

    body_size& field(std::size_t size) noexcept {  // a string or binary field
        possible_ = possible_ && size <= string_bytes_max;
        bytes_ += 2 + size;
        return *this;
    }
    body_size& raw(std::size_t size) noexcept {
        bytes_ += size;
        return *this;
    }
    body_size& properties(property_view view) noexcept {
        possible_ = possible_ && view.bytes().size() <= remaining_length_max;
        bytes_ += varint_size(static_cast<std::uint32_t>(view.bytes().size())) + view.bytes().size();
        return *this;
    }
    body_size& require(bool condition) noexcept {
        possible_ = possible_ && condition;
        return *this;
    }

    [[nodiscard]] std::uint32_t value() const noexcept { return static_cast<std::uint32_t>(bytes_); }
    /// Of the whole packet; 0 when it cannot be encoded.
    [[nodiscard]] std::size_t packet() const noexcept {
        if (!possible_ || bytes_ > remaining_length_max) [[unlikely]]
            return 0;
        return 1 + varint_size(value()) + bytes_;
    }

private:
    std::size_t bytes_;
    bool possible_ = true;
};

/// Checks room and writes the fixed header; `write_body(writer&)` does the rest. Returns the bytes written.
template <class WriteBody>
std::size_t encode_packet(packet_type type, std::uint8_t flags, const body_size& body, byte_span out, WriteBody&& write_body) noexcept {
    const auto size = body.packet();
    assert(out.size() >= size);
    if (size == 0 || out.size() < size) [[unlikely]]
        return 0;
    writer to(out.first(size));
    to.u8(static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4 | flags));
    to.varint(body.value());
    write_body(to);
    assert(to.written() == size);
    return size;
}

inline void write_properties(writer& to, property_view view) noexcept {
    to.varint(static_cast<std::uint32_t>(view.bytes().size()));
    to.raw(view.bytes());
}

}  // namespace tepore::protocol
