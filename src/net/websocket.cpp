#include "net/websocket.hpp"

#include <openssl/rand.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "net/http_head.hpp"
#include "net/websocket_handshake.hpp"

namespace tepore::net {
namespace {

/// Frame headers and parts that leave with one system call; they are on the stack.
constexpr std::size_t frame_parts_max = 256;
constexpr std::size_t frames_max = 64;
constexpr std::size_t header_bytes_max = 14;

websocket_mask random_mask() {
    websocket_mask mask{};
    RAND_bytes(mask.data(), static_cast<int>(mask.size()));  // must not be predictable (section 5.3)
    return mask;
}

iovec part_of(const void* bytes, std::size_t size) noexcept {
    return {const_cast<void*>(bytes), size};
}

/// Takes the next piece of at most `size` bytes off the front of `parts`, whose first part was already used up to `offset`.
iovec take_piece(std::span<const iovec>& parts, std::size_t& offset, std::size_t size) noexcept {
    const iovec& first = parts.front();
    const std::size_t taken = std::min(first.iov_len - offset, size);
    const iovec piece = part_of(static_cast<const std::uint8_t*>(first.iov_base) + offset, taken);
    offset += taken;
    if (offset == first.iov_len) {
        parts = parts.subspan(1);
        offset = 0;
    }
    return piece;
}

}  // namespace

struct websocket_stream::upgrade {
    std::string host;
    std::string path;
    std::string key;
    std::string response;  // its head so far
};

websocket_stream::websocket_stream(std::unique_ptr<stream> below, bool we_are_the_server, duration handshake_patience,
                                   std::unique_ptr<upgrade> upgrading)
    : layer(std::move(below), "WebSocket handshake", handshake_patience),
      we_are_the_server_(we_are_the_server),
      decoder_(we_are_the_server),
      upgrading_(std::move(upgrading)) {}

websocket_stream::~websocket_stream() = default;

std::unique_ptr<websocket_stream> websocket_stream::accepted(std::unique_ptr<stream> below, byte_view rest, byte_view unsent) {
    std::unique_ptr<websocket_stream> made(new websocket_stream(std::move(below), true, duration::zero(), nullptr));
    made->begin_open(rest, unsent);
    return made;
}

std::unique_ptr<websocket_stream> websocket_stream::connect(std::unique_ptr<stream> below, std::string host, std::string path,
                                                            duration handshake_patience) {
    auto upgrading = std::make_unique<upgrade>(upgrade{std::move(host), std::move(path), make_upgrade_key(), {}});
    return std::unique_ptr<websocket_stream>(new websocket_stream(std::move(below), false, handshake_patience, std::move(upgrading)));
}

void websocket_stream::begin() {
    const std::string request = make_upgrade_request(upgrading_->host, upgrading_->path, upgrading_->key);
    const iovec part = part_of(request.data(), request.size());
    write_out({&part, 1});
}

void websocket_stream::decode(byte_span wire) {
    if (!is_open()) return read_upgrade_response(wire);
    const byte_span payload = decoder_.decode(wire, *this);
    if (!payload.empty()) deliver(payload);
}

void websocket_stream::read_upgrade_response(byte_span wire) {
    std::string& response = upgrading_->response;
    const std::size_t before = response.size();
    response += as_text(wire.first(std::min(wire.size(), http_head_bytes_max + 1 - before)));
    const auto size = find_http_head(response);
    if (!size) {
        if (response.size() > http_head_bytes_max) end("the server's answer to the WebSocket upgrade is too long");
        return;
    }
    if (auto wrong = check_upgrade_response(std::string_view(response).substr(0, *size), upgrading_->key)) return end(std::move(*wrong));
    upgrading_.reset();
    opened(wire.subspan(*size - before));
}

std::size_t websocket_stream::send(std::span<const iovec> parts) {
    std::size_t offered = 0;
    for (const iovec& part : parts) offered += part.iov_len;
    std::size_t taken = 0;
    std::size_t offset = 0;
    while (taken < offered && may_send()) taken += we_are_the_server_ ? send_plain_frames(parts, offset) : send_masked_frame(parts, offset);
    if (taken < offered) ask_for_room();
    return taken;
}

/// What is left of the message that `part` continues or begins at `offset`; without message sizes, everything is one message.
std::size_t websocket_stream::left_of_message(const iovec& part, std::size_t offset) noexcept {
    if (size_of_message_ == nullptr) return server_frame_bytes_max;
    if (left_of_message_ == 0) {
        left_of_message_ = size_of_message_({static_cast<const std::uint8_t*>(part.iov_base) + offset, part.iov_len - offset});
        if (left_of_message_ == 0) left_of_message_ = part.iov_len - offset;  // nobody can tell: a frame is as right as any other
    }
    return left_of_message_;
}

/// As many frames as fit one system call.
std::size_t websocket_stream::send_plain_frames(std::span<const iovec>& parts, std::size_t& offset) {
    std::array<iovec, frame_parts_max> encoded;        // NOLINT: filled before it is read
    std::array<websocket_header, frames_max> headers;  // NOLINT: the same
    std::size_t count = 0;
    std::size_t taken = 0;
    for (auto& header : headers) {
        if (parts.empty() || count + 2 > encoded.size() || taken == server_frame_bytes_max) break;
        const std::size_t wanted = std::min(left_of_message(parts.front(), offset), server_frame_bytes_max - taken);
        const std::size_t place_of_header = count++;
        std::size_t size = 0;
        while (!parts.empty() && count < encoded.size() && size < wanted) {
            encoded[count] = take_piece(parts, offset, wanted - size);
            size += encoded[count].iov_len;
            ++count;
        }
        header = make_websocket_header(websocket_opcode::binary, size, std::nullopt);
        encoded[place_of_header] = part_of(header.bytes.data(), header.size);
        taken += size;
        if (size_of_message_ != nullptr) left_of_message_ -= size;
    }
    if (taken != 0) write_out({encoded.data(), count});
    return taken;
}

std::size_t websocket_stream::send_masked_frame(std::span<const iovec>& parts, std::size_t& offset) {
    std::array<std::uint8_t, header_bytes_max + client_frame_bytes_max> frame;  // NOLINT: filled before it is read
    const websocket_mask mask = random_mask();
    std::size_t size = 0;
    while (!parts.empty() && size < client_frame_bytes_max) {
        const iovec piece = take_piece(parts, offset, client_frame_bytes_max - size);
        apply_mask(frame.data() + header_bytes_max + size, {static_cast<const std::uint8_t*>(piece.iov_base), piece.iov_len}, mask, size);
        size += piece.iov_len;
    }
    if (size == 0) return 0;
    // The header's size depends on the payload's, so it is put right before it.
    const auto header = make_websocket_header(websocket_opcode::binary, size, mask);
    std::uint8_t* const start = frame.data() + header_bytes_max - header.size;
    std::memcpy(start, header.bytes.data(), header.size);
    const iovec part = part_of(start, header.size + size);
    write_out({&part, 1});
    return size;
}

void websocket_stream::send_control(websocket_opcode opcode, byte_view payload) {
    std::array<std::uint8_t, control_payload_bytes_max> masked{};
    std::optional<websocket_mask> mask;
    if (!we_are_the_server_) {
        mask = random_mask();
        apply_mask(masked.data(), payload, *mask, 0);
        payload = byte_view(masked).first(payload.size());
    }
    const auto header = make_websocket_header(opcode, payload.size(), mask);
    const std::array frame{part_of(header.bytes.data(), header.size), part_of(payload.data(), payload.size())};
    write_out(frame);
}

void websocket_stream::send_close(std::uint16_t code) {
    if (std::exchange(close_sent_, true)) return;
    const std::array payload{static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code)};
    send_control(websocket_opcode::close, payload);
}

void websocket_stream::say_goodbye() {
    send_close(static_cast<std::uint16_t>(websocket_close::normal));
}

void websocket_stream::on_ping(byte_view payload) {
    if (held_output_bytes() <= pong_backlog_bytes_max) send_control(websocket_opcode::pong, payload);
}

void websocket_stream::on_close(std::uint16_t code) {
    constexpr auto normal = static_cast<std::uint16_t>(websocket_close::normal);
    constexpr auto going_away = static_cast<std::uint16_t>(websocket_close::going_away);
    constexpr std::uint16_t none = 1005;
    send_close(code == none ? normal : code);
    end(code == normal || code == going_away || code == none ? std::string() : "the peer closed the WebSocket with code " + std::to_string(code));
}

void websocket_stream::on_fault(websocket_close code, std::string_view why) {
    send_close(static_cast<std::uint16_t>(code));
    end("WebSocket rule broken: " + std::string(why));
}

}  // namespace tepore::net
