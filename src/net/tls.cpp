#include "net/tls.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <utility>

#include "net/endpoint.hpp"
#include "net/tcp_stream.hpp"
#include "net/unique_fd.hpp"

namespace tepore::net {
namespace {

/// A TLS record carries no more; so much plain text is taken at a time.
constexpr std::size_t record_bytes_max = 16 * 1024;
static_assert(receive_headroom_bytes > record_bytes_max, "decrypting in place needs room for the one record that OpenSSL may hold");

/// The last thing OpenSSL complained of on this thread, in words; its list is empty afterwards.
std::string library_words() {
    const auto code = ERR_peek_last_error();
    const char* words = ERR_reason_error_string(code);
    ERR_clear_error();
    return words != nullptr ? words : "unknown error";
}

std::string failure_words(const SSL* ssl) {
    if (const long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE) {
        const std::string words = X509_verify_cert_error_string(verdict);
        ERR_clear_error();
        if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
            return "the peer's certificate is for another host (" + words + ")";
        }
        return "the peer's certificate is not trusted (" + words + ")";
    }
    switch (ERR_GET_REASON(ERR_peek_last_error())) {
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
        case SSL_R_UNKNOWN_PROTOCOL:
        case SSL_R_BAD_RECORD_TYPE:
        case SSL_R_UNEXPECTED_MESSAGE:
        case SSL_R_RECORD_LENGTH_MISMATCH:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
        case SSL_R_RECORD_TOO_SMALL: return "the peer does not speak TLS here (" + library_words() + ")";
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "the peer knows only outdated versions of TLS (1.2 or newer is needed)";
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return "the client has sent no certificate, and one is required";
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return "the server requires a client certificate";
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN: return "the peer does not trust our certificate (" + library_words() + ")";
        default: return library_words();
    }
}

/// Opening it first gives the reason that OpenSSL hides: missing, not readable, a directory.
result<void> check_file(const char* what, const std::string& path) {
    if (path.empty()) return failure(std::string("TLS needs ") + what + ", and none is named");
    const unique_fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char byte = 0;
    if (!fd || ::read(fd.get(), &byte, 1) < 0) return failure(std::string("cannot read ") + what + " \"" + path + "\": " + std::strerror(errno));
    return {};
}

std::unexpected<error> bad_file(const char* what, const std::string& path) {
    return failure(std::string("cannot use ") + what + " \"" + path + "\": " + library_words());
}

result<void> use_certificate(SSL_CTX* context, const std::string& cert_file, const std::string& key_file) {
    // Without this OpenSSL would ask for a password on the terminal.
    SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return -1; });
    if (auto read = check_file("the certificate", cert_file); !read) return read;
    if (SSL_CTX_use_certificate_chain_file(context, cert_file.c_str()) != 1) return bad_file("the certificate", cert_file);
    if (auto read = check_file("the private key", key_file); !read) return read;
    if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        if (ERR_GET_REASON(ERR_peek_last_error()) != X509_R_KEY_VALUES_MISMATCH) return bad_file("the private key", key_file);
        ERR_clear_error();
        return failure("the private key \"" + key_file + "\" does not belong to the certificate \"" + cert_file + "\"");
    }
    return {};
}

result<void> trust(SSL_CTX* context, const std::string& ca_file) {
    if (auto read = check_file("the CA certificates", ca_file); !read) return read;
    if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) return bad_file("the CA certificates", ca_file);
    return {};
}

SSL_CTX* new_context(const SSL_METHOD* method) {
    SSL_CTX* context = SSL_CTX_new(method);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

}  // namespace

// OpenSSL reads from the bytes at hand and writes straight to the stream below. A write is always taken whole (what does not go out now is held by the
// layer), so SSL_write never has to be repeated.
struct tls_stream::bio {
    static tls_stream& self(BIO* b) { return *static_cast<tls_stream*>(BIO_get_data(b)); }

    static int write(BIO* b, const char* bytes, std::size_t size, std::size_t* written) {
        const iovec part{const_cast<char*>(bytes), size};
        self(b).write_out({&part, 1});
        *written = size;
        return 1;
    }

    static int read(BIO* b, char* into, std::size_t size, std::size_t* got) {
        byte_view& incoming = self(b).incoming_;
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

    static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

    static BIO_METHOD* make_method() {
        BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "tepore stream");
        BIO_meth_set_write_ex(method, write);
        BIO_meth_set_read_ex(method, read);
        BIO_meth_set_ctrl(method, control);
        return method;
    }
};

tls_context::~tls_context() {
    SSL_CTX_free(context_);
    BIO_meth_free(bio_method_);
}

result<std::shared_ptr<const tls_context>> tls_context::server(const server_tls_options& options) {
    const std::shared_ptr<tls_context> made(new tls_context);
    made->bio_method_ = tls_stream::bio::make_method();
    SSL_CTX* const context = made->context_ = new_context(TLS_server_method());
    if (auto used = use_certificate(context, options.cert_file, options.key_file); !used) return std::unexpected(used.error());
    // Tickets carry the resumed session; one is enough for clients that open one connection.
    SSL_CTX_set_num_tickets(context, 1);
    constexpr std::string_view session_context = "tepore";
    SSL_CTX_set_session_id_context(context, as_bytes(session_context).data(), static_cast<unsigned>(session_context.size()));
    if (options.client_ca_file.empty()) {
        if (options.require_client_cert) return failure("client certificates are required, but no CA to check them is named");
        return made;
    }
    if (auto trusted = trust(context, options.client_ca_file); !trusted) return std::unexpected(trusted.error());
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.client_ca_file.c_str()));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (options.require_client_cert ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
    return made;
}

