// Where to listen or to connect, as a person writes it: "tcp://127.0.0.1:1883", "mqtts://amy:pa%20ss@broker.example", "ws://[::1]:8080/mqtt".
// Pure: no look-up, no sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tepore::net {

enum class transport : std::uint8_t { tcp, tls, ws, wss };

/// "tcp", "tls", "ws", "wss".
[[nodiscard]] std::string_view name_of(transport kind) noexcept;
[[nodiscard]] inline bool is_encrypted(transport kind) noexcept {
    return kind == transport::tls || kind == transport::wss;
}
[[nodiscard]] inline bool is_websocket(transport kind) noexcept {
    return kind == transport::ws || kind == transport::wss;
}

/// Longer addresses are refused.
inline constexpr std::size_t address_bytes_max = 2048;

struct address {
    transport kind = transport::tcp;
    std::string host;  // a name, an IPv4 or an IPv6 address without brackets
    std::uint16_t port = 0;
    std::string path;                     // ws and wss only, with its query; "/mqtt" when none was written
    std::optional<std::string> user;      // percent-decoded
    std::optional<std::string> password;  // percent-decoded

    /// "ws://[::1]:8080/mqtt": without user and password, so fit for logs.
    [[nodiscard]] std::string text() const;
    /// "[::1]:8080".
    [[nodiscard]] std::string host_and_port() const;
};

/// Schemes: tcp, mqtt (1883); tls, ssl, mqtts (8883); ws (80); wss (443). The error names what is wrong and shows an example.
[[nodiscard]] result<address> parse_address(std::string_view text);

}  // namespace tepore::net
