// What the shards ask about users that log in by SCRAM. Never changes after it is made: any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sasl/scram.hpp"

namespace tepore::broker {

class scram_accounts {
public:
    /// User names (prepared, RFC 4013) and their verifiers; without one a user can log in by password only.
    using table = std::map<std::string, std::optional<sasl::scram_verifier>, std::less<>>;

    /// `secret`: unguessable; the same for the life of the broker, so that the same stranger is always asked the same.
    scram_accounts(table known, const sasl::digest& secret);

    enum class standing : std::uint8_t { real, no_verifier, unknown };
    struct account {
        sasl::scram_verifier verifier;  // not `real`: one that looks like the others, and that nobody knows the password of
        broker::scram_accounts::standing standing = standing::unknown;
    };
    /// Takes as long for a stranger as for a user.
    [[nodiscard]] account find(std::string_view name) const;

private:
    [[nodiscard]] sasl::scram_verifier invent(std::string_view name) const;

    table known_;
    std::vector<std::uint32_t> iterations_;  // of all verifiers: what looks plausible here
    sasl::digest secret_;
};

}  // namespace tepore::broker
