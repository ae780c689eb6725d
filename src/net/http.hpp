// What the embedded pages need of HTTP/1.1: GET and HEAD of things that are already in memory. Everything else is refused in words.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace tepore::net {

/// Request line and header fields together; more is answered with 431.
inline constexpr std::size_t http_head_bytes_max = 8 * 1024;
/// From the first byte of a request (or from the opening of the connection) to its end.
inline constexpr duration http_head_patience = std::chrono::seconds(10);
/// Between two requests of one connection.
inline constexpr duration http_idle_patience = std::chrono::seconds(30);

/// Views live during the call they are given to.
struct http_request {
    std::string_view method;
    std::string_view path;   // without the query: "/index.html"
    std::string_view query;  // without "?"
    std::vector<std::pair<std::string_view, std::string_view>> fields;

    /// The first field of that name, in whatever case it was sent.
    [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const noexcept;
};

/// Something to show. All views must live as long as the listener, or be kept alive by `owner`.
struct http_content {
    byte_view body;
    std::string_view content_type = "text/html; charset=utf-8";
    std::string_view etag;                        // with its quotes; a request that already has it is answered 304
    std::string_view cache_control = "no-cache";  // "public, max-age=31536000, immutable" for names that contain a hash
    std::string_view content_encoding;            // "gzip" when the body is compressed; the routes look at accept-encoding
    std::string_view content_security_policy =
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    std::shared_ptr<const void> owner;
    unsigned status = 200;
};

/// What is at the request's path; nothing is a 404. Called on the listener's thread, for GET and HEAD.
using http_routes = std::function<std::optional<http_content>(const http_request&)>;

}  // namespace tepore::net
