#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "net/endpoint.hpp"
#include "net/tls_step.hpp"
#include "net/tls_wire.hpp"
#include "net/tls_words.hpp"

namespace tepore::net {
namespace {

/// A TLS record carries no more; so much plain text is taken at a time.
constexpr std::size_t record_bytes_max = 16 * 1024;
static_assert(receive_headroom_bytes > record_bytes_max, "decrypting in place needs room for the one record that OpenSSL may hold");

/// The plain text of the next record, taken off the front of `parts`, whose first was used up to `offset`: where it lies if it lies in one piece,
/// else gathered in `room`.
byte_view next_record(std::span<const iovec>& parts, std::size_t& offset, byte_span room) noexcept {
    std::size_t gathered = 0;
    while (!parts.empty() && gathered < room.size()) {
        const iovec& part = parts.front();
        const byte_view left{static_cast<const std::uint8_t*>(part.iov_base) + offset, part.iov_len - offset};
        const byte_view piece = left.first(std::min(left.size(), room.size() - gathered));
        offset += piece.size();
        if (offset == part.iov_len) {
            parts = parts.subspan(1);
            offset = 0;
        }
        if (gathered == 0 && (parts.empty() || piece.size() == room.size())) return piece;
        std::memcpy(room.data() + gathered, piece.data(), piece.size());
        gathered += piece.size();
    }
    return room.first(gathered);
}

/// Whether the server's next step needs a signature or a key agreement. In TLS 1.3 all of that is done with the answer to the client's first word;
/// what the client says last is only hashed, unless it shows a certificate.
bool is_expensive(const SSL* ssl) noexcept {
    const bool answered = SSL_version(ssl) == TLS1_3_VERSION && SSL_get_state(ssl) == TLS_ST_EARLY_DATA;
    return SSL_is_server(ssl) == 1 && !(answered && SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE);
}

}  // namespace

/// During a call on the stream's own thread.
struct tls_stream::straight_wire final : tls_wire {
    straight_wire(tls_stream& s, byte_view from = {}) : tls_wire(from), to(s) { plug_in(s.ssl_, *this); }
    void send(byte_view encrypted) override {
        const iovec part{const_cast<std::uint8_t*>(encrypted.data()), encrypted.size()};
        to.write_out({&part, 1});
    }
    tls_stream& to;
};

tls_stream::tls_stream(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> below, duration handshake_patience)
    : layer(std::move(below), "TLS handshake", handshake_patience), context_(std::move(context)), ssl_(context_->new_connection()) {}

std::unique_ptr<tls_stream> tls_stream::accept(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> below,
                                               duration handshake_patience) {
    std::unique_ptr<tls_stream> made(new tls_stream(std::move(context), std::move(below), handshake_patience));
    SSL_set_accept_state(made->ssl_);
    return made;
}

std::unique_ptr<tls_stream> tls_stream::connect(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> below,
                                                const std::string& server_name, duration handshake_patience) {
    std::unique_ptr<tls_stream> made(new tls_stream(std::move(context), std::move(below), handshake_patience));
    SSL* const ssl = made->ssl_;
    SSL_set_connect_state(ssl);
    if (endpoint::parse(server_name, 0)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), server_name.c_str());  // addresses have no SNI
    } else {
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(server_name.c_str()));  // SNI; the macro has a C cast
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        SSL_set1_host(ssl, server_name.c_str());
    }
    made->context_->resume(ssl, server_name);
    return made;
}

tls_stream::~tls_stream() {
    if (step_) step_->forget();
    // A connection that was cut would spoil its session for OpenSSL, and just then a client comes back with it.
    if (ssl_ != nullptr && is_open()) SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl_);
}

void tls_stream::begin() {
    if (SSL_is_server(ssl_) == 0) handshake({});
}

void tls_stream::arrived() {
    if (step_) step_->tell(loop(), *this);
}

void tls_stream::left() noexcept {
    if (step_) step_->tell_nobody();
}

