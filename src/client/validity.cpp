#include "client/validity.hpp"

#include "client/wire_message.hpp"
#include "protocol/topic.hpp"
#include "protocol/wire.hpp"

namespace tepore::mqtt_client {
namespace {

using protocol::reason;
using protocol::version;

/// Keeps CONNECT well within what a packet can be (1,000 * 2 * 65,535 bytes of properties).
constexpr std::size_t connect_user_properties_max = 1000;

std::optional<complaint> because(reason code, std::string text) {
    return complaint{code, std::move(text)};
}

std::optional<std::string> text_fault(std::string_view what, std::string_view text) {
    if (text.size() > protocol::string_bytes_max) return std::string(what) + " is longer than 65,535 bytes";
    if (!protocol::is_valid_utf8(text)) return std::string(what) + " is not well-formed UTF-8 (or contains U+0000)";
    return {};
}

std::optional<complaint> user_property_fault(const user_properties& user) {
    for (const auto& [name, value] : user) {
        if (auto fault = text_fault("the name of a user property", name)) return because(reason::malformed_packet, *fault);
        if (auto fault = text_fault("the value of a user property", value)) return because(reason::malformed_packet, *fault);
    }
    return {};
}

std::optional<complaint> property_fault(const message_properties& p) {
    if (auto fault = text_fault("the content type", p.content_type)) return because(reason::malformed_packet, *fault);
    if (p.correlation_data.size() > protocol::string_bytes_max)
        return because(reason::malformed_packet, "the correlation data is longer than 65,535 bytes");
    if (auto fault = user_property_fault(p.user)) return fault;
    if (p.response_topic.empty()) return {};
    if (const auto checked = protocol::check_topic_name(p.response_topic); !checked)
        return because(reason::topic_name_invalid, std::string("the response topic cannot be used: ") + checked.error().what);
    return {};
}

std::string quoted(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

}  // namespace

std::optional<complaint> fault_of(const message& m, version v) {
    if (m.qos > mqtt_qos::exactly_once) return because(reason::qos_not_supported, "there is no such QoS: 0, 1 and 2 are");
    if (const auto checked = protocol::check_topic_name(m.topic); !checked)
        return because(checked.error().code, "the topic " + quoted(m.topic) + " cannot be published to: " + checked.error().what);
    return v == version::v5 ? property_fault(m.properties) : std::nullopt;
}

std::optional<complaint> fault_of_filter(std::string_view filter) {
    if (const auto checked = protocol::check_topic_filter(filter); !checked)
        return because(reason::topic_filter_invalid, "the filter " + quoted(filter) + " is not valid: " + checked.error().what);
    return {};
}

std::optional<complaint> fault_of(const subscription& s, version v) {
    if (auto fault = fault_of_filter(s.filter)) return fault;
    if (s.qos > mqtt_qos::exactly_once) return because(reason::qos_not_supported, "there is no such QoS: 0, 1 and 2 are");
    if (v != version::v5) return {};
    if (s.retain_handling > 2) return because(reason::protocol_error, "there is no such retain handling: 0, 1 and 2 are");
    if (s.no_local && protocol::split_shared(s.filter)) return because(reason::protocol_error, "a shared subscription cannot have no_local");
    return {};
}

std::optional<complaint> fault_of(const request_details& details) {
    if (details.subscription_id > subscription_id_max)
        return because(reason::protocol_error, "there is no such subscription identifier: 1 to 268,435,455 are");
    return user_property_fault(details.user);
}

std::optional<complaint> not_taken(const message& m, const server_limits& limits) {
    if (wire_qos(m.qos) > limits.maximum_qos)
        return because(reason::qos_not_supported, "the broker takes no QoS above " + std::to_string(static_cast<int>(limits.maximum_qos)));
    if (m.retain && !limits.retain) return because(reason::retain_not_supported, "the broker keeps no retained messages");
    return {};
}

std::optional<complaint> not_taken(const subscription& s, const server_limits& limits) {
    const auto shared = protocol::split_shared(s.filter);
    if (shared && !limits.shared) return because(reason::shared_subscriptions_not_supported, "the broker has no shared subscriptions");
    const auto filter = shared ? shared->filter : std::string_view(s.filter);
    if (!limits.wildcards && filter.find_first_of("+#") != std::string_view::npos)
        return because(reason::wildcard_subscriptions_not_supported, "the broker has no subscriptions with wildcards");
    return {};
}

std::optional<std::string> fault_of(const client_options& options) {
    const auto v = wire_version(options.version);
    if (v != version::v3_1_1 && v != version::v5) return "there is no such version: MQTT 3.1.1 and 5.0 are";
    if (auto fault = text_fault("the client id", options.client_id)) return fault;
    if (auto fault = text_fault("the user name", options.user_name)) return fault;
    if (options.password.size() > protocol::string_bytes_max) return "the password is longer than 65,535 bytes";
    if (v == version::v3_1_1 && options.client_id.empty() && !options.clean_start) return "a kept session needs a client id [MQTT-3.1.3-7]";
    if (v == version::v3_1_1 && options.user_name.empty() && !options.password.empty())
        return "MQTT 3.1.1 has no password without a user name [MQTT-3.1.2-22]";
    if (options.authentication) {
        if (v != version::v5) return "only MQTT 5.0 has enhanced authentication";
        const auto method = options.authentication->method();
        if (method.empty()) return "the authentication method has no name";
        if (auto fault = text_fault("the name of the authentication method", method)) return fault;
    }
    if (options.keep_alive.count() < 0 || options.keep_alive.count() > 65'535) return "keep alive must be between 0 and 65,535 seconds";
    if (options.receive_maximum == 0) return "receive maximum must be at least 1";
    if (options.packet_bytes_max == 0) return "packet_bytes_max must be at least 1";
    if (options.connect_timeout.count() <= 0 || options.ping_timeout.count() <= 0) return "connect_timeout and ping_timeout must be more than 0";
    if (options.reconnect_min.count() < 0 || options.reconnect_max < options.reconnect_min) return "reconnect_max must not be below reconnect_min";
    if (v == version::v5) {
        if (auto fault = user_property_fault(options.connect_user_properties)) return fault->text;
        if (options.connect_user_properties.size() > connect_user_properties_max) return "there are more than 1,000 user properties for CONNECT";
    }
    if (options.will) {
        if (auto fault = fault_of(*options.will, v)) return "the will: " + fault->text;
        if (options.will->payload.size() > protocol::string_bytes_max) return "the will's payload is longer than 65,535 bytes";
        if (options.will->properties.user.size() > connect_user_properties_max) return "the will has more than 1,000 user properties";
    }
    return {};
}

}  // namespace tepore::mqtt_client
