// Where OpenSSL reads from and writes to during one call: nothing of it lives longer, and OpenSSL has no socket of its own.
#pragma once

#include "base/bytes.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace tepore::net {

class tls_wire {
public:
    byte_view incoming;  // not yet read by OpenSSL
    /// Takes everything, always: SSL_write never has to be repeated.
    virtual void send(byte_view encrypted) = 0;

protected:
    explicit tls_wire(byte_view from) noexcept : incoming(from) {}
    ~tls_wire() = default;
};

/// A new connection's state. It uses the wire that was plugged in last.
[[nodiscard]] ssl_st* make_wired(ssl_ctx_st* context);
void plug_in(ssl_st* ssl, tls_wire& wire) noexcept;

}  // namespace tepore::net
