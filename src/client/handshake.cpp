#include "client/handshake.hpp"

#include <array>

#include "client/wire_message.hpp"

namespace tepore::mqtt_client {

using protocol::property_id;
using protocol::version;

void put_connect(outbox& out, const client_options& options, bool clean_start, std::string_view method,
                 const std::optional<std::string>& authentication_data) {
    const auto v = wire_version(options.version);
    protocol::property_builder properties;
    protocol::property_builder will_properties;
    protocol::connect hello;
    hello.version = v;
    hello.clean_start = clean_start;
    hello.keep_alive_s = static_cast<std::uint16_t>(options.keep_alive.count());
    hello.client_id = options.client_id;
    if (options.will) hello.will = to_will(*options.will, v, options.will_delay_s, will_properties);
    if (!options.user_name.empty()) hello.user_name = options.user_name;
    if (!options.password.empty()) hello.password = as_bytes(options.password);
    if (v == version::v5) {
        if (options.session_expiry_s != 0) properties.number(property_id::session_expiry_interval, options.session_expiry_s);
        properties.number(property_id::receive_maximum, options.receive_maximum);
        properties.number(property_id::maximum_packet_size, options.packet_bytes_max);
        if (options.topic_alias_maximum != 0) properties.number(property_id::topic_alias_maximum, options.topic_alias_maximum);
        if (options.request_response_information) properties.number(property_id::request_response_information, 1);
        if (!options.request_problem_information) properties.number(property_id::request_problem_information, 0);
        if (!method.empty()) {
            properties.text(property_id::authentication_method, method);
            if (authentication_data) properties.data(property_id::authentication_data, as_bytes(*authentication_data));
        }
        add(properties, options.connect_user_properties);
        hello.properties = properties.view();
    }
    out.put(hello);
}

void put_disconnect(link& link, const disconnect_options& how, bool session_lasts) {
    const auto code = how.with_will ? protocol::reason::disconnect_with_will : protocol::reason::success;
    protocol::property_builder properties;
    if (how.session_expiry_s && session_lasts) properties.number(property_id::session_expiry_interval, *how.session_expiry_s);
    const protocol::property_builder short_form = properties;
    if (!how.reason_string.empty()) properties.text(property_id::reason_string, how.reason_string);
    add(properties, how.user);
    const protocol::disconnect whole{code, properties.view()};
    const auto size = protocol::encoded_size(whole, link.version);
    link.put(size != 0 && size <= link.limits.packet_bytes_max ? whole : protocol::disconnect{code, short_form.view()});
}

protocol::reason code_for_disconnect(protocol::reason code) noexcept {
    using enum protocol::reason;
    switch (code) {
        case malformed_packet:
        case protocol_error:
        case implementation_specific_error:
        case topic_name_invalid:
        case receive_maximum_exceeded:
        case topic_alias_invalid:
        case packet_too_large:
        case quota_exceeded:
        case payload_format_invalid: return code;
        default: return protocol_error;
    }
}

std::string in_words(protocol::reason code, protocol::property_view properties) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto number = static_cast<std::uint8_t>(code);
    std::string text(protocol::name_of(code));
    text += " (0x";
    text += digits[number >> 4];
    text += digits[number & 15];
    text += ')';
    if (const auto said = properties.text(property_id::reason_string)) text += ": " + std::string(*said);
    if (const auto other = properties.text(property_id::server_reference)) text += "; it names another server: " + std::string(*other);
    return text;
}

std::optional<std::string> refusal(const protocol::connack& answer, version v) {
    if (answer.code == 0) return {};
    if (v == version::v5) return "the broker refused the connection: " + in_words(static_cast<protocol::reason>(answer.code), answer.properties);
    constexpr std::array<const char*, 6> said{"",
                                              "it does not speak this version of MQTT",
                                              "it does not accept this client id",
                                              "it is not available",
                                              "wrong user name or password",
                                              "not authorised"};
    const std::string why = answer.code < said.size() ? said[answer.code] : "return code " + std::to_string(answer.code);
    return "the broker refused the connection: " + why;
}

}  // namespace tepore::mqtt_client
