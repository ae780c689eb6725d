// What one subscription asks for.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "protocol/packet.hpp"

namespace tepore::broker {

class shared_group;

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

private:
    std::uint32_t bits_ = 0;
};

/// What a message on its way to a client keeps of the subscriptions that caused it, until the client has acknowledged it. Made once for a
/// route or a subscription, and shared by all its messages; most have none.
struct subscription_note {
    std::vector<std::uint8_t> identifiers;        // subscription identifiers as properties on the wire
    std::shared_ptr<broker::shared_group> group;  // whose message this is; null: not of a shared subscription
};
using note_ref = std::shared_ptr<const subscription_note>;

/// Appends a subscription identifier as a property; nothing for 0.
void append_identifier(std::vector<std::uint8_t>& to, std::uint32_t identifier);

}  // namespace tepore::broker
