#include "net/websocket_frame.hpp"

#include <algorithm>
#include <cstring>

namespace tepore::net {
namespace {

constexpr std::uint8_t fin_bit = 0x80;
constexpr std::uint8_t reserved_bits = 0x70;
constexpr std::uint8_t opcode_bits = 0x0f;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_bits = 0x7f;
constexpr std::uint8_t length_in_2_bytes = 126;
constexpr std::uint8_t length_in_8_bytes = 127;
constexpr std::uint16_t no_close_code = 1005;

bool is_control(websocket_opcode opcode) noexcept {
    return (static_cast<std::uint8_t>(opcode) & 0x08) != 0;
}

bool is_known(websocket_opcode opcode) noexcept {
    switch (opcode) {
        case websocket_opcode::continuation:
        case websocket_opcode::text:
        case websocket_opcode::binary:
        case websocket_opcode::close:
        case websocket_opcode::ping:
        case websocket_opcode::pong: return true;
    }
    return false;
}

std::size_t length_size(std::uint8_t second_byte) noexcept {
    const auto length = second_byte & length_bits;
    return length == length_in_8_bytes ? 8 : length == length_in_2_bytes ? 2 : 0;
}

std::uint64_t big_endian(byte_view bytes) noexcept {
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = (value << 8) | byte;
    return value;
}

/// Codes that may stand in a close frame (section 7.4).
bool may_be_sent(std::uint16_t code) noexcept {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace

void apply_mask(std::uint8_t* to, byte_view from, const websocket_mask& mask, std::uint64_t phase) noexcept {
    std::array<std::uint8_t, 8> turned{};
    for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = mask[(phase + i) % mask.size()];
    std::uint64_t word_mask = 0;
    std::memcpy(&word_mask, turned.data(), sizeof word_mask);
    // Eight bytes at a time, read before they are written over.
    std::size_t i = 0;
    for (; i + sizeof word_mask <= from.size(); i += sizeof word_mask) {
        std::uint64_t word = 0;
        std::memcpy(&word, from.data() + i, sizeof word);
        word ^= word_mask;
        std::memcpy(to + i, &word, sizeof word);
    }
    for (; i < from.size(); ++i) to[i] = static_cast<std::uint8_t>(from[i] ^ turned[i % turned.size()]);
}

byte_span websocket_decoder::decode(byte_span wire, websocket_control& control) {
    std::uint8_t* const start = wire.data();
    std::size_t payload_begin = 0;
    std::size_t payload_end = 0;
    std::size_t at = 0;
    while (!over_ && (at < wire.size() || (in_payload_ && payload_left_ == 0))) {
        if (!in_payload_) {
            const std::size_t take = std::min(header_size() - header_bytes_, wire.size() - at);
            std::memcpy(header_.data() + header_bytes_, start + at, take);
            header_bytes_ = static_cast<std::uint8_t>(header_bytes_ + take);
            at += take;
            if (header_bytes_ < header_size()) continue;  // its second byte may just have told that it is longer
            if (!begin_frame(control)) break;
            continue;
        }
        const byte_span piece = wire.subspan(at, static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, wire.size() - at)));
        byte_view said = piece;
        if (is_control(opcode_)) {
            apply_mask(piece.data(), piece, mask_, mask_phase_);
            if (piece.size() < payload_left_ || control_) said = keep_control_payload(piece);
        } else if (!piece.empty()) {
            if (payload_end == 0) payload_begin = payload_end = at;  // the first piece stays where it is; later ones move up to it
            if (frames_are_masked_) {
                apply_mask(start + payload_end, piece, mask_, mask_phase_);
            } else if (payload_end != at) {
                std::memmove(start + payload_end, piece.data(), piece.size());
            }
            payload_end += piece.size();
        }
        at += piece.size();
        payload_left_ -= piece.size();
        mask_phase_ = static_cast<std::uint8_t>((mask_phase_ + piece.size()) % mask_.size());
        if (payload_left_ > 0) continue;
        in_payload_ = false;
        header_bytes_ = 0;
        if (!is_control(opcode_)) continue;
        const bool goes_on = end_control_frame(said, control);
        control_.reset();
        if (!goes_on) break;
    }
    return wire.subspan(payload_begin, payload_end - payload_begin);
}

/// As far as it can be known from what is there.
std::size_t websocket_decoder::header_size() const noexcept {
    if (header_bytes_ < 2) return 2;
    return 2 + length_size(header_[1]) + ((header_[1] & mask_bit) != 0 ? mask_.size() : 0);
}

bool websocket_decoder::begin_frame(websocket_control& control) {
    const auto refuse = [&](std::string_view why) { return fault(control, websocket_close::protocol_error, why); };
    const bool fin = (header_[0] & fin_bit) != 0;
    const bool masked = (header_[1] & mask_bit) != 0;
    const auto opcode = static_cast<websocket_opcode>(header_[0] & opcode_bits);
    if ((header_[0] & reserved_bits) != 0) return refuse("a frame has reserved bits set, and no extension was agreed");
    if (!is_known(opcode)) return refuse("a frame has an unknown opcode");
    if (masked != frames_are_masked_) return refuse(masked ? "a frame from the server is masked" : "a frame from the client is not masked");

    const std::size_t length_bytes = length_size(header_[1]);
    std::uint64_t length = header_[1] & length_bits;
    if (length_bytes > 0) {
        length = big_endian(byte_view(header_).subspan(2, length_bytes));
        const std::uint64_t least = length_bytes == 8 ? 0x1'0000 : length_in_2_bytes;
        if (length < least || (length >> 63) != 0) return refuse("a frame's length is not written in the shortest form");
    }
    if (is_control(opcode)) {
        if (!fin) return refuse("a control frame is fragmented");
        if (length > control_payload_bytes_max) return refuse("a control frame is longer than 125 bytes");
    } else {
        if (opcode == websocket_opcode::text) return fault(control, websocket_close::unsupported_data, "a text frame: MQTT needs binary frames");
        if (opcode == websocket_opcode::continuation && !in_message_) return refuse("a continuation frame continues nothing");
        if (opcode != websocket_opcode::continuation && in_message_) return refuse("a new message begins inside a fragmented one");
        in_message_ = !fin;
    }
    opcode_ = opcode;
    if (masked) std::copy_n(header_.begin() + 2 + static_cast<std::ptrdiff_t>(length_bytes), mask_.size(), mask_.begin());
    payload_left_ = length;
    mask_phase_ = 0;
    in_payload_ = true;
    return true;
}

byte_view websocket_decoder::keep_control_payload(byte_view piece) {
    if (!control_) control_ = std::make_unique<control_payload>();
    std::memcpy(control_->bytes.data() + control_->size, piece.data(), piece.size());
    control_->size += piece.size();
    return byte_view(control_->bytes).first(control_->size);
}

bool websocket_decoder::end_control_frame(byte_view payload, websocket_control& control) {
    if (opcode_ == websocket_opcode::ping) control.on_ping(payload);
    if (opcode_ != websocket_opcode::close) return true;
    over_ = true;
    if (payload.empty()) {
        control.on_close(no_close_code);
    } else if (const auto code = static_cast<std::uint16_t>(payload.size() < 2 ? 0 : big_endian(payload.first(2))); may_be_sent(code)) {
        control.on_close(code);
    } else {
        return fault(control, websocket_close::protocol_error, "a close frame has a code that may not be sent");
    }
    return false;
}

bool websocket_decoder::fault(websocket_control& control, websocket_close code, std::string_view why) {
    over_ = true;
    control.on_fault(code, why);
    return false;
}

websocket_header make_websocket_header(websocket_opcode opcode, std::size_t payload_bytes, const std::optional<websocket_mask>& mask) noexcept {
    websocket_header header;
    const auto put = [&](std::uint64_t byte) { header.bytes[header.size++] = static_cast<std::uint8_t>(byte); };
    const std::uint8_t masked = mask ? mask_bit : 0;
    put(fin_bit | static_cast<std::uint8_t>(opcode));
    if (payload_bytes < length_in_2_bytes) {
        put(masked | payload_bytes);
    } else if (payload_bytes <= 0xffff) {
        put(masked | length_in_2_bytes);
        put(payload_bytes >> 8);
        put(payload_bytes);
    } else {
        put(masked | length_in_8_bytes);
        for (int shift = 56; shift >= 0; shift -= 8) put(std::uint64_t{payload_bytes} >> shift);
    }
    if (mask) {
        for (const auto byte : *mask) put(byte);
    }
    return header;
}

}  // namespace tepore::net
