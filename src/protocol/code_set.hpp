// A set of reason codes: which of them a packet may carry (2.4 of 5.0 and the packets' tables). Internal to this room.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "base/bytes.hpp"
#include "protocol/reason.hpp"

namespace tepore::protocol {

class code_set {
public:
    constexpr code_set(std::initializer_list<reason> codes) noexcept {
        for (const auto code : codes) {
            const auto value = static_cast<std::uint8_t>(code);
            bits_[value / 64u] |= std::uint64_t{1} << value % 64u;
        }
    }
    [[nodiscard]] constexpr bool contains(std::uint8_t code) const noexcept { return (bits_[code / 64u] >> code % 64u & 1) != 0; }
    [[nodiscard]] constexpr bool contains_all(byte_view codes) const noexcept {
        for (const auto code : codes) {
            if (!contains(code)) return false;
        }
        return true;
    }

private:
    std::array<std::uint64_t, 4> bits_{};
};

}  // namespace tepore::protocol
