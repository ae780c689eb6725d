// SCRAM-SHA-256 (RFC 5802, RFC 7677): what both sides know. Pure: no randomness, no files; nonces and salts are arguments.
//
//   client                                                     server
//     n,,n=USER,r=NONCE                               ------>          client-first-message
//     r=NONCE+MORE,s=SALT,i=ITERATIONS                <------          server-first-message
//     c=biws,r=NONCE+MORE,p=PROOF                     ------>          client-final-message
//     v=SIGNATURE                                     <------          server-final-message
//
// The password is never sent, and what the server keeps (the verifier) is not enough to log in with. The signature proves to the client that the
// server knows the verifier. There is no channel binding: "n" and "y" are taken, "p" is refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sasl/hash.hpp"

namespace tepore::sasl {

inline constexpr std::string_view scram_sha_256 = "SCRAM-SHA-256";

/// RFC 7677, section 4. A server that asks for fewer may be an attacker who wants to guess.
inline constexpr std::uint32_t iterations_min = 4'096;
/// Half a second of the client's time; a server that asks for more may be an attacker who wants to waste it.
inline constexpr std::uint32_t iterations_max = 1'000'000;
/// Longest message that is read: the longest name, written with every character escaped, would be odd; 4 KiB hold every sane one.
inline constexpr std::size_t scram_message_bytes_max = 4'096;
/// Characters of one side's part of the nonce that are read.
inline constexpr std::size_t nonce_characters_max = 256;
inline constexpr std::size_t salt_bytes_max = 256;

/// What a server keeps of a password (RFC 5802, section 3).
struct scram_verifier {
    std::vector<std::uint8_t> salt;
    std::uint32_t iterations = 0;
    digest stored_key{};
    digest server_key{};
    [[nodiscard]] bool operator==(const scram_verifier&) const = default;
};

/// What a client needs of a password; it may be kept as long as salt and iterations are the same (RFC 5802, section 5.1).
struct scram_keys {
    digest client_key{};
    digest server_key{};
};

/// Slow on purpose (pbkdf2_sha256()). REQUIRES a prepared password.
[[nodiscard]] scram_keys derive_keys(std::string_view password, byte_view salt, std::uint32_t iterations);
[[nodiscard]] scram_verifier make_verifier(std::string_view password, byte_view salt, std::uint32_t iterations);

/// "SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY", as RFC 5803 writes it.
[[nodiscard]] std::string to_text(const scram_verifier& v);
[[nodiscard]] result<scram_verifier> parse_verifier(std::string_view text);

/// Printable ASCII but the comma, 1 to nonce_characters_max of them.
[[nodiscard]] bool is_nonce(std::string_view text) noexcept;

// The grammar of RFC 5802, section 7, for both sides.

/// Takes "x=value" off the front of a message, up to the next comma or the end. The error says which attribute was expected.
[[nodiscard]] result<std::string_view> take_attribute(std::string_view& message, char name);
/// Attributes that may follow (extensions we do not know): one letter, "=", a value. False: something else stands there.
[[nodiscard]] bool are_extensions(std::string_view rest) noexcept;
/// A decimal number from iterations_min to iterations_max.
[[nodiscard]] result<std::uint32_t> parse_iterations(std::string_view text);
/// "," and "=" become "=2C" and "=3D".
[[nodiscard]] std::string escape_name(std::string_view name);
[[nodiscard]] result<std::string> unescape_name(std::string_view text);

}  // namespace tepore::sasl
