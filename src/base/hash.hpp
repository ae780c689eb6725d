// A fast hash for tables in memory. Seeded per process, so that a client cannot prepare colliding topics.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace tepore {

/// Random once per process.
[[nodiscard]] std::uint64_t hash_seed() noexcept;

[[nodiscard]] inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
    __extension__ using wide = unsigned __int128;
    const wide product = static_cast<wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Multiply-and-fold over 8-byte words. `seed` is hash_seed(), kept by the caller to save the call.
[[nodiscard]] inline std::uint64_t hash_bytes(std::string_view text, std::uint64_t seed) noexcept {
    constexpr std::uint64_t k0 = 0x9e37'79b9'7f4a'7c15, k1 = 0xbf58'476d'1ce4'e5b9;
    const char* at = text.data();
    auto left = text.size();
    std::uint64_t h = seed ^ mix(text.size() ^ k0, k1);
    while (left >= 8) {
        std::uint64_t word;
        std::memcpy(&word, at, 8);
        h = mix(h ^ word, k1);
        at += 8;
        left -= 8;
    }
    if (left != 0) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, left);
        h = mix(h ^ word, k0);
    }
    return mix(h ^ k0, k1);
}

}  // namespace tepore
