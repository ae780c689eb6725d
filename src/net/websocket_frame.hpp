// WebSocket framing (RFC 6455, section 5) without sockets: frames in, bytes out, in place; and headers for frames to send.
// MQTT needs binary messages only, and does not care where a message ends: payload is passed on as it comes, however it was cut into frames.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace tepore::net {

enum class websocket_opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Close codes of section 7.4 that we send or tell apart.
enum class websocket_close : std::uint16_t { normal = 1000, going_away = 1001, protocol_error = 1002, unsupported_data = 1003 };

inline constexpr std::size_t control_payload_bytes_max = 125;  // section 5.5
using websocket_mask = std::array<std::uint8_t, 4>;

/// Hears what is not payload.
class websocket_control {
public:
    virtual void on_ping(byte_view payload) = 0;
    /// The peer closes; nothing more will be decoded. 1005 when it gave no code.
    virtual void on_close(std::uint16_t code) = 0;
    /// The peer broke a rule; nothing more will be decoded.
    virtual void on_fault(websocket_close code, std::string_view why) = 0;

protected:
    ~websocket_control() = default;
};

class websocket_decoder {
public:
    /// Servers demand masked frames, clients refuse them (section 5.1).
    explicit websocket_decoder(bool frames_are_masked) noexcept : frames_are_masked_(frames_are_masked) {}

    /// Reads the next bytes of the connection and returns their payload, gathered in one piece inside `wire`. Keeps at most a header and the payload
    /// of a control frame for the next call. Pongs are ignored.
    [[nodiscard]] byte_span decode(byte_span wire, websocket_control& control);

private:
    [[nodiscard]] std::size_t header_size() const noexcept;
    [[nodiscard]] bool begin_frame(websocket_control& control);
    [[nodiscard]] bool end_control_frame(byte_view payload, websocket_control& control);
    [[nodiscard]] byte_view keep_control_payload(byte_view piece);
    bool fault(websocket_control& control, websocket_close code, std::string_view why);

    bool frames_are_masked_;
    bool over_ = false;
    bool in_message_ = false;  // a fragmented message is under way
    bool in_payload_ = false;
    websocket_opcode opcode_ = websocket_opcode::binary;
    std::uint8_t header_bytes_ = 0;
    std::uint8_t mask_phase_ = 0;
    std::array<std::uint8_t, 14> header_{};
    websocket_mask mask_{};
    std::uint64_t payload_left_ = 0;
    /// The payload of a control frame that comes in pieces; one that comes whole stays where it is, and needs no memory.
    struct control_payload {
        std::size_t size = 0;
        std::array<std::uint8_t, control_payload_bytes_max> bytes{};
    };
    std::unique_ptr<control_payload> control_;
};

/// Copies `from` to `to` with the mask put on (or taken off), starting at the mask's byte `phase` % 4. They may overlap when `to` is not after
/// `from`.
void apply_mask(std::uint8_t* to, byte_view from, const websocket_mask& mask, std::uint64_t phase) noexcept;

struct websocket_header {
    std::array<std::uint8_t, 14> bytes{};
    std::size_t size = 0;
};

/// The header of a whole (unfragmented) frame.
[[nodiscard]] websocket_header make_websocket_header(websocket_opcode opcode, std::size_t payload_bytes,
                                                     const std::optional<websocket_mask>& mask) noexcept;

}  // namespace tepore::net
