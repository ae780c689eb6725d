// Waits for connections at one address and hands each out as a stream with all its layers: TCP, TLS, WebSocket, WebSocket over TLS.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "net/address.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"

namespace tepore::net {

/// Read for tls and wss only.
struct server_tls_options {
    std::string cert_file;       // PEM, the server's certificate first, then the chain
    std::string key_file;        // PEM
    std::string client_ca_file;  // PEM; empty: clients are not asked for a certificate
    bool require_client_cert = false;
    bool session_tickets = true;  // without client_ca_file: clients that come back are spared the certificate; see ticket_keys.hpp
};

class handshake_pool;
class tls_context;

/// A listener of ws or wss keeps at most so many connections that did not (yet) become WebSockets; the one that has been there longest gives way.
inline constexpr std::size_t http_connections_max = 1024;

enum class port_sharing : std::uint8_t {
    alone,  // the usual: nobody else may listen there
    first,  // fails like `alone` when the port is taken, then lets `next` listeners of this program join
    next,   // joins a `first` one; the kernel spreads connections over the listeners
};

struct listen_spec {
    address at;  // port 0: the system chooses; see listener::at()
    server_tls_options tls;
    std::shared_ptr<const tls_context> prepared_tls;  // by prepare()
    port_sharing sharing = port_sharing::alone;

    // ws and wss only. The WebSocket lives at at.path, the pages everywhere else.
    http_routes pages;  // empty: no pages
    /// Origins ("https://home.example") that may open a WebSocket besides those of the same host; "*" is every one. Requests without an Origin
    /// (programs, not browsers) are always let in.
    std::vector<std::string> origins_allowed;

    log_sink* log = &silent_log();  // troubles that belong to no connection; must outlive the listener
};

/// For listeners that several loops open from one spec: reads the certificates once, and makes what they share: ticket keys, since a client may come
/// back to any of them, and `handshakes` (null: none), which must outlive the listeners and their streams.
[[nodiscard]] result<void> prepare(listen_spec& spec, handshake_pool* handshakes);

class listener {
public:
    /// Stops listening and closes connections that were not handed out yet. On the loop's thread, before the loop.
    virtual ~listener() = default;
    /// Where it really listens (the port that the system chose).
    [[nodiscard]] virtual const address& at() const noexcept = 0;
};

/// The streams are not attached: attach each to any loop (on that loop's thread), at once or later. TLS handshakes run after attach(), bounded in
/// time by the stream itself (tls_handshake_patience); WebSockets have been upgraded before. `on_stream` is called on the loop's thread.
/// Errors: "cannot listen on 127.0.0.1:1883: another program uses this port (…)", unreadable certificates, unknown hosts.
[[nodiscard]] result<std::unique_ptr<listener>> listen(loop& on, const listen_spec& spec, std::function<void(std::unique_ptr<stream>)> on_stream);

}  // namespace tepore::net
