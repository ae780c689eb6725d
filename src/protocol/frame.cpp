#include "protocol/frame.hpp"

namespace tepore::protocol {
namespace {

[[nodiscard]] frame_result incomplete(std::size_t need) noexcept {
    return {.state = frame_state::incomplete, .need = static_cast<std::uint32_t>(need)};
}

[[nodiscard]] frame_result broken(reason code, const char* rule, const char* what) noexcept {
    return {.state = frame_state::broken, .need = 0, .fault = {code, rule, what}};
}

}  // namespace

frame_result next_frame(byte_view bytes, std::uint32_t packet_bytes_max) noexcept {
    if (bytes.empty()) return incomplete(2);
    const auto first = bytes[0];
    if (first >> 4 == 0) return broken(reason::malformed_packet, "MQTT 2.2.1, MQTT5 2.1.2", "packet type 0 is forbidden");

    constexpr std::size_t length_bytes_max = 4;
    std::size_t header_size = 1;
    std::size_t body_size = 0;
    std::uint8_t byte = 0;
    do {
        if (header_size > length_bytes_max) {
            return broken(reason::malformed_packet, "MQTT 2.2.3, MQTT5 1.5.5", "the remaining length has more than four bytes");
        }
        if (header_size == bytes.size()) return incomplete(header_size + 1);
        byte = bytes[header_size];
        body_size |= static_cast<std::size_t>(byte & 127) << (7 * (header_size - 1));
        ++header_size;
    } while ((byte & 128) != 0);

    const auto size = header_size + body_size;
    if (size > packet_bytes_max) [[unlikely]] {
        return broken(reason::packet_too_large, "MQTT5-3.2.2-15, MQTT5-3.1.2-24", "the packet is larger than this receiver accepts");
    }
    if (size > bytes.size()) return incomplete(size);
    return {
        .state = frame_state::complete,
        .frame = {.type = static_cast<packet_type>(first >> 4),
                  .flags = static_cast<std::uint8_t>(first & 15),
                  .body = bytes.subspan(header_size, body_size),
                  .whole = bytes.first(size),
                  .length_padded = byte == 0 && header_size > 2},
        .need = static_cast<std::uint32_t>(size),
    };
}

}  // namespace tepore::protocol
