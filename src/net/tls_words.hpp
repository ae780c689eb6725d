// What went wrong in TLS, in words for a person. The only place that knows OpenSSL's error list.
#pragma once

#include <string>

struct ssl_st;

namespace tepore::net {

/// The last thing OpenSSL complained of on this thread; its list is empty afterwards.
[[nodiscard]] std::string tls_library_words();

/// Why this connection failed.
[[nodiscard]] std::string tls_failure_words(const ssl_st* ssl);

}  // namespace tepore::net
