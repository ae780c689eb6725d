#include "sasl/scram_client.hpp"

#include <cassert>
#include <utility>

#include "sasl/base64.hpp"
#include "sasl/prep.hpp"

namespace tepore::sasl {
namespace {

constexpr std::string_view gs2_header = "n,,";

}  // namespace

scram_client::scram_client(std::string user_name, std::string password) : user_name_(std::move(user_name)), password_(std::move(password)) {}

result<std::string> scram_client::begin(std::string nonce) {
    assert(is_nonce(nonce));
    state_ = state::over;
    const auto name = prepare(user_name_);
    if (!name) return failure("the user name cannot be used with SCRAM: " + name.error().message);
    if (name->empty()) return failure("SCRAM needs a user name");
    const auto password = prepare(password_);
    if (!password) return failure("the password cannot be used with SCRAM: " + password.error().message);
    auto bare = "n=" + escape_name(*name) + ",r=" + nonce;
    if (gs2_header.size() + bare.size() > scram_message_bytes_max) return failure("the user name is too long for SCRAM");
    nonce_ = std::move(nonce);
    auth_message_ = bare;
    state_ = state::greeted;
    return std::string(gs2_header) + bare;
}

result<std::string> scram_client::answer(std::string_view server_first) {
    if (std::exchange(state_, state::over) != state::greeted) return failure("the broker asks out of turn");
    if (server_first.size() > scram_message_bytes_max) return failure("the broker's message is too long");
    if (server_first.starts_with("m=")) return failure("the broker needs an extension that we do not know");
    auto rest = server_first;
    const auto nonce = take_attribute(rest, 'r');
    if (!nonce) return std::unexpected(nonce.error());
    if (nonce->size() <= nonce_.size() || !nonce->starts_with(nonce_) || !is_nonce(nonce->substr(nonce_.size())))
        return failure("the broker's nonce does not continue ours");
    const auto salt_text = take_attribute(rest, 's');
    if (!salt_text) return std::unexpected(salt_text.error());
    auto salt = from_base64(*salt_text);
    if (!salt || salt->empty() || salt->size() > salt_bytes_max) return failure("the broker's salt is not 1 to 256 bytes in base 64");
    const auto iterations_text = take_attribute(rest, 'i');
    if (!iterations_text) return std::unexpected(iterations_text.error());
    const auto iterations = parse_iterations(*iterations_text);
    if (!iterations) return std::unexpected(iterations.error());
    if (!are_extensions(rest)) return failure("something that is no attribute follows the broker's iteration count");

    if (!keys_ || salt_ != *salt || iterations_ != *iterations) {
        keys_ = derive_keys(*prepare(password_), *salt, *iterations);  // begin() prepared it before
        salt_ = std::move(*salt);
        iterations_ = *iterations;
    }
    const auto without_proof = "c=" + to_base64(as_bytes(gs2_header)) + ",r=" + std::string(*nonce);
    auth_message_ += "," + std::string(server_first) + "," + without_proof;
    auto proof = hmac_sha256(sha256(keys_->client_key), as_bytes(auth_message_));  // the client's signature
    for (std::size_t i = 0; i < proof.size(); ++i) proof[i] ^= keys_->client_key[i];
    server_signature_ = hmac_sha256(keys_->server_key, as_bytes(auth_message_));
    state_ = state::answered;
    return without_proof + ",p=" + to_base64(proof);
}

result<void> scram_client::verify(std::string_view server_final) {
    if (std::exchange(state_, state::over) != state::answered) return failure("the broker lets us in out of turn: it proved nothing");
    if (server_final.size() > scram_message_bytes_max) return failure("the broker's message is too long");
    auto rest = server_final;
    if (rest.starts_with("e=")) return failure("the broker reports an error where its signature should be");
    const auto text = take_attribute(rest, 'v');
    if (!text) return failure("the broker's signature is missing: it did not prove that it knows the password");
    const auto signature = from_base64(*text);
    if (!signature || !same(*signature, server_signature_)) return failure("the broker's signature is wrong: it does not know the password");
    if (!are_extensions(rest)) return failure("something that is no attribute follows the broker's signature");
    return {};
}

}  // namespace tepore::sasl
