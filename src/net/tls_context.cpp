#include "net/tls_context.hpp"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "net/tls_wire.hpp"
#include "net/tls_words.hpp"
#include "net/unique_fd.hpp"

namespace tepore::net {
namespace {

/// Opening it first gives the reason that OpenSSL hides: missing, not readable, a directory.
result<void> check_file(const char* what, const std::string& path) {
    if (path.empty()) return failure(std::string("TLS needs ") + what + ", and none is named");
    const unique_fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char byte = 0;
    if (!fd || ::read(fd.get(), &byte, 1) < 0) return failure(std::string("cannot read ") + what + " \"" + path + "\": " + std::strerror(errno));
    return {};
}

std::unexpected<error> bad_file(const char* what, const std::string& path) {
    return failure(std::string("cannot use ") + what + " \"" + path + "\": " + tls_library_words());
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

ticket_key random_ticket_key() {
    ticket_key key;
    for (const byte_span part : {byte_span(key.name), byte_span(key.cipher), byte_span(key.mac)}) {
        // Only on a system that gives no randomness. Better no broker than one whose keys can be guessed.
        if (RAND_bytes(part.data(), static_cast<int>(part.size())) != 1) std::abort();
    }
    return key;
}

/// Whom a client's connection asked for, and verified if it verifies: a name or an address.
std::string server_of(SSL* connection) {
    X509_VERIFY_PARAM* const asked = SSL_get0_param(connection);
    if (const char* name = X509_VERIFY_PARAM_get0_host(asked, 0); name != nullptr) return name;
    char* const address = X509_VERIFY_PARAM_get1_ip_asc(asked);
    std::string copy = address != nullptr ? address : "";
    OPENSSL_free(address);
    return copy;
}

}  // namespace

struct tls_context::callbacks {
    static tls_context& self(const SSL* connection) {
        return *static_cast<tls_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));  // NOLINT: OpenSSL gives back what it was given
    }

    /// Encrypts a ticket (`making`) or opens one. 0: nobody knows this ticket, and a whole handshake follows; 2: it holds, but a fresh one is due.
    static int ticket(SSL* connection, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int making) {
        ticket_keys& keys = *self(connection).ticket_keys_;
        const monotonic now = std::chrono::steady_clock::now();
        ticket_key key;
        bool is_newest = true;
        if (making == 1) {
            key = keys.for_new_tickets(now);
            std::ranges::copy(key.name, name);
            if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
            if (EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv) != 1) return -1;
        } else {
            const auto found = keys.find({name, key.name.size()}, now);
            if (!found) return 0;
            key = found->key;
            is_newest = found->is_newest;
            if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv) != 1) return -1;
        }
        const std::array settings{OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
                                  OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),  // NOLINT: reads only
                                  OSSL_PARAM_construct_end()};
        if (EVP_MAC_CTX_set_params(mac, settings.data()) != 1) return -1;
        // A ticket of TLS 1.3 is for one use: who shows one gets the next.
        return is_newest && SSL_version(connection) < TLS1_3_VERSION ? 1 : 2;
    }

    /// A client's: the server has given a ticket. 1: we keep the session.
    static int session(SSL* connection, SSL_SESSION* fresh) {
        self(connection).keep(server_of(connection), fresh);
        return 1;
    }
};

tls_context::~tls_context() {
    SSL_SESSION_free(session_);
    SSL_CTX_free(context_);
}

ssl_st* tls_context::new_connection() const {
    return make_wired(context_);
}

result<std::shared_ptr<const tls_context>> tls_context::server(const server_tls_options& options, handshake_pool* handshakes) {
    const std::shared_ptr<tls_context> made(new tls_context);
    made->handshakes_ = handshakes;
    SSL_CTX* const context = made->context_ = new_context(TLS_server_method());
    SSL_CTX_set_app_data(context, made.get());
    if (auto used = use_certificate(context, options.cert_file, options.key_file); !used) return std::unexpected(used.error());
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    // A ticket outlives the certificate that was shown for it, and is renewed with each use: who shows certificates shows them every time.
    if (options.session_tickets && options.client_ca_file.empty()) {
        made->offer_tickets();
    } else {
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(context, 0);
    }
    if (auto asked = made->ask_for_client_certificates(options); !asked) return std::unexpected(asked.error());
    return made;
}

result<void> tls_context::ask_for_client_certificates(const server_tls_options& options) {
    if (options.client_ca_file.empty()) {
        if (options.require_client_cert) return failure("client certificates are required, but no CA to check them is named");
        return {};
    }
    if (auto trusted = trust(context_, options.client_ca_file); !trusted) return trusted;
    SSL_CTX_set_client_CA_list(context_, SSL_load_client_CA_file(options.client_ca_file.c_str()));
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | (options.require_client_cert ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
    return {};
}

void tls_context::offer_tickets() {
    ticket_keys_ = std::make_unique<ticket_keys>(random_ticket_key);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context_, callbacks::ticket);
    SSL_CTX_set_timeout(context_, std::chrono::duration_cast<std::chrono::seconds>(ticket_key_life).count());
    SSL_CTX_set_num_tickets(context_, 1);  // enough for clients that open one connection
    constexpr std::string_view session_context = "tepore";
    SSL_CTX_set_session_id_context(context_, as_bytes(session_context).data(), static_cast<unsigned>(session_context.size()));
}

result<std::shared_ptr<const tls_context>> tls_context::client(const client_tls_options& options) {
    const std::shared_ptr<tls_context> made(new tls_context);
    SSL_CTX* const context = made->context_ = new_context(TLS_client_method());
    SSL_CTX_set_app_data(context, made.get());
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, callbacks::session);
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

void tls_context::keep(std::string server, ssl_session_st* session) const {
    const std::scoped_lock guard(session_lock_);
    SSL_SESSION_free(std::exchange(session_, session));
    session_server_ = std::move(server);
}

void tls_context::resume(ssl_st* connection, const std::string& server) const {
    const std::scoped_lock guard(session_lock_);
    if (session_ == nullptr || session_server_ != server) return;
    SSL_set_session(connection, session_);
    // A ticket of TLS 1.3 is for one use, so that nobody who watches can tell that two connections are of the same client; the server gives the next.
    if (SSL_SESSION_get_protocol_version(session_) == TLS1_3_VERSION) SSL_SESSION_free(std::exchange(session_, nullptr));
}

}  // namespace tepore::net
