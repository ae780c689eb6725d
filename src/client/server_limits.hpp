// What the broker told in CONNACK (5.0: 3.2.2.3) about what it takes. 3.1.1 brokers tell nothing: the defaults.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/packet.hpp"
#include "tepore/client.hpp"

namespace tepore::mqtt_client {

struct server_limits {
    std::uint16_t receive_maximum = 65'535;
    std::uint32_t packet_bytes_max = protocol::remaining_length_max + 5;
    protocol::qos maximum_qos = protocol::qos::exactly_once;
    bool retain = true;
    bool wildcards = true;
    bool shared = true;
    bool subscription_ids = false;  // 5.0 brokers that say nothing take them: see limits_told_by()
    std::uint16_t topic_alias_maximum = 0;
    std::optional<std::uint16_t> keep_alive_s;      // overrides the client's
    std::optional<std::uint32_t> session_expiry_s;  // overrides the client's
    std::string assigned_client_id;                 // empty: the client's own was taken
};

[[nodiscard]] server_limits limits_told_by(const protocol::connack& answer, protocol::version v);
/// For the user: the same, and what else CONNACK said. Fields that depend on our own options are left alone.
void tell(connected_info& info, const server_limits& limits, protocol::property_view told);

}  // namespace tepore::mqtt_client
