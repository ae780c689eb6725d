#include "protocol/random_packets.hpp"

#include <algorithm>

namespace tepore::protocol::testing {
namespace {

using id_of = property_id;

constexpr id_of of_connect[] = {id_of::session_expiry_interval,      id_of::receive_maximum,
                                id_of::maximum_packet_size,          id_of::topic_alias_maximum,
                                id_of::request_response_information, id_of::request_problem_information,
                                id_of::authentication_method};
constexpr id_of of_message[] = {id_of::payload_format_indicator, id_of::message_expiry_interval, id_of::content_type, id_of::response_topic,
                                id_of::correlation_data};
constexpr id_of of_connack[] = {id_of::session_expiry_interval,
                                id_of::receive_maximum,
                                id_of::maximum_qos,
                                id_of::retain_available,
                                id_of::maximum_packet_size,
                                id_of::assigned_client_identifier,
                                id_of::topic_alias_maximum,
                                id_of::reason_string,
                                id_of::wildcard_subscription_available,
                                id_of::subscription_identifier_available,
                                id_of::shared_subscription_available,
                                id_of::server_keep_alive,
                                id_of::response_information,
                                id_of::server_reference,
                                id_of::authentication_method,
                                id_of::authentication_data};
constexpr id_of of_subscribe[] = {id_of::subscription_identifier};
constexpr id_of of_disconnect[] = {id_of::session_expiry_interval, id_of::reason_string};
constexpr id_of of_answers[] = {id_of::reason_string};

[[nodiscard]] std::span<const property_id> properties_of(property_place place) {
    switch (place) {
        case property_place::connect: return of_connect;
        case property_place::will:
        case property_place::publish: return of_message;
        case property_place::connack: return of_connack;
        case property_place::subscribe: return of_subscribe;
        case property_place::unsubscribe: return {};
        case property_place::disconnect: return of_disconnect;
        default: return of_answers;
    }
}

}  // namespace

direction sender_of(packet_type type) {
    switch (type) {
        case packet_type::connack:
        case packet_type::suback:
        case packet_type::unsuback:
        case packet_type::pingresp: return direction::server_to_client;
        default: return direction::client_to_server;
    }
}

void packet_maker::clear() {
    texts_.clear();
    bytes_.clear();
}

std::string_view packet_maker::text(std::uint32_t pieces_max) {
    constexpr std::string_view pieces[] = {"a", "bc", "temperatura", "à", "温度", "🔥", " ", "\x01", "\xEF\xBB\xBF", "0123456789"};
    auto& out = texts_.emplace_back();
    for (auto left = below(pieces_max + 1); left > 0; --left) out += pieces[below(std::size(pieces))];
    return out;
}

std::string_view packet_maker::topic() {
    auto& out = texts_.emplace_back("t");
    for (auto left = below(4); left > 0; --left) out += '/' + std::string(text(3));
    return out;
}

byte_view packet_maker::data(std::uint32_t bytes_max) {
    auto& out = bytes_.emplace_back(below(bytes_max + 1));
    for (auto& byte : out) byte = static_cast<std::uint8_t>(number());
    return out;
}

reason packet_maker::any_of(std::initializer_list<reason> codes) {
    return codes.begin()[below(static_cast<std::uint32_t>(codes.size()))];
}

property_view packet_maker::properties(property_place place, version v) {
    const bool needed = place == property_place::auth;
    if (v != version::v5 || (coin() && !needed)) return {};
    property_builder out;
    if (needed) out.text(id_of::authentication_method, text(2));
    for (const auto id : properties_of(place)) {
        if (coin()) continue;
        switch (id) {
            case id_of::content_type:
            case id_of::assigned_client_identifier:
            case id_of::authentication_method:
            case id_of::response_information:
            case id_of::server_reference:
            case id_of::reason_string: out.text(id, text(4)); break;
            case id_of::response_topic: out.text(id, topic()); break;
            case id_of::correlation_data:
            case id_of::authentication_data: out.data(id, data(20)); break;
            case id_of::subscription_identifier: out.number(id, 1 + below(remaining_length_max)); break;
            case id_of::message_expiry_interval:
            case id_of::session_expiry_interval:
            case id_of::maximum_packet_size: out.number(id, 1 + number() / 2); break;
            case id_of::receive_maximum:
            case id_of::topic_alias_maximum:
            case id_of::server_keep_alive: out.number(id, 1 + below(65'535)); break;
            default: out.number(id, below(2));
        }
    }
    for (auto left = below(3); left > 0; --left) out.user(text(2), topic());
    if (place == property_place::publish && coin()) out.number(id_of::topic_alias, 1 + below(65'535));
    if (place == property_place::will && coin()) out.number(id_of::will_delay_interval, number());
    const auto made = out.view().bytes();
    return property_view(bytes_.emplace_back(made.begin(), made.end()));
}

connect packet_maker::make_connect(version v) {
    connect p{.version = v, .clean_start = coin(), .keep_alive_s = static_cast<std::uint16_t>(below(65'536)), .client_id = text(3)};
    p.properties = properties(property_place::connect, v);
    if (coin()) {
        p.will = will_message{.topic = topic(),
                              .payload = data(50),
                              .qos = static_cast<qos>(below(3)),
                              .retain = coin(),
                              .properties = properties(property_place::will, v)};
    }
    if (coin()) p.user_name = text(3);
    if (coin() && (p.user_name || v == version::v5)) p.password = data(20);
    return p;
}

connack packet_maker::make_connack(version v) {
    connack p{.properties = properties(property_place::connack, v)};
    if (coin())
        p.session_present = coin();
    else
        p.code = v == version::v5 ? static_cast<std::uint8_t>(any_of({reason::success, reason::not_authorized, reason::server_moved}))
                                  : static_cast<std::uint8_t>(below(6));
    return p;
}

publish packet_maker::make_publish(version v) {
    publish p{.topic = topic(), .payload = data(coin() ? 300 : 20), .qos = static_cast<qos>(below(3)), .retain = coin()};
    if (p.qos != qos::at_most_once) {
        p.id = id();
        p.dup = coin();
    }
    p.properties = properties(property_place::publish, v);
    if (p.properties.number(id_of::topic_alias) && coin()) p.topic = {};
    return p;
}

ack packet_maker::make_ack(packet_type type, version v) {
    const bool release = type == packet_type::pubrel || type == packet_type::pubcomp;
    const auto place = static_cast<property_place>(static_cast<unsigned>(property_place::puback) + static_cast<unsigned>(type) -
                                                   static_cast<unsigned>(packet_type::puback));
    ack p{.type = type, .id = id(), .properties = properties(place, v)};
    if (v == version::v5 && coin())
        p.code = release ? reason::packet_identifier_not_found : any_of({reason::no_matching_subscribers, reason::quota_exceeded});
    return p;
}

subscribe packet_maker::make_subscribe(version v) {
    auto& list = bytes_.emplace_back();
    for (auto left = 1 + below(4); left > 0; --left) {
        subscription_options options{.qos = static_cast<qos>(below(3))};
        if (v == version::v5) options = {options.qos, coin(), coin(), static_cast<retain_handling>(below(3))};
        subscription_list::append(list, topic(), options);
    }
    return {.id = id(), .properties = properties(property_place::subscribe, v), .requests = subscription_list(list)};
}

suback packet_maker::make_suback(version v) {
    auto& codes = bytes_.emplace_back(1 + below(5));
    for (auto& code : codes) {
        code = static_cast<std::uint8_t>(any_of({reason::success, reason::granted_qos_1, reason::granted_qos_2, reason::unspecified_error}));
        if (v == version::v5 && coin()) code = static_cast<std::uint8_t>(any_of({reason::quota_exceeded, reason::topic_filter_invalid}));
    }
    return {.id = id(), .properties = properties(property_place::suback, v), .codes = codes};
}

unsubscribe packet_maker::make_unsubscribe(version v) {
    auto& list = bytes_.emplace_back();
    for (auto left = 1 + below(4); left > 0; --left) filter_list::append(list, topic());
    return {.id = id(), .properties = properties(property_place::unsubscribe, v), .filters = filter_list(list)};
}

unsuback packet_maker::make_unsuback(version v) {
    unsuback p{.id = id(), .properties = properties(property_place::unsuback, v)};
    if (v == version::v5) {
        auto& codes = bytes_.emplace_back(1 + below(5));
        for (auto& code : codes) code = static_cast<std::uint8_t>(any_of({reason::success, reason::no_subscription_existed, reason::not_authorized}));
        p.codes = codes;
    }
    return p;
}

disconnect packet_maker::make_disconnect(version v) {
    disconnect p{.properties = properties(property_place::disconnect, v)};
    if (v == version::v5 && coin()) p.code = any_of({reason::disconnect_with_will, reason::protocol_error, reason::quota_exceeded});
    return p;
}

auth packet_maker::make_auth() {
    return {.code = any_of({reason::continue_authentication, reason::reauthenticate}), .properties = properties(property_place::auth, version::v5)};
}

packet packet_maker::make(packet_type type, version v) {
    switch (type) {
        case packet_type::connect: return make_connect(v);
        case packet_type::connack: return make_connack(v);
        case packet_type::publish: return make_publish(v);
        case packet_type::puback:
        case packet_type::pubrec:
        case packet_type::pubrel:
        case packet_type::pubcomp: return make_ack(type, v);
        case packet_type::subscribe: return make_subscribe(v);
        case packet_type::suback: return make_suback(v);
        case packet_type::unsubscribe: return make_unsubscribe(v);
        case packet_type::unsuback: return make_unsuback(v);
        case packet_type::pingreq: return pingreq{};
        case packet_type::pingresp: return pingresp{};
        case packet_type::disconnect: return make_disconnect(v);
        case packet_type::auth: return make_auth();
    }
    return pingreq{};
}

}  // namespace tepore::protocol::testing
