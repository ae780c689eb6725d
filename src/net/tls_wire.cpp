#include "net/tls_wire.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <algorithm>
#include <cstring>

namespace tepore::net {
namespace {

tls_wire& wire_of(BIO* b) {
    return *static_cast<tls_wire*>(BIO_get_data(b));
}

int write(BIO* b, const char* bytes, std::size_t size, std::size_t* written) {
    wire_of(b).send({reinterpret_cast<const std::uint8_t*>(bytes), size});
    *written = size;
    return 1;
}

int read(BIO* b, char* into, std::size_t size, std::size_t* got) {
    byte_view& incoming = wire_of(b).incoming;
    BIO_clear_retry_flags(b);
    *got = std::min(size, incoming.size());
    if (*got == 0) {
        BIO_set_retry_read(b);
        return 0;
    }
    std::memcpy(into, incoming.data(), *got);
    incoming = incoming.subspan(*got);
    return 1;
}

long control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// One for the program; connections may still end after everything else, so it is never given back.
const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
        BIO_METHOD* m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "tepore stream");
        BIO_meth_set_write_ex(m, write);
        BIO_meth_set_read_ex(m, read);
        BIO_meth_set_ctrl(m, control);
        return m;
    }();
    return made;
}

}  // namespace

ssl_st* make_wired(ssl_ctx_st* context) {
    SSL* const made = SSL_new(context);
    BIO* const through = BIO_new(method());
    BIO_set_init(through, 1);
    SSL_set_bio(made, through, through);
    return made;
}

void plug_in(ssl_st* ssl, tls_wire& wire) noexcept {
    BIO_set_data(SSL_get_rbio(ssl), &wire);
}

}  // namespace tepore::net
