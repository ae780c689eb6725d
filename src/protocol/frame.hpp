// Finds whole packets in a stream of bytes (2.2). Pure and without memory of its own: the caller keeps the incomplete tail.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "protocol/fault.hpp"
#include "protocol/types.hpp"

namespace tepore::protocol {

struct frame {
    packet_type type{};
    std::uint8_t flags = 0;      // low four bits of the first byte
    byte_view body;              // variable header and payload
    byte_view whole;             // fixed header included
    bool length_padded = false;  // the remaining length is not in its shortest form: malformed in 5.0, legal before
};

enum class frame_state : std::uint8_t { complete, incomplete, broken };

struct frame_result {
    frame_state state = frame_state::incomplete;
    protocol::frame frame{};  // complete: the frame
    std::uint32_t need = 2;   // incomplete: total bytes of this packet when its length is known, else a lower bound
    protocol::fault fault{};  // broken: why
};

/// Looks at the first packet in `bytes`. The limit is checked as soon as the remaining length is known, before the body arrives, so an oversized
/// packet costs five bytes: broken with 0x95 packet_too_large. Type 0 and a fifth length byte are broken with 0x81.
/// `packet_bytes_max` counts the whole packet, fixed header included.
[[nodiscard]] frame_result next_frame(byte_view bytes, std::uint32_t packet_bytes_max) noexcept;

/// The same for what nearly all packets are: complete, and of less than 128 bytes behind the fixed header. False: ask next_frame().
[[nodiscard]] inline bool next_short_frame(byte_view bytes, std::uint32_t packet_bytes_max, frame& found) noexcept {
    if (bytes.size() < 2 || (bytes[1] & 128) != 0 || bytes[0] < 16) return false;
    const std::size_t size = 2u + bytes[1];
    if (size > bytes.size() || size > packet_bytes_max) return false;
    found.type = static_cast<packet_type>(bytes[0] >> 4);
    found.flags = static_cast<std::uint8_t>(bytes[0] & 15);
    found.body = bytes.subspan(2, size - 2);
    found.whole = bytes.first(size);
    found.length_padded = false;
    return true;
}

}  // namespace tepore::protocol
