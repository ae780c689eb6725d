#include "protocol/wire.hpp"

namespace tepore::protocol {

void reader::fail(const fault& why) noexcept {
    if (!failed_) fault_ = why;
    failed_ = true;
    at_ = end_;
}

void reader::cut_short(const char* what) noexcept {
    fail(reason::malformed_packet, "MQTT 1.5, MQTT5 1.5", what);
}

std::uint32_t reader::varint(const char* what) noexcept {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        const std::uint32_t byte = u8(what);
        value |= (byte & 127) << shift;
        if ((byte & 128) != 0) continue;
        if (byte == 0 && shift != 0) {
            fail(reason::malformed_packet, "MQTT5-1.5.5-1", what);
            return 0;
        }
        return value;
    }
    fail(reason::malformed_packet, "MQTT5 1.5.5", what);
    return 0;
}

std::string_view reader::utf8(const char* what) noexcept {
    const auto text = as_text(binary(what));
    if (is_valid_utf8(text)) return text;
    fail(reason::malformed_packet, "MQTT-1.5.3-1, MQTT5-1.5.4-1", what);
    return {};
}

void reader::expect_end(const char* what) noexcept {
    if (left() != 0) fail(reason::malformed_packet, "MQTT 2.2.3, MQTT5 2.1.4", what);
}

}  // namespace tepore::protocol
