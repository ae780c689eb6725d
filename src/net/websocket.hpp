// WebSocket over another stream (tcp or tls): binary frames that carry a stream of bytes. One frame per send() (up to the sizes below), or, where
// the server asked for it, one per message; frames of the peer cut as it likes.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "net/layer.hpp"
#include "net/websocket_frame.hpp"

namespace tepore::net {

/// Larger sends and messages become several frames. So much is taken whole: at most this waits in a stream that its connection does not take.
inline constexpr std::size_t server_frame_bytes_max = 64 * 1024;
/// Masking needs a copy, which is on the stack.
inline constexpr std::size_t client_frame_bytes_max = 16 * 1024;
/// Answers to pings are left out while more than this waits (section 5.5.3 lets us answer the latest only).
inline constexpr std::size_t pong_backlog_bytes_max = server_frame_bytes_max + 4 * 1024;

class websocket_stream final : public layer, private websocket_control {
public:
    /// The server's side, after the upgrade: `rest` was read beyond the request, `unsent` is what is left of our answer.
    [[nodiscard]] static std::unique_ptr<websocket_stream> accepted(std::unique_ptr<stream> below, byte_view rest, byte_view unsent);
    /// The client's side; the upgrade runs when the stream below is open. `host` is "broker.example:8080".
    [[nodiscard]] static std::unique_ptr<websocket_stream> connect(std::unique_ptr<stream> below, std::string host, std::string path,
                                                                   duration handshake_patience);

    ~websocket_stream() override;
    std::size_t send(std::span<const iovec> parts) override;
    void frame_messages(message_size size_of) noexcept override { size_of_message_ = size_of; }
    [[nodiscard]] std::string_view kind() const noexcept override { return below().kind() == "tls" ? "wss" : "ws"; }

private:
    struct upgrade;  // what the client's handshake needs to remember

    websocket_stream(std::unique_ptr<stream> below, bool we_are_the_server, duration handshake_patience, std::unique_ptr<upgrade> upgrading);
    void begin() override;
    void decode(byte_span wire) override;
    void say_goodbye() override;
    void on_ping(byte_view payload) override;
    void on_close(std::uint16_t code) override;
    void on_fault(websocket_close code, std::string_view why) override;

    void read_upgrade_response(byte_span wire);
    [[nodiscard]] std::size_t send_plain_frames(std::span<const iovec>& parts, std::size_t& offset);
    [[nodiscard]] std::size_t left_of_message(const iovec& part, std::size_t offset) noexcept;
    [[nodiscard]] std::size_t send_masked_frame(std::span<const iovec>& parts, std::size_t& offset);
    void send_control(websocket_opcode opcode, byte_view payload);
    void send_close(std::uint16_t code);

    bool we_are_the_server_;
    bool close_sent_ = false;
    message_size size_of_message_ = nullptr;
    std::size_t left_of_message_ = 0;  // bytes of the message under way that were not sent yet
    websocket_decoder decoder_;
    std::unique_ptr<upgrade> upgrading_;  // the client's, until it is open
};

}  // namespace tepore::net
