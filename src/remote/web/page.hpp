// The remote control page as bytes inside the binary: what an HTTP server needs to serve it.
//
// Everything here is constant for the life of the program and safe to read from any thread; views point into the program's
// read-only data. The page itself lives in web/ and speaks MQTT over WebSocket at /mqtt of the host that served it.
#pragma once

#include "base/bytes.hpp"

#include <span>
#include <string_view>

namespace tepore::remote {

struct page_file {
    std::string_view path;          ///< absolute, e.g. "/" or "/assets/index-Bx3f.js"
    std::string_view content_type;  ///< ready for the Content-Type header
    byte_view bytes;
    byte_view gzip;         ///< the same content for a client that accepts gzip (then also send Vary: Accept-Encoding)
    std::string_view etag;  ///< strong validator, quotes included; of `bytes` (add a suffix when sending `gzip`)
    bool immutable;         ///< the name holds the content's hash: may be cached for ever; otherwise revalidate each time
};

/// The header the page is tested with: serve it with every file.
inline constexpr std::string_view page_content_security_policy =
    "default-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// All files, sorted by file name. Empty when the program was built with TEPORE_WEB=OFF.
[[nodiscard]] std::span<const page_file> page_files() noexcept;

/// The file at `path` (without query string), or null. "/index.html" is the same file as "/".
[[nodiscard]] const page_file* find_page_file(std::string_view path) noexcept;

}  // namespace tepore::remote
