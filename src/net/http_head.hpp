// The head of an HTTP/1.1 message: first line and fields. Parsing is a library's (docs/decisions/0003-http-parser.md), behind one .cpp.
// Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "net/http.hpp"

namespace tepore::net {

/// Views point into the text that was parsed.
struct http_head {
    http_request request;        // of requests; of responses only the fields
    unsigned status = 0;         // of responses
    std::string_view reason;     // of responses
    unsigned minor_version = 1;  // HTTP/1.x
    bool keep_alive = false;
    bool has_body = false;
};

/// The size of the head at the start of `text` (up to and with its empty line), or nothing when it is not complete.
[[nodiscard]] std::optional<std::size_t> find_http_head(std::string_view text) noexcept;

struct http_refusal {
    unsigned status = 400;
    std::string_view why;  // static text
};

/// `text` is exactly one head. The error is for the peer.
[[nodiscard]] std::expected<http_head, http_refusal> parse_http_request(std::string_view text);
[[nodiscard]] std::expected<http_head, http_refusal> parse_http_response(std::string_view text);

/// "Not Found".
[[nodiscard]] std::string_view http_reason(unsigned status) noexcept;

/// Compares ASCII text without regard to case.
[[nodiscard]] bool same_word(std::string_view a, std::string_view b) noexcept;
/// Whether the comma-separated `list` has `word`, in whatever case.
[[nodiscard]] bool list_has(std::string_view list, std::string_view word) noexcept;

}  // namespace tepore::net
