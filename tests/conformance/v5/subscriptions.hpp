// Words for subscriptions of 5.0: options, identifiers, shares, and who got what.
#pragma once

#include <algorithm>
#include <map>

#include "conformance/v5/dialogue5.hpp"

namespace tepore::conformance {

using protocol::retain_handling;
using protocol::subscription_options;

inline constexpr std::uint8_t granted(protocol::qos q) {
    return static_cast<std::uint8_t>(q);
}

inline wire subscription_identifier(std::uint32_t value) {
    return varint_property(property_id::subscription_identifier, value);
}

/// SUBSCRIBE with one filter; returns its code in SUBACK.
inline std::uint8_t subscribe5(peer& p, std::string_view filter, subscription_options o, std::uint32_t identifier = 0) {
    constexpr unsigned id = 4'711;
    p.send(subscribe5_bytes(id, filter, o.to_byte(), identifier == 0 ? properties() : properties({subscription_identifier(identifier)})));
    const auto codes = p.expect_suback(id);
    REQUIRE(codes.size() == 1);
    return codes[0];
}

/// UNSUBSCRIBE with one filter; returns its code in UNSUBACK.
inline std::uint8_t unsubscribe5(peer& p, std::string_view filter) {
    constexpr unsigned id = 4'712;
    p.send(unsubscribe5_bytes(id, filter));
    const auto codes = p.expect_unsuback(id);
    REQUIRE(codes.size() == 1);
    return codes[0];
}

/// Acknowledges everything that waits, and returns the payloads in order.
inline std::vector<std::string> take_all(peer& p) {
    std::vector<std::string> all;
    while (auto one = p.next()) {
        if (const auto* pub = std::get_if<protocol::publish>(&one->packet)) {
            all.emplace_back(as_text(pub->payload));
            if (pub->qos == qos_1) p.send(ack(packet_type::puback, pub->id));
            if (pub->qos == qos_2) p.send(ack(packet_type::pubrec, pub->id));
        } else if (const auto* a = std::get_if<protocol::ack>(&one->packet); a != nullptr && a->type == packet_type::pubrel) {
            p.send(ack(packet_type::pubcomp, a->id));
        } else {
            FAIL("neither PUBLISH nor PUBREL came");
        }
    }
    return all;
}

inline std::vector<std::string> sorted(std::vector<std::string> all) {
    std::ranges::sort(all);
    return all;
}

/// As sets: what several clients got together.
inline std::vector<std::string> together(std::initializer_list<std::vector<std::string>> parts) {
    std::vector<std::string> all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return sorted(std::move(all));
}

}  // namespace tepore::conformance
