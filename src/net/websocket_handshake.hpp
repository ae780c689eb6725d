// The upgrade from HTTP to WebSocket (RFC 6455, section 4), both sides. Sub-protocol "mqtt" is demanded and given; extensions never.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_head.hpp"

namespace tepore::net {

/// Whether a browser's page may open a WebSocket here: its origin is the host that was asked ("same host"), or in `allowed`, or there is none.
[[nodiscard]] bool origin_is_allowed(const http_request& request, const std::vector<std::string>& allowed) noexcept;

struct upgrade_refusal {
    unsigned status = 400;
    std::string_view why;           // static text
    std::string_view extra_fields;  // lines of the response's head, each with its end
};

/// The whole 101 response.
[[nodiscard]] std::expected<std::string, upgrade_refusal> answer_upgrade(const http_head& head, const std::vector<std::string>& origins_allowed);

/// Sixteen random bytes in base 64.
[[nodiscard]] std::string make_upgrade_key();
/// `host` is "broker.example:8080".
[[nodiscard]] std::string make_upgrade_request(std::string_view host, std::string_view path, std::string_view key);
/// What is wrong with the server's answer to a request with `key`, in words; nothing when it is right. `head` is one complete head.
[[nodiscard]] std::optional<std::string> check_upgrade_response(std::string_view head, std::string_view key);

}  // namespace tepore::net
