// What CONNACK of MQTT 5.0 tells a client about this server (3.2.2.3): the one place where what is offered is announced.
#pragma once

#include <cstdint>
#include <string_view>

#include "broker/limits.hpp"
#include "protocol/packet.hpp"
#include "protocol/property.hpp"

namespace tepore::broker {

/// What was decided for one connection.
struct terms_of_connection {
    std::uint32_t session_expiry_s = 0;
    std::uint16_t keep_alive_s = 0;
    std::string_view assigned_client_id;  // empty: the client brought its own
};

/// Only what differs from what the client asked for, or from what the standard takes for granted.
[[nodiscard]] protocol::property_builder announcement(const limits& offered, const protocol::connect& asked, const terms_of_connection& decided);

}  // namespace tepore::broker
