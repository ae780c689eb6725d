// Where the broker listens: "tcp://127.0.0.1:1883".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tepore::settings {

enum class transport : std::uint8_t { tcp, tls, ws, wss };

struct listener {
    tepore::settings::transport transport = transport::tcp;
    std::string host;        // an address without brackets, or a name; "0.0.0.0" and "::": every interface
    std::uint16_t port = 0;  // 0: a free one

    [[nodiscard]] bool encrypted() const noexcept { return transport == transport::tls || transport == transport::wss; }
    /// Only programs on this machine can reach it.
    [[nodiscard]] bool loopback() const noexcept;
};

/// Without a port: 1883, 8883 (tls), 8080 (ws), 8443 (wss). IPv6 addresses stand in brackets.
[[nodiscard]] result<listener> parse_listener(std::string_view text);

/// The same as text, with port.
[[nodiscard]] std::string to_string(const listener& l);

}  // namespace tepore::settings