result<std::shared_ptr<const tls_context>> tls_context::client(const client_tls_options& options) {
    const std::shared_ptr<tls_context> made(new tls_context);
    made->bio_method_ = tls_stream::bio::make_method();
    SSL_CTX* const context = made->context_ = new_context(TLS_client_method());
    if (!options.cert_file.empty() || !options.key_file.empty()) {
        if (auto used = use_certificate(context, options.cert_file, options.key_file); !used) return std::unexpected(used.error());
    }
    if (!options.ca_file.empty()) {
        if (auto trusted = trust(context, options.ca_file); !trusted) return std::unexpected(trusted.error());
    } else {
        SSL_CTX_set_default_verify_paths(context);
    }
    SSL_CTX_set_verify(context, options.verify_peer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    return made;
}

tls_stream::tls_stream(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> below, duration handshake_patience)
    : layer(std::move(below), "TLS handshake", handshake_patience), context_(std::move(context)), ssl_(SSL_new(context_->context_)) {
    BIO* const through = BIO_new(context_->bio_method_);
    BIO_set_data(through, this);
    BIO_set_init(through, 1);
    SSL_set_bio(ssl_, through, through);
}

std::unique_ptr<tls_stream> tls_stream::accept(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> below) {
    std::unique_ptr<tls_stream> made(new tls_stream(std::move(context), std::move(below), tls_handshake_patience));
    SSL_set_accept_state(made->ssl_);
    return made;
}

std::unique_ptr<tls_stream> tls_stream::connect(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> below, const std::string& server_name,
                                                duration handshake_patience) {
    std::unique_ptr<tls_stream> made(new tls_stream(std::move(context), std::move(below), handshake_patience));
    SSL* const ssl = made->ssl_;
    SSL_set_connect_state(ssl);
    if (endpoint::parse(server_name, 0)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), server_name.c_str());  // addresses have no SNI
    } else {
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(server_name.c_str()));  // SNI; the macro has a C cast
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        SSL_set1_host(ssl, server_name.c_str());
    }
    return made;
}

tls_stream::~tls_stream() { SSL_free(ssl_); }

void tls_stream::begin() {
    if (SSL_is_server(ssl_) == 0) static_cast<void>(handshake());
}

void tls_stream::decode(byte_span wire) {
    incoming_ = wire;
    if (is_open()) {
        decrypt();
    } else if (handshake()) {
        opened(std::exchange(incoming_, {}));
    }
}

bool tls_stream::handshake() {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_);
    if (done == 1) return true;
    if (SSL_get_error(ssl_, done) != SSL_ERROR_WANT_READ) end("the TLS handshake failed: " + failure_words(ssl_));
    return false;
}

void tls_stream::decrypt() {
    // In place: plain text is written from the front of the receive buffer and never reaches bytes that are still to be read. It is at most as long as
    // what was consumed of `incoming_` plus one record that OpenSSL held before, for which the headroom is.
    const byte_span buffer = receive_buffer();
    std::size_t produced = 0;
    int got = 0;
    ERR_clear_error();
    for (;;) {
        const std::size_t limit = incoming_.empty() ? buffer.size() : static_cast<std::size_t>(incoming_.data() - buffer.data());
        std::size_t size = 0;
        got = SSL_read_ex(ssl_, buffer.data() + produced, limit - produced, &size);
        if (got != 1) break;
        produced += size;
    }
    incoming_ = {};
    const int ended = SSL_get_error(ssl_, got);
    if (ended == SSL_ERROR_ZERO_RETURN) {
        finish();
    } else if (ended != SSL_ERROR_WANT_READ) {
        end("TLS failed: " + failure_words(ssl_));
    }
    if (produced > 0) deliver(buffer.first(produced));
}

std::size_t tls_stream::send(std::span<const iovec> parts) {
    std::size_t offered = 0;
    for (const iovec& part : parts) offered += part.iov_len;
    std::size_t taken = 0;
    std::array<std::uint8_t, record_bytes_max> gathered;  // NOLINT: filled before it is read
    std::size_t gathered_bytes = 0;
    ERR_clear_error();
    for (const iovec& part : parts) {
        byte_view left{static_cast<const std::uint8_t*>(part.iov_base), part.iov_len};
        while (!left.empty() && may_send()) {
            if (gathered_bytes == 0 && left.size() >= record_bytes_max) {
                if (encrypt(left.first(record_bytes_max))) taken += record_bytes_max;
                left = left.subspan(record_bytes_max);
                continue;
            }
            const std::size_t size = std::min(left.size(), record_bytes_max - gathered_bytes);
            std::memcpy(gathered.data() + gathered_bytes, left.data(), size);
            gathered_bytes += size;
            left = left.subspan(size);
            if (gathered_bytes == record_bytes_max) {
                if (encrypt(gathered)) taken += gathered_bytes;
                gathered_bytes = 0;
            }
        }
    }
    if (gathered_bytes > 0 && may_send() && encrypt({gathered.data(), gathered_bytes})) taken += gathered_bytes;
    if (taken < offered) ask_for_room();
    return taken;
}

bool tls_stream::encrypt(byte_view plain) {
    std::size_t written = 0;
    if (SSL_write_ex(ssl_, plain.data(), plain.size(), &written) == 1) return true;
    end("TLS failed: " + library_words());
    return false;
}

void tls_stream::say_goodbye() {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
}

result<void> check(const client_tls_options& options) {
    auto made = tls_context::client(options);
    if (!made) return std::unexpected(made.error());
    return {};
}

}  // namespace tepore::net
