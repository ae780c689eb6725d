#include "broker/scram_accounts.hpp"

#include <utility>

#include "broker/users.hpp"

namespace tepore::broker {

scram_accounts::scram_accounts(table known, const sasl::digest& secret) : known_(std::move(known)), secret_(secret) {
    for (const auto& [name, verifier] : known_)
        if (verifier) iterations_.push_back(verifier->iterations);
    if (iterations_.empty()) iterations_.push_back(scram_iterations);
}

sasl::scram_verifier scram_accounts::invent(std::string_view name) const {
    const auto draw = [&](std::string_view what) { return sasl::hmac_sha256(secret_, as_bytes(std::string(what) + ":" + std::string(name))); };
    const auto salt = draw("salt");
    const auto choice = draw("iterations");
    const auto number = static_cast<std::size_t>(choice[0]) << 16 | static_cast<std::size_t>(choice[1]) << 8 | choice[2];
    return {{salt.begin(), salt.begin() + scram_salt_bytes}, iterations_[number % iterations_.size()], draw("stored key"), draw("server key")};
}

scram_accounts::account scram_accounts::find(std::string_view name) const {
    auto invented = invent(name);
    const auto found = known_.find(name);
    if (found == known_.end()) return {std::move(invented), standing::unknown};
    if (!found->second) return {std::move(invented), standing::no_verifier};
    return {*found->second, standing::real};
}

}  // namespace tepore::broker
