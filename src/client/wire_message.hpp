// Between the library's messages (owned) and the protocol's (views).
#pragma once

#include "protocol/packet.hpp"
#include "tepore/client.hpp"

namespace tepore::mqtt_client {

[[nodiscard]] inline protocol::version wire_version(mqtt_version v) noexcept {
    return static_cast<protocol::version>(v);
}
[[nodiscard]] inline protocol::qos wire_qos(mqtt_qos q) noexcept {
    return static_cast<protocol::qos>(q);
}

/// What a broker says in its own words.
[[nodiscard]] std::string reason_string_in(protocol::property_view told);
[[nodiscard]] user_properties user_properties_in(protocol::property_view told);
[[nodiscard]] server_goodbye to_goodbye(std::uint8_t code, protocol::property_view told);
void add_words(operation_result& result, protocol::property_view told);
void add(protocol::property_builder& out, const user_properties& user);

/// The result views into `m` and `properties`, which is filled when `v` is 5.0.
[[nodiscard]] protocol::publish to_publish(const message& m, protocol::version v, protocol::property_builder& properties);
/// The same for a will, which 5.0 gives a delay.
[[nodiscard]] protocol::will_message to_will(const message& m, protocol::version v, std::uint32_t delay_s, protocol::property_builder& properties);

/// `topic` is passed apart, for it may come from a topic alias.
[[nodiscard]] message to_message(const protocol::publish& p, std::string_view topic);

}  // namespace tepore::mqtt_client
