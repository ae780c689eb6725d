#include "net/tls_step.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net/tls.hpp"
#include "net/tls_wire.hpp"
#include "net/tls_words.hpp"

namespace tepore::net {
namespace {

/// The worker sends it: the socket is in its hands all the time.
struct keeping_wire final : tls_wire {
    keeping_wire(byte_view from, std::vector<std::uint8_t>& into) : tls_wire(from), to(into) {}
    void send(byte_view encrypted) override { to.insert(to.end(), encrypted.begin(), encrypted.end()); }
    std::vector<std::uint8_t>& to;
};

}  // namespace

tls_step::~tls_step() {
    SSL_free(ssl_);
}

void tls_step::run() {
    {
        const std::scoped_lock guard(lock_);
        if (forgotten_) return;
    }
    keeping_wire wire(input_, output_);
    plug_in(ssl_, wire);
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_);
    if (done == 1) {
        outcome_ = outcome::open;
    } else if (SSL_get_error(ssl_, done) == SSL_ERROR_WANT_READ) {
        outcome_ = outcome::goes_on;
    } else {
        outcome_ = outcome::failed;
        why_ = tls_failure_words(ssl_);
    }
    used_ = input_.size() - wire.incoming.size();
    const std::scoped_lock guard(lock_);
    done_ = true;
    post_news();
}

void tls_step::tell(loop& where, tls_stream& whom) {
    const std::scoped_lock guard(lock_);
    where_ = &where;
    whom_ = &whom;
    if (done_) post_news();
}

void tls_step::tell_nobody() noexcept {
    const std::scoped_lock guard(lock_);
    where_ = nullptr;
    whom_ = nullptr;
}

void tls_step::forget() noexcept {
    const std::scoped_lock guard(lock_);
    forgotten_ = true;
    where_ = nullptr;
    whom_ = nullptr;
}

/// Under the lock, so that the loop is there: a stream leaves its loop, which takes the lock, before the loop ends.
void tls_step::post_news() {
    if (where_ == nullptr) return;
    where_->post([step = shared_from_this(), at = where_] { step->bring_news(*at); });
}

void tls_step::bring_news(const loop& at) {
    tls_stream* whom = nullptr;
    {
        const std::scoped_lock guard(lock_);
        if (where_ != &at) return;  // it has moved on, or news came twice
        whom = std::exchange(whom_, nullptr);
        where_ = nullptr;
    }
    whom->step_done();
}

}  // namespace tepore::net
