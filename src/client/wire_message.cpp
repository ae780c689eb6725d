#include "client/wire_message.hpp"

namespace tepore::mqtt_client {
namespace {

using protocol::property_id;

void add_message(protocol::property_builder& out, const message_properties& p) {
    if (p.payload_is_utf8) out.number(property_id::payload_format_indicator, *p.payload_is_utf8 ? 1 : 0);
    if (p.message_expiry_s) out.number(property_id::message_expiry_interval, *p.message_expiry_s);
    if (!p.content_type.empty()) out.text(property_id::content_type, p.content_type);
    if (!p.response_topic.empty()) out.text(property_id::response_topic, p.response_topic);
    if (!p.correlation_data.empty()) out.data(property_id::correlation_data, as_bytes(p.correlation_data));
    add(out, p.user);
}

message_properties to_properties(protocol::property_view view) {
    message_properties out;
    for (const auto& p : view) {
        switch (p.id) {
            case property_id::payload_format_indicator: out.payload_is_utf8 = p.number != 0; break;
            case property_id::message_expiry_interval: out.message_expiry_s = p.number; break;
            case property_id::content_type: out.content_type = p.text; break;
            case property_id::response_topic: out.response_topic = p.text; break;
            case property_id::correlation_data: out.correlation_data = as_text(p.data); break;
            case property_id::user_property: out.user.emplace_back(p.text, p.value); break;
            case property_id::subscription_identifier: out.subscription_ids.push_back(p.number); break;
            default: break;  // a topic alias is the connection's business, not the message's
        }
    }
    return out;
}

}  // namespace

std::string reason_string_in(protocol::property_view told) {
    return std::string(told.text(property_id::reason_string).value_or(""));
}

user_properties user_properties_in(protocol::property_view told) {
    user_properties user;
    for (const auto& p : told) {
        if (p.id == property_id::user_property) user.emplace_back(p.text, p.value);
    }
    return user;
}

void add_words(operation_result& result, protocol::property_view told) {
    if (told.empty()) return;
    result.reason_string = reason_string_in(told);
    result.user = user_properties_in(told);
}

server_goodbye to_goodbye(std::uint8_t code, protocol::property_view told) {
    return {code, reason_string_in(told), std::string(told.text(property_id::server_reference).value_or("")), user_properties_in(told)};
}

void add(protocol::property_builder& out, const user_properties& user) {
    for (const auto& [name, value] : user) out.user(name, value);
}

protocol::publish to_publish(const message& m, protocol::version v, protocol::property_builder& properties) {
    if (v == protocol::version::v5) add_message(properties, m.properties);
    return {.topic = m.topic, .payload = as_bytes(m.payload), .qos = wire_qos(m.qos), .retain = m.retain, .properties = properties.view()};
}

protocol::will_message to_will(const message& m, protocol::version v, std::uint32_t delay_s, protocol::property_builder& properties) {
    if (v == protocol::version::v5) {
        if (delay_s != 0) properties.number(property_id::will_delay_interval, delay_s);
        add_message(properties, m.properties);
    }
    return {.topic = m.topic, .payload = as_bytes(m.payload), .qos = wire_qos(m.qos), .retain = m.retain, .properties = properties.view()};
}

message to_message(const protocol::publish& p, std::string_view topic) {
    message m;
    m.topic = topic;
    m.payload = as_text(p.payload);
    m.qos = static_cast<mqtt_qos>(p.qos);
    m.retain = p.retain;
    m.dup = p.dup;
    m.properties = to_properties(p.properties);
    return m;
}

}  // namespace tepore::mqtt_client
