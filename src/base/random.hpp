// Bytes that nobody can guess, from the system's source.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>

namespace tepore {

template <std::size_t count>
[[nodiscard]] std::array<std::uint8_t, count> random_bytes() {
    std::random_device source;
    std::array<std::uint8_t, count> out;
    for (auto& byte : out) byte = static_cast<std::uint8_t>(source());
    return out;
}

}  // namespace tepore
