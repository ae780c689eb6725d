// The built-in method of enhanced authentication.
#include "base/random.hpp"
#include "sasl/base64.hpp"
#include "sasl/scram_client.hpp"
#include "tepore/authentication.hpp"

namespace tepore {
namespace {

/// 144 bits, and no padding in base 64.
constexpr std::size_t nonce_bytes = 18;

authentication_step step_of(result<std::string> message) {
    if (!message) return {std::nullopt, std::move(message.error().message)};
    return {std::move(*message), {}};
}

class scram final : public authenticator {
public:
    scram(std::string user_name, std::string password) : machine_(std::move(user_name), std::move(password)) {}

    std::string method() const override { return std::string(sasl::scram_sha_256); }
    authentication_step begin() override { return step_of(machine_.begin(sasl::to_base64(random_bytes<nonce_bytes>()))); }
    authentication_step challenge(const std::optional<std::string>& data) override { return step_of(machine_.answer(data.value_or(""))); }
    std::optional<std::string> success(const std::optional<std::string>& data) override {
        const auto proven = machine_.verify(data.value_or(""));
        return proven ? std::nullopt : std::optional(proven.error().message);
    }

private:
    sasl::scram_client machine_;
};

}  // namespace

std::shared_ptr<authenticator> make_scram_sha_256(std::string user_name, std::string password) {
    return std::make_shared<scram>(std::move(user_name), std::move(password));
}

}  // namespace tepore
