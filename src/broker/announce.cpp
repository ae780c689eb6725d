#include "broker/announce.hpp"

namespace tepore::broker {

using protocol::property_id;

protocol::property_builder announcement(const limits& offered, const protocol::connect& asked, const terms_of_connection& decided) {
    protocol::property_builder out;
    const auto unless = [&out](property_id id, std::uint32_t taken_for_granted, std::uint32_t value) {
        if (value != taken_for_granted) out.number(id, value);
    };
    unless(property_id::session_expiry_interval, asked.properties.number(property_id::session_expiry_interval).value_or(0), decided.session_expiry_s);
    unless(property_id::receive_maximum, 65'535, offered.receive_maximum);
    unless(property_id::maximum_qos, 2, static_cast<std::uint32_t>(offered.maximum_qos));
    unless(property_id::retain_available, 1, offered.retain_available);
    out.number(property_id::maximum_packet_size, offered.packet_bytes_max);
    if (!decided.assigned_client_id.empty()) out.text(property_id::assigned_client_identifier, decided.assigned_client_id);
    unless(property_id::topic_alias_maximum, 0, offered.topic_alias_maximum);
    unless(property_id::wildcard_subscription_available, 1, offered.wildcard_subscriptions_available);
    unless(property_id::subscription_identifier_available, 1, offered.subscription_identifiers_available);
    unless(property_id::shared_subscription_available, 1, offered.shared_subscriptions_available);
    unless(property_id::server_keep_alive, asked.keep_alive_s, decided.keep_alive_s);
    if (!offered.response_information.empty() &&
        asked.properties.number(property_id::request_response_information).value_or(0) == 1)  // [MQTT5-3.1.2-28]
        out.text(property_id::response_information, offered.response_information);
    return out;
}

}  // namespace tepore::broker
