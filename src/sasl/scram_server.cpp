#include "sasl/scram_server.hpp"

#include <cassert>
#include <utility>

#include "sasl/base64.hpp"
#include "sasl/prep.hpp"

namespace tepore::sasl {

scram_server::scram_server(std::string nonce) : nonce_(std::move(nonce)) {
    assert(is_nonce(nonce_));
}

result<void> scram_server::read_first(std::string_view message) {
    if (std::exchange(state_, state::over) != state::start) return failure("a first message after the first");
    if (message.size() > scram_message_bytes_max) return failure("the message is too long");
    if (message.starts_with("p=")) return failure("channel binding is not offered");
    if (!message.starts_with("n,") && !message.starts_with("y,")) return failure("the message does not begin with n,, or y,,");
    auto rest = message.substr(2);
    if (rest.starts_with("a=")) return failure("acting for another user (a=) is not offered");
    if (!rest.starts_with(',')) return failure("the message does not begin with n,, or y,,");
    rest.remove_prefix(1);
    const auto bare = rest;
    if (rest.starts_with("m=")) return failure("the client needs an extension that we do not know");
    const auto name = take_attribute(rest, 'n');
    if (!name) return std::unexpected(name.error());
    auto unescaped = unescape_name(*name);
    if (!unescaped) return std::unexpected(unescaped.error());
    auto prepared = prepare(*unescaped);
    if (!prepared) return failure("the user name: " + prepared.error().message);
    if (prepared->empty()) return failure("the user name is empty");
    const auto client_nonce = take_attribute(rest, 'r');
    if (!client_nonce) return std::unexpected(client_nonce.error());
    if (!is_nonce(*client_nonce)) return failure("the nonce is not made of 1 to 256 printable characters");
    if (!are_extensions(rest)) return failure("something that is no attribute follows the nonce");
    user_name_ = std::move(*prepared);
    gs2_header_ = message.substr(0, 3);
    nonce_.insert(0, *client_nonce);
    auth_message_ = bare;
    state_ = state::named;
    return {};
}

std::string scram_server::challenge(const scram_verifier& verifier, bool real) {
    assert(state_ == state::named);
    verifier_ = verifier;
    real_ = real;
    auto message = "r=" + nonce_ + ",s=" + to_base64(verifier.salt) + ",i=" + std::to_string(verifier.iterations);
    auth_message_ += "," + message;
    state_ = state::challenged;
    return message;
}

result<std::string> scram_server::read_final(std::string_view message) {
    if (std::exchange(state_, state::over) != state::challenged) return failure("a final message out of turn");
    if (message.size() > scram_message_bytes_max) return failure("the message is too long");
    const auto proof_at = message.rfind(",p=");
    if (proof_at == message.npos) return failure("the attribute p= is missing");
    const auto without_proof = message.substr(0, proof_at);
    auto rest = without_proof;
    const auto binding = take_attribute(rest, 'c');
    if (!binding) return std::unexpected(binding.error());
    // Unlike the first message's header: somebody between us changed it, to keep the two of us from binding the channel.
    if (*binding != to_base64(as_bytes(gs2_header_))) return failure("the channel binding is not that of the first message");
    const auto nonce = take_attribute(rest, 'r');
    if (!nonce) return std::unexpected(nonce.error());
    if (!same(as_bytes(*nonce), as_bytes(nonce_))) return failure("the nonce is not the one of this exchange");
    if (!are_extensions(rest)) return failure("something that is no attribute stands before the proof");
    const auto proof = from_base64(message.substr(proof_at + 3));
    if (!proof || proof->size() != digest{}.size()) return failure("the proof is not 32 bytes in base 64");

    auth_message_ += "," + std::string(without_proof);
    auto client_key = hmac_sha256(verifier_.stored_key, as_bytes(auth_message_));  // the client's signature
    for (std::size_t i = 0; i < client_key.size(); ++i) client_key[i] ^= (*proof)[i];
    const bool proven = same(sha256(client_key), verifier_.stored_key);
    const auto signature = hmac_sha256(verifier_.server_key, as_bytes(auth_message_));
    if (!(proven && real_)) return failure("unknown user or wrong password");
    return "v=" + to_base64(signature);
}

}  // namespace tepore::sasl
