// The client's half of SCRAM-SHA-256, for one user. An exchange may begin again at any time: begin() forgets the one before.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sasl/scram.hpp"

namespace tepore::sasl {

class scram_client {
public:
    /// Nothing is checked here: begin() does.
    scram_client(std::string user_name, std::string password);

    /// The first message; an error when name or password cannot be used (SASLprep). `nonce`: unguessable and never used before; REQUIRES is_nonce().
    [[nodiscard]] result<std::string> begin(std::string nonce);
    /// The server's first message: ours with the proof. Slow (pbkdf2_sha256()) unless salt and iterations are those of the last time.
    [[nodiscard]] result<std::string> answer(std::string_view server_first);
    /// The server's final message: nothing when it proves that the server knows the user.
    [[nodiscard]] result<void> verify(std::string_view server_final);

private:
    enum class state : std::uint8_t { start, greeted, answered, over };

    std::string user_name_;
    std::string password_;
    state state_ = state::start;
    std::string nonce_;
    std::string auth_message_;
    digest server_signature_{};
    // Of the last password work.
    std::optional<scram_keys> keys_;
    std::vector<std::uint8_t> salt_;
    std::uint32_t iterations_ = 0;
};

}  // namespace tepore::sasl
