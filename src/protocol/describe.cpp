#include "protocol/describe.hpp"

#include <array>

namespace tepore::protocol::testing {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

/// Letters, digits and a few signs stand for themselves, every other byte is %xx.
[[nodiscard]] std::string escaped(byte_view bytes) {
    std::string out;
    for (const auto byte : bytes) {
        const char c = static_cast<char>(byte);
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                           std::string_view("/_.$#+-").find(c) != std::string_view::npos;
        if (plain)
            out += c;
        else
            out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

[[nodiscard]] std::string escaped(std::string_view text) {
    return escaped(as_bytes(text));
}

[[nodiscard]] std::string flag(std::string_view name, bool value) {
    return std::string(name) + (value ? "=1" : "=0");
}

template <class Number>
[[nodiscard]] std::string number(std::string_view name, Number value) {
    return std::string(name) + '=' + std::to_string(static_cast<unsigned>(value));
}

/// Which member holds the value depends on the identifier.
[[nodiscard]] std::string value_of(const property& p) {
    switch (p.id) {
        case property_id::user_property: return escaped(p.text) + ':' + escaped(p.value);
        case property_id::content_type:
        case property_id::response_topic:
        case property_id::assigned_client_identifier:
        case property_id::authentication_method:
        case property_id::response_information:
        case property_id::server_reference:
        case property_id::reason_string: return escaped(p.text);
        case property_id::correlation_data:
        case property_id::authentication_data: return escaped(p.data);
        default: return std::to_string(p.number);
    }
}

/// In the order of their identifiers; equal identifiers keep their order.
[[nodiscard]] std::string words_of(char prefix, property_view view) {
    constexpr auto highest = static_cast<unsigned>(property_id::shared_subscription_available);
    std::string out;
    for (unsigned id = 0; id <= highest; ++id) {
        for (const auto& p : view) {
            if (static_cast<unsigned>(p.id) == id) out += std::string{' ', prefix, digits[id >> 4], digits[id & 15], '='} + value_of(p);
        }
    }
    return out;
}

[[nodiscard]] std::string words_of(const connect& p, version) {
    auto out = "connect " + number("version", p.version) + ' ' + flag("clean", p.clean_start) + ' ' + number("keep_alive", p.keep_alive_s) +
               " client=" + escaped(p.client_id);
    if (p.will) {
        out += " will=" + escaped(p.will->topic) + " payload=" + escaped(p.will->payload) + ' ' + number("qos", p.will->qos) + ' ' +
               flag("retain", p.will->retain) + words_of('w', p.will->properties);
    }
    if (p.user_name) out += " user=" + escaped(*p.user_name);
    if (p.password) out += " password=" + escaped(*p.password);
    return out + words_of('p', p.properties);
}

[[nodiscard]] std::string words_of(const connack& p, version) {
    return "connack " + flag("session", p.session_present) + ' ' + number("code", p.code) + words_of('p', p.properties);
}

[[nodiscard]] std::string words_of(const publish& p, version) {
    return "publish " + number("qos", p.qos) + ' ' + flag("retain", p.retain) + ' ' + flag("dup", p.dup) + ' ' + number("id", p.id) +
           " topic=" + escaped(p.topic) + " payload=" + escaped(p.payload) + words_of('p', p.properties);
}

[[nodiscard]] std::string words_of(const ack& p, version) {
    constexpr std::array names{"puback ", "pubrec ", "pubrel ", "pubcomp "};
    const auto* const name = names[static_cast<std::size_t>(p.type) - static_cast<std::size_t>(packet_type::puback)];
    return name + number("id", p.id) + ' ' + number("code", p.code) + words_of('p', p.properties);
}

[[nodiscard]] std::string words_of(const subscribe& p, version v) {
    auto out = "subscribe " + number("id", p.id);
    for (const auto& request : p.requests) {
        out += ' ' + number(escaped(request.filter), request.options.qos);
        if (v != version::v5) continue;
        if (request.options.no_local) out += 'n';
        if (request.options.retain_as_published) out += 'r';
        out += std::to_string(static_cast<unsigned>(request.options.retain));
    }
    return out + words_of('p', p.properties);
}

[[nodiscard]] std::string codes_of(byte_view codes) {
    std::string out;
    for (const auto code : codes) out += ' ' + number("code", code);
    return out;
}

[[nodiscard]] std::string words_of(const suback& p, version) {
    return "suback " + number("id", p.id) + codes_of(p.codes) + words_of('p', p.properties);
}

[[nodiscard]] std::string words_of(const unsubscribe& p, version) {
    auto out = "unsubscribe " + number("id", p.id);
    for (const auto filter : p.filters) out += ' ' + escaped(filter);
    return out + words_of('p', p.properties);
}

[[nodiscard]] std::string words_of(const unsuback& p, version) {
    return "unsuback " + number("id", p.id) + codes_of(p.codes) + words_of('p', p.properties);
}
[[nodiscard]] std::string words_of(pingreq, version) {
    return "pingreq";
}
[[nodiscard]] std::string words_of(pingresp, version) {
    return "pingresp";
}
[[nodiscard]] std::string words_of(const disconnect& p, version) {
    return "disconnect " + number("code", p.code) + words_of('p', p.properties);
}
[[nodiscard]] std::string words_of(const auth& p, version) {
    return "auth " + number("code", p.code) + words_of('p', p.properties);
}

}  // namespace

std::string describe(const packet& p, version v) {
    return std::visit([v](const auto& each) { return words_of(each, v); }, p);
}

}  // namespace tepore::protocol::testing
