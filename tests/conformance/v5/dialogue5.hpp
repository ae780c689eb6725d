// Words for the conformance tests of MQTT 5.0: what dialogue.hpp has, and properties, reason codes and the questions of 4.13.
// The bytes are made here, not by the codec under test, because most of these packets are wrong on purpose.
#pragma once

#include <functional>
#include <utility>

#include "broker/limits.hpp"
#include "conformance/dialogue.hpp"
#include "protocol/property.hpp"
#include "protocol/reason.hpp"

namespace tepore::conformance {

using protocol::property_builder;
using protocol::property_id;
using protocol::property_view;
using protocol::reason;

inline constexpr auto v5 = protocol::version::v5;

/// The shards of options(), and settings of the broker.
inline room_options options(std::function<void(broker::limits&)> adjust) {
    auto o = options();
    o.adjust = std::move(adjust);
    return o;
}

// ---- bytes -----------------------------------------------------------------------------------------------------------------------------------

inline wire u32(std::uint32_t value) {
    return join({u16(value >> 16), u16(value & 0xFFFF)});
}

/// One property: identifier and value.
inline wire byte_property(property_id id, unsigned value) {
    return join({u8(static_cast<unsigned>(id)), u8(value)});
}
inline wire short_property(property_id id, unsigned value) {
    return join({u8(static_cast<unsigned>(id)), u16(value)});
}
inline wire long_property(property_id id, std::uint32_t value) {
    return join({u8(static_cast<unsigned>(id)), u32(value)});
}
inline wire varint_property(property_id id, std::uint32_t value) {
    return join({u8(static_cast<unsigned>(id)), length(value)});
}
/// Strings and binary data look alike.
inline wire text_property(property_id id, std::string_view value) {
    return join({u8(static_cast<unsigned>(id)), text(value)});
}
inline wire user_property(std::string_view name, std::string_view value) {
    return join({u8(static_cast<unsigned>(property_id::user_property)), text(name), text(value)});
}

inline wire session_expiry(std::uint32_t seconds) {
    return long_property(property_id::session_expiry_interval, seconds);
}

/// Property Length and properties, 2.2.2.
inline wire properties(std::initializer_list<wire> each = {}) {
    const auto all = join(each);
    return join({length(all.size()), all});
}

/// CONNECT of 5.0; `after_id` is what follows the client identifier: will, user name, password.
struct connect5_bytes {
    unsigned flags = clean_session;
    unsigned keep_alive_s = 0;
    wire property_block = properties();
    wire client_id = text("raw");
    wire after_id = {};
    std::string_view name = "MQTT";
    unsigned level = 5;

    [[nodiscard]] wire body() const { return join({text(name), u8(level), u8(flags), u16(keep_alive_s), property_block, client_id, after_id}); }
    [[nodiscard]] wire whole() const { return packet(0x10, {body()}); }
};

inline wire will_bytes(std::string_view topic, std::string_view payload, wire property_block = properties()) {
    return join({property_block, text(topic), text(payload)});
}

/// `first_byte` carries DUP, QoS and RETAIN; the id is left out at QoS 0.
inline wire publish5_bytes(unsigned first_byte, std::string_view topic, std::string_view payload, unsigned id = 0,
                           wire property_block = properties()) {
    return packet(first_byte, {text(topic), (first_byte & 0x06) != 0 ? u16(id) : wire{}, property_block, raw(payload)});
}

inline wire subscribe5_bytes(unsigned id, std::string_view filter, unsigned options_byte, wire property_block = properties()) {
    return packet(0x82, {u16(id), property_block, text(filter), u8(options_byte)});
}

inline wire unsubscribe5_bytes(unsigned id, std::string_view filter, wire property_block = properties()) {
    return packet(0xA2, {u16(id), property_block, text(filter)});
}

inline wire disconnect5_bytes(unsigned code, wire property_block = properties()) {
    return packet(0xE0, {u8(code), property_block});
}

// ---- connections -----------------------------------------------------------------------------------------------------------------------------

/// A client of 5.0 with a new session that ends with its connection, unless the properties say otherwise.
inline connect_options client5(std::initializer_list<wire> each = {}) {
    return {.version = v5, .clean = true, .properties = join(each)};
}

/// A client of 5.0 that continues its session, and wants it kept for `seconds`.
inline connect_options returning5(std::uint32_t seconds = 3'600, std::initializer_list<wire> each = {}) {
    return {.version = v5, .clean = false, .properties = join({session_expiry(seconds), join(each)})};
}

/// A peer of 5.0 on which `first` was sent.
inline peer open5(broker_room& broker, const wire& first) {
    auto p = broker.open();
    p.set_version(v5);
    p.send(first);
    return p;
}

// ---- answers ---------------------------------------------------------------------------------------------------------------------------------

inline unsigned code_of(reason code) {
    return static_cast<unsigned>(code);
}

/// Name and value of each user property, in order.
inline std::vector<std::pair<std::string, std::string>> user_properties(property_view from) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& p : from)
        if (p.id == property_id::user_property) all.emplace_back(p.text, p.value);
    return all;
}

inline std::optional<std::uint32_t> number_of(const received_publish& p, property_id id) {
    return property_view(p.properties).number(id);
}

/// The values of subscription identifiers, in order.
inline std::vector<std::uint32_t> subscription_identifiers(const received_publish& p) {
    std::vector<std::uint32_t> all;
    for (const auto& one : property_view(p.properties))
        if (one.id == property_id::subscription_identifier) all.push_back(one.number);
    return all;
}

/// DISCONNECT with this code and the end, and nothing else.
inline void check_disconnected(peer& p, reason code) {
    CHECK(code_of(p.expect_disconnect().code) == code_of(code));
    CHECK(p.closed());
}

// ---- questions asked again and again ---------------------------------------------------------------------------------------------------------

/// The established connection that sends `offending` is told `code` and closed; nothing of it reaches others, and they are served as before.
inline void check_disconnects(broker_room& broker, const wire& offending, reason code) {
    auto watcher = broker.connect("watcher", client5());
    watcher.subscribe("#", qos_2);
    auto offender = broker.connect("offender", client5());
    offender.send(offending);
    check_disconnected(offender, code);
    CHECK(watcher.silent());
    watcher.send_pingreq();
    watcher.expect_pingresp();
}

inline void check_disconnects(const wire& offending, reason code) {
    broker_room broker(options());
    check_disconnects(broker, offending, code);
}

/// CONNACK with this code, Session Present 0, then the end; no DISCONNECT.
inline void check_refused(broker_room& broker, const wire& first, reason code) {
    auto stranger = open5(broker, first);
    const auto answer = stranger.expect_connack();
    CHECK(answer.code == code_of(code));
    CHECK(!answer.session_present);
    CHECK(stranger.closed());
}

inline void check_refused(const wire& first, reason code) {
    broker_room broker(options());
    check_refused(broker, first, code);
}

}  // namespace tepore::conformance