bool tls_stream::is_resumed() const noexcept {
    return ssl_ != nullptr && SSL_session_reused(ssl_) == 1;
}

void tls_stream::decode(byte_span wire) {
    if (is_open()) return decrypt(wire);
    if (context_->handshakes() != nullptr && is_expensive(ssl_)) return hand_to_pool(wire);
    handshake(wire);
}

void tls_stream::handshake(byte_view bytes) {
    straight_wire wire(*this, bytes);
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_);
    if (done == 1) return opened(wire.incoming);
    if (SSL_get_error(ssl_, done) != SSL_ERROR_WANT_READ) end("the TLS handshake failed: " + tls_failure_words(ssl_));
}

void tls_stream::hand_to_pool(byte_view wire) {
    const auto step = std::make_shared<tls_step>(context_, std::exchange(ssl_, nullptr), wire);
    if (!context_->handshakes()->take([step] { step->run(); })) {
        ssl_ = step->take_ssl();
        return end("too many clients begin a TLS connection at the same time");
    }
    hold_input();
    step_ = step;
    step_->tell(loop(), *this);
}

void tls_stream::step_done() {
    const auto step = std::exchange(step_, nullptr);
    ssl_ = step->take_ssl();
    if (is_ending()) return;  // it took too long
    if (!step->output().empty()) {
        const iovec part{const_cast<std::uint8_t*>(step->output().data()), step->output().size()};
        write_out({&part, 1});
    }
    if (step->result() == tls_step::outcome::open) {
        opened(step->rest());
    } else if (step->result() == tls_step::outcome::goes_on) {
        proceed(step->rest());
    } else {
        end("the TLS handshake failed: " + step->why());
    }
}

void tls_stream::decrypt(byte_span bytes) {
    // In place: plain text is written from the front of the receive buffer and never reaches bytes that are still to be read. It is at most as long
    // as what was consumed of `bytes` plus one record that OpenSSL held before, for which the headroom is.
    const byte_span buffer = receive_buffer();
    straight_wire wire(*this, bytes);
    std::size_t produced = 0;
    int got = 0;
    ERR_clear_error();
    do {
        const std::size_t limit = wire.incoming.empty() ? buffer.size() : static_cast<std::size_t>(wire.incoming.data() - buffer.data());
        std::size_t size = 0;
        got = SSL_read_ex(ssl_, buffer.data() + produced, limit - produced, &size);
        produced += size;
        // One more call to hear that there is no more would cost as much as a small record.
    } while (got == 1 && (!wire.incoming.empty() || SSL_has_pending(ssl_) == 1));
    if (got != 1) {
        const int ended = SSL_get_error(ssl_, got);
        if (ended == SSL_ERROR_ZERO_RETURN) {
            finish();
        } else if (ended != SSL_ERROR_WANT_READ) {
            end("TLS failed: " + tls_failure_words(ssl_));
        }
    }
    if (produced > 0) deliver(buffer.first(produced));
}

std::size_t tls_stream::send(std::span<const iovec> parts) {
    std::size_t offered = 0;
    for (const iovec& part : parts) offered += part.iov_len;
    std::size_t taken = 0;
    std::size_t offset = 0;
    std::array<std::uint8_t, record_bytes_max> room;  // NOLINT: filled before it is read
    ERR_clear_error();
    while (taken < offered && may_send()) {
        const byte_view record = next_record(parts, offset, room);
        if (record.empty()) continue;
        if (!encrypt(record)) break;
        taken += record.size();
    }
    if (taken < offered) ask_for_room();
    return taken;
}

bool tls_stream::encrypt(byte_view plain) {
    straight_wire wire(*this);
    std::size_t written = 0;
    if (SSL_write_ex(ssl_, plain.data(), plain.size(), &written) == 1) return true;
    end("TLS failed: " + tls_library_words());
    return false;
}

void tls_stream::say_goodbye() {
    straight_wire wire(*this);
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
}

}  // namespace tepore::net
