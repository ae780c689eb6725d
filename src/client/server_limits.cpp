#include "client/server_limits.hpp"

#include <algorithm>

#include "client/wire_message.hpp"

namespace tepore::mqtt_client {

server_limits limits_told_by(const protocol::connack& answer, protocol::version v) {
    using enum protocol::property_id;
    server_limits limits;
    if (v != protocol::version::v5) return limits;
    limits.subscription_ids = true;
    const auto& told = answer.properties;
    if (const auto n = told.number(receive_maximum)) limits.receive_maximum = static_cast<std::uint16_t>(*n);
    if (const auto n = told.number(topic_alias_maximum)) limits.topic_alias_maximum = static_cast<std::uint16_t>(*n);
    if (const auto n = told.number(subscription_identifier_available)) limits.subscription_ids = *n != 0;
    if (const auto n = told.number(maximum_packet_size)) limits.packet_bytes_max = std::min(*n, limits.packet_bytes_max);
    if (const auto n = told.number(maximum_qos)) limits.maximum_qos = static_cast<protocol::qos>(*n);
    if (const auto n = told.number(retain_available)) limits.retain = *n != 0;
    if (const auto n = told.number(wildcard_subscription_available)) limits.wildcards = *n != 0;
    if (const auto n = told.number(shared_subscription_available)) limits.shared = *n != 0;
    if (const auto n = told.number(server_keep_alive)) limits.keep_alive_s = static_cast<std::uint16_t>(*n);
    if (const auto n = told.number(session_expiry_interval)) limits.session_expiry_s = *n;
    if (const auto n = told.text(assigned_client_identifier)) limits.assigned_client_id = *n;
    return limits;
}

void tell(connected_info& info, const server_limits& limits, protocol::property_view told) {
    info.receive_maximum = limits.receive_maximum;
    info.packet_bytes_max = limits.packet_bytes_max;
    info.topic_alias_maximum = limits.topic_alias_maximum;
    info.maximum_qos = static_cast<mqtt_qos>(limits.maximum_qos);
    info.retain_available = limits.retain;
    info.wildcard_subscriptions = limits.wildcards;
    info.shared_subscriptions = limits.shared;
    info.subscription_ids = limits.subscription_ids;
    info.response_information = told.text(protocol::property_id::response_information).value_or("");
    info.reason_string = reason_string_in(told);
    info.user = user_properties_in(told);
}

}  // namespace tepore::mqtt_client
