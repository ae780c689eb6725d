// Logging in by challenge and response (MQTT 5.0, 4.12): the methods of client_options::authentication.
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace tepore {

/// What goes to the broker next, or why nothing does.
struct authentication_step {
    std::optional<std::string> data;  // any bytes, at most 65,535
    std::string error;                // in words; not empty: the connection is ended
};

/// The client's side of one method. The client calls it on its own thread, never under a lock, and for one exchange at a time; it may take its time,
/// but meanwhile this client does nothing else.
class authenticator {
public:
    virtual ~authenticator() = default;
    /// The method's name, as the broker knows it; the same at each call.
    [[nodiscard]] virtual std::string method() const = 0;
    /// A new exchange, for a new connection or a re-authentication; the one before is forgotten. Data: what the client says first, if the method
    /// wants it.
    [[nodiscard]] virtual authentication_step begin() = 0;
    /// The broker asks for more.
    [[nodiscard]] virtual authentication_step challenge(const std::optional<std::string>& data) = 0;
    /// The broker is content. An error, in words, when its last data do not prove what they should: nothing was sent to it yet.
    [[nodiscard]] virtual std::optional<std::string> success(const std::optional<std::string>& data) = 0;
};

/// SCRAM-SHA-256 (RFC 7677): the password is never sent, and the broker must prove that it knows the user. What the password's hash costs, it costs
/// once for each salt that the broker names.
[[nodiscard]] std::shared_ptr<authenticator> make_scram_sha_256(std::string user_name, std::string password);

}  // namespace tepore
