#include "sasl/hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>

namespace tepore::sasl {
namespace {

/// With these arguments OpenSSL fails for want of memory only; half a digest must never be taken for one.
void need(bool done) {
    if (!done) throw std::bad_alloc();
}

}  // namespace

digest sha256(byte_view text) {
    digest out{};
    need(EVP_Digest(text.data(), text.size(), out.data(), nullptr, EVP_sha256(), nullptr) == 1);
    return out;
}

digest hmac_sha256(byte_view key, byte_view text) {
    digest out{};
    // A null key would mean "the one before".
    const std::uint8_t nothing = 0;
    const auto* bytes = key.empty() ? &nothing : key.data();
    need(HMAC(EVP_sha256(), bytes, static_cast<int>(key.size()), text.data(), text.size(), out.data(), nullptr) != nullptr);
    return out;
}

digest pbkdf2_sha256(std::string_view password, byte_view salt, std::uint32_t iterations) {
    digest out{};
    need(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt.data(), static_cast<int>(salt.size()),
                           static_cast<int>(iterations), EVP_sha256(), static_cast<int>(out.size()), out.data()) == 1);
    return out;
}

bool same(byte_view a, byte_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace tepore::sasl
