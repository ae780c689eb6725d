#include "client/server_limits.hpp"

#include <algorithm>

namespace tepore::mqtt_client {

server_limits limits_told_by(const protocol::connack& answer) {
    using enum protocol::property_id;
    server_limits limits;
    const auto& told = answer.properties;
    if (const auto v = told.number(receive_maximum)) limits.receive_maximum = static_cast<std::uint16_t>(*v);
    if (const auto v = told.number(maximum_packet_size)) limits.packet_bytes_max = std::min(*v, limits.packet_bytes_max);
    if (const auto v = told.number(maximum_qos)) limits.maximum_qos = static_cast<protocol::qos>(*v);
    if (const auto v = told.number(retain_available)) limits.retain = *v != 0;
    if (const auto v = told.number(wildcard_subscription_available)) limits.wildcards = *v != 0;
    if (const auto v = told.number(shared_subscription_available)) limits.shared = *v != 0;
    if (const auto v = told.number(server_keep_alive)) limits.keep_alive_s = static_cast<std::uint16_t>(*v);
    if (const auto v = told.number(session_expiry_interval)) limits.session_expiry_s = *v;
    if (const auto v = told.text(assigned_client_identifier)) limits.assigned_client_id = *v;
    return limits;
}

}  // namespace tepore::mqtt_client
