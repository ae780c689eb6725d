// The server's half of one SCRAM-SHA-256 exchange. Nothing here is slow: the work of the password is the client's.
//
//   start --client first--> named --challenge()--> challenged --client final--> over
//
// Any error ends the exchange. What the errors say is for the log; the client is told no more than that it failed.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sasl/scram.hpp"

namespace tepore::sasl {

class scram_server {
public:
    /// `nonce`: unguessable and never used before. REQUIRES is_nonce().
    explicit scram_server(std::string nonce);

    /// The client's first message; on success user_name() is known.
    [[nodiscard]] result<void> read_first(std::string_view message);
    /// Prepared (SASLprep).
    [[nodiscard]] const std::string& user_name() const noexcept { return user_name_; }
    /// The answer to it. `verifier` is what is kept of user_name()'s password; `real` false: nothing is, and the exchange will fail, after the same
    /// work and with the same words as for a wrong password. REQUIRES that read_first() succeeded.
    [[nodiscard]] std::string challenge(const scram_verifier& verifier, bool real);
    /// The client's last message: ours with the signature, or why it failed.
    [[nodiscard]] result<std::string> read_final(std::string_view message);

private:
    enum class state : std::uint8_t { start, named, challenged, over };

    state state_ = state::start;
    std::string nonce_;  // ours; then the client's and ours
    std::string user_name_;
    std::string gs2_header_;
    std::string auth_message_;
    scram_verifier verifier_;
    bool real_ = false;
};

}  // namespace tepore::sasl
