// Connects out: resolves, connects, and goes through all handshakes (TLS, WebSocket) of an address.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/address.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"

namespace tepore::net {

/// What a client keeps of TLS between its dials: the certificate files as they were read, and the ticket of the last session, with which the next
/// handshake needs no certificate. Any thread.
class tls_memory;
[[nodiscard]] std::shared_ptr<tls_memory> make_tls_memory();

/// Read for tls and wss only.
struct client_tls_options {
    std::string ca_file;    // PEM; empty: the system's store
    std::string cert_file;  // PEM client certificate (chain), with key_file; empty: none
    std::string key_file;
    bool verify_peer = true;             // false: neither the chain nor the host name is checked
    std::string server_name;             // for SNI and the host name check; empty: the host of the address
    std::shared_ptr<tls_memory> memory;  // null: nothing is kept

    bool operator==(const client_tls_options&) const = default;
};

struct dial_options {
    client_tls_options tls;
    duration timeout = std::chrono::seconds(10);  // for everything together: look-up, connecting, handshakes
};

/// The stream is open and not attached: attach() calls on_open() at once. The error is in words, with the address.
using dial_result = result<std::unique_ptr<stream>>;

/// An attempt under way. Destroying it gives the attempt up, at once, and on_result is not called any more. Destroy it before the loop,
/// on the loop's thread; inside on_result is allowed.
class dialing {
public:
    virtual ~dialing() = default;
};

/// Begins to connect. `on_result` is called once, on the loop's thread, never from inside this call; bad TLS files come out there as well.
/// Names are looked up on a helper thread (numeric addresses and "localhost" without one); nothing ever waits for that thread.
[[nodiscard]] std::unique_ptr<dialing> dial(loop& on, const address& to, const dial_options& options, std::function<void(dial_result)> on_result);

/// Reads the certificate files of `options` as a dial would, into their memory if they have one. Lets a caller refuse bad options before it starts.
[[nodiscard]] result<void> check(const client_tls_options& options);

}  // namespace tepore::net
