// What one subscription asks for.
#pragma once

#include <cstdint>

#include "protocol/packet.hpp"

namespace tepore::broker {

/// In 32 bits: QoS, No Local, Retain As Published (low four bits), subscription identifier (0: none).
class subscription_terms {
public:
    subscription_terms() = default;
    subscription_terms(const protocol::subscription_options& o, std::uint32_t identifier) noexcept
        : bits_((identifier << 4) | (o.to_byte() & 0xfu)) {}
    [[nodiscard]] protocol::qos qos() const noexcept { return static_cast<protocol::qos>(bits_ & 3); }
    [[nodiscard]] bool no_local() const noexcept { return (bits_ & 4) != 0; }
    [[nodiscard]] bool retain_as_published() const noexcept { return (bits_ & 8) != 0; }
    [[nodiscard]] std::uint32_t identifier() const noexcept { return bits_ >> 4; }

    [[nodiscard]] std::uint32_t bits() const noexcept { return bits_; }
    [[nodiscard]] static subscription_terms of_bits(std::uint32_t bits) noexcept {
        subscription_terms t;
        t.bits_ = bits;
        return t;
    }

private:
    std::uint32_t bits_ = 0;
};

}  // namespace tepore::broker
