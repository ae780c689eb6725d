// The hashes that SCRAM is made of. OpenSSL stays behind hash.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"

namespace tepore::sasl {

using digest = std::array<std::uint8_t, 32>;

[[nodiscard]] digest sha256(byte_view text);
[[nodiscard]] digest hmac_sha256(byte_view key, byte_view text);
/// Slow on purpose: some 0.5 microseconds for each iteration.
[[nodiscard]] digest pbkdf2_sha256(std::string_view password, byte_view salt, std::uint32_t iterations);
/// Takes as long wherever the two differ. False when their sizes do.
[[nodiscard]] bool same(byte_view a, byte_view b) noexcept;

}  // namespace tepore::sasl
