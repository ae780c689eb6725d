// Certificates, trust and what is remembered of sessions: read once, and shared by the connections of a listener in all workers, or by the dials of
// a client. Which files, which peers are trusted: options in listener.hpp and dial.hpp; all else is fixed here: TLS 1.2 and 1.3, no renegotiation,
// no compression, no cache of sessions (tickets are kept by the clients), buffers released while idle.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/result.hpp"
#include "net/dial.hpp"
#include "net/handshake_pool.hpp"
#include "net/listener.hpp"
#include "net/ticket_keys.hpp"

struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;

namespace tepore::net {

/// Threads: may be shared by any.
class tls_context {
public:
    /// Errors name the file and what is wrong with it. `handshakes` must outlive all streams; without it the expensive steps of handshakes are
    /// done on the loop's thread.
    [[nodiscard]] static result<std::shared_ptr<const tls_context>> server(const server_tls_options& options, handshake_pool* handshakes = nullptr);
    [[nodiscard]] static result<std::shared_ptr<const tls_context>> client(const client_tls_options& options);

    ~tls_context();
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;

    [[nodiscard]] ssl_st* new_connection() const;
    [[nodiscard]] handshake_pool* handshakes() const noexcept { return handshakes_; }
    /// Of a client: begins where the last session with this server ended, if there was one and it gave us a ticket.
    void resume(ssl_st* connection, const std::string& server) const;

private:
    struct callbacks;
    tls_context() = default;
    [[nodiscard]] result<void> ask_for_client_certificates(const server_tls_options& options);
    void offer_tickets();
    void keep(std::string server, ssl_session_st* session) const;

    ssl_ctx_st* context_ = nullptr;
    handshake_pool* handshakes_ = nullptr;
    std::unique_ptr<ticket_keys> ticket_keys_;  // a server's

    // A client's: one session with one server, the last.
    mutable std::mutex session_lock_;
    mutable std::string session_server_;
    mutable ssl_session_st* session_ = nullptr;
};

}  // namespace tepore::net
