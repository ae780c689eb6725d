#include "fuzz/script.hpp"

#include <array>
#include <deque>

#include "protocol/property.hpp"
#include "protocol/wire.hpp"

namespace tepore::fuzz {
namespace {

using namespace protocol;

template <class Packet>
octets encoded(const Packet& p, version v) {
    octets out(encoded_size(p, v));
    if (!out.empty()) encode(p, v, out);
    return out;
}

protocol::qos a_qos(unsigned byte) {
    return static_cast<protocol::qos>(byte % 3);
}

/// Few, so that packets of an input speak of the same messages.
packet_id an_id(unsigned byte) {
    return static_cast<packet_id>(byte == 0xFF ? 65'535 : 1 + byte % 8);
}

/// Up to three properties out of `allowed`; one choice more is any property at all.
property_view some_properties(input& in, version v, property_builder& into, std::initializer_list<property_id> allowed) {
    if (v != version::v5) return {};
    for (auto left = in.below(4); left > 0; --left) {
        const auto choice = in.below(static_cast<unsigned>(allowed.size()) + 1);
        const auto id = choice < allowed.size() ? allowed.begin()[choice] : static_cast<property_id>(in.byte());
        switch (id) {
            case property_id::user_property: {
                const auto name = as_text(in.until('='));
                into.user(name, as_text(in.until(';')));
                break;
            }
            case property_id::content_type:
            case property_id::assigned_client_identifier:
            case property_id::response_information:
            case property_id::server_reference:
            case property_id::reason_string: into.text(id, as_text(in.until(';'))); break;
            case property_id::authentication_method: into.text(id, in.coin() ? "SCRAM-SHA-256" : as_text(in.until(';'))); break;
            case property_id::response_topic: into.text(id, a_topic(in)); break;
            case property_id::correlation_data:
            case property_id::authentication_data: into.data(id, in.until(';')); break;
            case property_id::payload_format_indicator:
            case property_id::request_problem_information:
            case property_id::request_response_information:
            case property_id::maximum_qos:
            case property_id::retain_available:
            case property_id::wildcard_subscription_available:
            case property_id::subscription_identifier_available:
            case property_id::shared_subscription_available: into.number(id, in.below(2)); break;
            case property_id::receive_maximum:
            case property_id::topic_alias:
            case property_id::topic_alias_maximum:
            case property_id::server_keep_alive: into.number(id, in.below(6)); break;
            case property_id::maximum_packet_size: into.number(id, 1u + in.byte()); break;
            case property_id::subscription_identifier: into.number(id, 1u + in.below(4) * 100'000u); break;
            case property_id::message_expiry_interval:
            case property_id::session_expiry_interval:
            case property_id::will_delay_interval: {
                constexpr std::array<std::uint32_t, 6> seconds{0, 1, 10, 60, 3600, 0xffff'ffff};
                into.number(id, seconds[in.below(seconds.size())]);
                break;
            }
            default: break;
        }
    }
    return into.view();
}

}  // namespace

std::string_view a_topic(input& in) {
    constexpr std::array<std::string_view, 12> known{
        "a", "a/b", "a/b/c", "b", "a//c", "/", "/a", "$x/a", "$SYS/broker/uptime", "a/+", "a/b/c/d/e/f/g/h/i", ""};
    const unsigned choice = in.byte();
    return choice < 240 ? known[choice % known.size()] : as_text(in.until(0));
}

std::string_view a_filter(input& in) {
    constexpr std::array<std::string_view, 18> known{"a",         "a/b",   "#",      "+",    "a/#",          "a/+",          "+/b",
                                                     "+/+/#",     "/+",    "$SYS/#", "$x/#", "$share/g/a/#", "$share/g/+/b", "$share/h/#",
                                                     "$share/g/", "a/#/b", "a+",     ""};
    const unsigned choice = in.byte();
    return choice < 240 ? known[choice % known.size()] : as_text(in.until(0));
}

octets a_connect(input& in, version v, std::string_view client_id) {
    const unsigned flags = in.byte();
    connect p{.version = v, .client_id = client_id, .will = {}, .user_name = {}, .password = {}, .properties = {}};
    p.clean_start = (flags & 1) == 0;
    if ((flags & 2) != 0) p.keep_alive_s = static_cast<std::uint16_t>(in.below(8));
    property_builder will_properties;
    if ((flags & 4) != 0) {
        will_message will{.topic = a_topic(in), .payload = in.until(0), .properties = {}};
        const unsigned how = in.byte();
        will.qos = a_qos(how);
        will.retain = (how & 0x80) != 0;
        will.properties =
            some_properties(in, v, will_properties,
                            {property_id::will_delay_interval, property_id::message_expiry_interval, property_id::payload_format_indicator,
                             property_id::content_type, property_id::response_topic, property_id::correlation_data, property_id::user_property});
        p.will = will;
    }
    if ((flags & 8) != 0) p.user_name = as_text(in.until(0));
    if ((flags & 16) != 0) p.password = in.until(0);
    property_builder properties;
    p.properties =
        some_properties(in, v, properties,
                        {property_id::session_expiry_interval, property_id::receive_maximum, property_id::maximum_packet_size,
                         property_id::topic_alias_maximum, property_id::request_problem_information, property_id::request_response_information,
                         property_id::user_property, property_id::authentication_method, property_id::authentication_data});
    octets out(encoded_size(p));
    if (!out.empty()) encode(p, out);
    return out;
}

octets a_connack(input& in, version v) {
    const unsigned flags = in.byte();
    connack p{.session_present = (flags & 1) != 0, .code = 0, .properties = {}};
    if ((flags & 2) != 0) p.code = in.byte();
    property_builder properties;
    p.properties = some_properties(
        in, v, properties,
        {property_id::session_expiry_interval, property_id::receive_maximum, property_id::maximum_qos, property_id::retain_available,
         property_id::maximum_packet_size, property_id::assigned_client_identifier, property_id::topic_alias_maximum, property_id::reason_string,
         property_id::user_property, property_id::wildcard_subscription_available, property_id::subscription_identifier_available,
         property_id::shared_subscription_available, property_id::server_keep_alive, property_id::response_information, property_id::server_reference,
         property_id::authentication_method, property_id::authentication_data});
    return encoded(p, v);
}

octets a_publish(input& in, version v) {
    const unsigned flags = in.byte();
    publish p{.topic = a_topic(in), .payload = {}, .properties = {}};
    p.qos = a_qos(flags);
    p.retain = (flags & 0x40) != 0;
    p.dup = (flags & 0x20) != 0 && p.qos != qos::at_most_once;
    if (p.qos != qos::at_most_once) p.id = an_id(in.byte());
    octets large;
    if ((flags & 0x80) != 0) {  // large ones need few bytes of the input
        large.assign(std::size_t{40} * in.byte(), in.byte());
        p.payload = large;
    } else {
        p.payload = in.until(0);
    }
    property_builder properties;
    p.properties = some_properties(
        in, v, properties,
        {property_id::message_expiry_interval, property_id::topic_alias, property_id::payload_format_indicator, property_id::content_type,
         property_id::response_topic, property_id::correlation_data, property_id::user_property, property_id::subscription_identifier});
    return encoded(p, v);
}

octets an_ack(input& in, version v) {
    constexpr std::array types{packet_type::puback, packet_type::pubrec, packet_type::pubrel, packet_type::pubcomp};
    constexpr std::array codes{reason::success, reason::success, reason::no_matching_subscribers, reason::unspecified_error,
                               reason::packet_identifier_not_found};
    const unsigned choice = in.byte();
    ack p{.type = types[choice % 4], .id = an_id(in.byte()), .code = codes[choice / 4 % codes.size()], .properties = {}};
    property_builder properties;
    if ((choice & 0x80) != 0) p.properties = some_properties(in, v, properties, {property_id::reason_string, property_id::user_property});
    return encoded(p, v);
}

octets a_subscribe(input& in, version v) {
    subscribe p{.id = an_id(in.byte()), .properties = {}, .requests = {}};
    octets list;
    for (auto left = 1 + in.below(3); left > 0; --left) {
        const auto filter = a_filter(in);
        auto options = subscription_options::from_byte(in.byte());
        options.qos = a_qos(static_cast<unsigned>(options.qos));
        subscription_list::append(list, filter, options);
    }
    p.requests = subscription_list(list);
    property_builder properties;
    p.properties = some_properties(in, v, properties, {property_id::subscription_identifier, property_id::user_property});
    return encoded(p, v);
}

octets a_suback(input& in, version v) {
    suback p{.id = an_id(in.byte()), .properties = {}, .codes = {}};
    const auto codes = in.until(0xFF);
    const octets none{0};
    p.codes = codes.empty() ? byte_view(none) : codes;
    property_builder properties;
    p.properties = some_properties(in, v, properties, {property_id::reason_string, property_id::user_property});
    return encoded(p, v);
}

octets an_unsubscribe(input& in, version v) {
    unsubscribe p{.id = an_id(in.byte()), .properties = {}, .filters = {}};
    octets list;
    for (auto left = 1 + in.below(3); left > 0; --left) filter_list::append(list, a_filter(in));
    p.filters = filter_list(list);
    property_builder properties;
    p.properties = some_properties(in, v, properties, {property_id::user_property});
    return encoded(p, v);
}

octets an_unsuback(input& in, version v) {
    unsuback p{.id = an_id(in.byte()), .properties = {}, .codes = {}};
    if (v == version::v5) p.codes = in.until(0xFF);
    property_builder properties;
    p.properties = some_properties(in, v, properties, {property_id::reason_string, property_id::user_property});
    return encoded(p, v);
}

octets a_short_packet(input& in, version v) {
    constexpr std::array codes{
        reason::success,       reason::disconnect_with_will, reason::protocol_error, reason::use_another_server, reason::continue_authentication,
        reason::reauthenticate};
    const unsigned choice = in.byte();
    const auto code = codes[choice / 4 % codes.size()];
    property_builder properties;
    switch (choice % 4) {
        case 0: return encoded(pingreq{}, v);
        case 1: return encoded(pingresp{}, v);
        case 2: {
            const auto some = some_properties(
                in, v, properties,
                {property_id::session_expiry_interval, property_id::reason_string, property_id::user_property, property_id::server_reference});
            return encoded(disconnect{code, some}, v);
        }
        default: {
            const auto some = some_properties(
                in, v, properties,
                {property_id::authentication_method, property_id::authentication_data, property_id::reason_string, property_id::user_property});
            return encoded(auth{code, some}, v);
        }
    }
}

octets a_framed_piece(input& in) {
    const auto first = in.byte();
    const auto body = in.piece();
    octets out(1 + varint_size(static_cast<std::uint32_t>(body.size())) + body.size());
    writer to(out);
    to.u8(first);
    to.varint(static_cast<std::uint32_t>(body.size()));
    to.raw(body);
    return out;
}

}  // namespace tepore::fuzz
