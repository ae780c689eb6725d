#include "protocol/property_rules.hpp"

namespace tepore::protocol {
namespace {

template <class... Places>
[[nodiscard]] constexpr place_set places(Places... each) noexcept {
    return static_cast<place_set>((0u | ... | (1u << static_cast<unsigned>(each))));
}

constexpr std::array sections{"MQTT5 3.1.2.11", "MQTT5 3.1.3.2",  "MQTT5 3.2.2.3",  "MQTT5 3.3.2.3", "MQTT5 3.4.2.2",
                              "MQTT5 3.5.2.2",  "MQTT5 3.6.2.2",  "MQTT5 3.7.2.2",  "MQTT5 3.8.2.1", "MQTT5 3.9.2.1",
                              "MQTT5 3.10.2.1", "MQTT5 3.11.2.1", "MQTT5 3.14.2.2", "MQTT5 3.15.2.2"};
static_assert(sections.size() == static_cast<std::size_t>(property_place::auth) + 1);

}  // namespace

// The texts of a fault must be static, hence joined here.
#define TEPORE_NAMED(name) "property " name " does not belong here", "property " name " is given twice", "property " name " has a wrong value"

/// Table 2-4 of 5.0, and what the packets' sections say about values.
constinit const std::array<property_rule, property_ids> property_rules = [] {
    using enum property_place;
    using enum property_id;
    constexpr auto message = places(publish, will);
    constexpr auto everywhere = places(connect, connack, publish, will, puback, pubrec, pubrel, pubcomp, subscribe, suback, unsubscribe, unsuback,
                                       property_place::disconnect, property_place::auth);
    constexpr auto answers = places(connack, puback, pubrec, pubrel, pubcomp, suback, unsuback, property_place::disconnect, property_place::auth);
    constexpr auto authentication = places(connect, connack, property_place::auth);
    constexpr auto both_ends = places(connect, connack);

    std::array<property_rule, property_ids> all{};
    const auto at = [&all](property_id id) -> property_rule& { return all[static_cast<std::size_t>(id)]; };
    at(payload_format_indicator) = {property_kind::byte, property_values::flag, message, 0, TEPORE_NAMED("Payload Format Indicator")};
    at(message_expiry_interval) = {property_kind::four_bytes, property_values::any, message, 0, TEPORE_NAMED("Message Expiry Interval")};
    at(content_type) = {property_kind::text, property_values::any, message, 0, TEPORE_NAMED("Content Type")};
    at(response_topic) = {property_kind::text, property_values::topic_name, message, 0, TEPORE_NAMED("Response Topic")};
    at(correlation_data) = {property_kind::binary, property_values::any, message, 0, TEPORE_NAMED("Correlation Data")};
    at(subscription_identifier) = {property_kind::varint, property_values::not_zero, places(publish, subscribe), places(publish),
                                   TEPORE_NAMED("Subscription Identifier")};
    at(session_expiry_interval) = {property_kind::four_bytes, property_values::any, places(connect, connack, property_place::disconnect), 0,
                                   TEPORE_NAMED("Session Expiry Interval")};
    at(assigned_client_identifier) = {property_kind::text, property_values::any, places(connack), 0, TEPORE_NAMED("Assigned Client Identifier")};
    at(server_keep_alive) = {property_kind::two_bytes, property_values::any, places(connack), 0, TEPORE_NAMED("Server Keep Alive")};
    at(authentication_method) = {property_kind::text, property_values::any, authentication, 0, TEPORE_NAMED("Authentication Method")};
    at(authentication_data) = {property_kind::binary, property_values::any, authentication, 0, TEPORE_NAMED("Authentication Data")};
    at(request_problem_information) = {property_kind::byte, property_values::flag, places(connect), 0, TEPORE_NAMED("Request Problem Information")};
    at(will_delay_interval) = {property_kind::four_bytes, property_values::any, places(will), 0, TEPORE_NAMED("Will Delay Interval")};
    at(request_response_information) = {property_kind::byte, property_values::flag, places(connect), 0, TEPORE_NAMED("Request Response Information")};
    at(response_information) = {property_kind::text, property_values::any, places(connack), 0, TEPORE_NAMED("Response Information")};
    at(server_reference) = {property_kind::text, property_values::any, places(connack, property_place::disconnect), 0,
                            TEPORE_NAMED("Server Reference")};
    at(reason_string) = {property_kind::text, property_values::any, answers, 0, TEPORE_NAMED("Reason String")};
    at(receive_maximum) = {property_kind::two_bytes, property_values::not_zero, both_ends, 0, TEPORE_NAMED("Receive Maximum")};
    at(topic_alias_maximum) = {property_kind::two_bytes, property_values::any, both_ends, 0, TEPORE_NAMED("Topic Alias Maximum")};
    at(topic_alias) = {property_kind::two_bytes, property_values::topic_alias, places(publish), 0, TEPORE_NAMED("Topic Alias")};
    at(maximum_qos) = {property_kind::byte, property_values::flag, places(connack), 0, TEPORE_NAMED("Maximum QoS")};
    at(retain_available) = {property_kind::byte, property_values::flag, places(connack), 0, TEPORE_NAMED("Retain Available")};
    at(user_property) = {property_kind::pair, property_values::any, everywhere, everywhere, TEPORE_NAMED("User Property")};
    at(maximum_packet_size) = {property_kind::four_bytes, property_values::not_zero, both_ends, 0, TEPORE_NAMED("Maximum Packet Size")};
    at(wildcard_subscription_available) = {property_kind::byte, property_values::flag, places(connack), 0,
                                           TEPORE_NAMED("Wildcard Subscription Available")};
    at(subscription_identifier_available) = {property_kind::byte, property_values::flag, places(connack), 0,
                                             TEPORE_NAMED("Subscription Identifier Available")};
    at(shared_subscription_available) = {property_kind::byte, property_values::flag, places(connack), 0,
                                         TEPORE_NAMED("Shared Subscription Available")};
    return all;
}();

#undef TEPORE_NAMED

const char* section_of(property_place place) noexcept {
    return sections[static_cast<std::size_t>(place)];
}

}  // namespace tepore::protocol
