// Words for the conformance tests: hand-made bytes, the rooms the tests talk in, and the questions asked again and again.
// The bytes are made here, not by the codec under test, because most of these packets are wrong on purpose.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "support/conversation.hpp"

namespace tepore::conformance {

using protocol::packet_type;
using testing::broker_room;
using testing::connect_options;
using testing::peer;
using testing::received_publish;
using testing::room_options;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

inline constexpr auto qos_0 = protocol::qos::at_most_once;
inline constexpr auto qos_1 = protocol::qos::at_least_once;
inline constexpr auto qos_2 = protocol::qos::exactly_once;
inline constexpr protocol::qos every_qos[] = {qos_0, qos_1, qos_2};

/// The same tests run against one shard and against several: CTest sets the variable.
inline room_options options() {
    room_options o;
    if (const char* shards = std::getenv("TEPORE_TEST_SHARDS")) o.shards = static_cast<unsigned>(std::strtoul(shards, nullptr, 10));
    return o;
}

// ---- bytes -----------------------------------------------------------------------------------------------------------------------------------

using wire = std::vector<std::uint8_t>;

inline wire raw(std::string_view bytes) {
    return {bytes.begin(), bytes.end()};
}

inline wire u8(unsigned value) {
    return {static_cast<std::uint8_t>(value)};
}

inline wire u16(unsigned value) {
    return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

inline wire join(std::initializer_list<wire> parts) {
    wire all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

/// A string as 1.5.3 wants it: two bytes of length, then the text.
inline wire text(std::string_view t) {
    return join({u16(static_cast<unsigned>(t.size())), raw(t)});
}

/// Remaining Length, 2.2.3.
inline wire length(std::size_t value) {
    wire out;
    do {
        const auto digit = static_cast<unsigned>(value % 128);
        value /= 128;
        out.push_back(static_cast<std::uint8_t>(digit | (value > 0 ? 0x80u : 0u)));
    } while (value > 0);
    return out;
}

/// A whole control packet: first byte, Remaining Length, then the parts.
inline wire packet(unsigned first_byte, std::initializer_list<wire> parts = {}) {
    const auto body = join(parts);
    return join({u8(first_byte), length(body.size()), body});
}

inline constexpr unsigned clean_session = 0x02;
inline constexpr unsigned will_flag = 0x04;
inline constexpr unsigned will_retain = 0x20;
inline constexpr unsigned password_flag = 0x40;
inline constexpr unsigned user_name_flag = 0x80;
inline constexpr unsigned will_qos(unsigned qos) {
    return qos << 3;
}

struct connect_bytes {
    std::string_view name = "MQTT";
    unsigned level = 4;
    unsigned flags = clean_session;
    unsigned keep_alive_s = 0;
    wire payload = text("raw");

    [[nodiscard]] wire body() const { return join({text(name), u8(level), u8(flags), u16(keep_alive_s), payload}); }
    [[nodiscard]] wire whole() const { return packet(0x10, {body()}); }
};

/// `first_byte` carries DUP, QoS and RETAIN; the id is left out at QoS 0, as the specification wants.
inline wire publish_bytes(unsigned first_byte, std::string_view topic, std::string_view payload, unsigned id = 0) {
    return packet(first_byte, {text(topic), (first_byte & 0x06) != 0 ? u16(id) : wire{}, raw(payload)});
}

inline wire subscribe_bytes(unsigned id, std::string_view filter, unsigned options_byte) {
    return packet(0x82, {u16(id), text(filter), u8(options_byte)});
}

inline wire unsubscribe_bytes(unsigned id, std::string_view filter) {
    return packet(0xA2, {u16(id), text(filter)});
}

inline const wire accepted = {0x20, 2, 0, 0};
inline const wire pingreq = {0xC0, 0};
inline const wire pingresp = {0xD0, 0};
inline const wire disconnect_packet = {0xE0, 0};

// ---- packets ---------------------------------------------------------------------------------------------------------------------------------

inline protocol::ack ack(packet_type type, protocol::packet_id id) {
    return {.type = type, .id = id};
}

/// `dup` says that this is a repetition.
inline protocol::publish publish(std::string_view topic, std::string_view payload, protocol::qos qos, protocol::packet_id id, bool dup = false) {
    return {.topic = topic, .payload = as_bytes(payload), .qos = qos, .dup = dup, .id = id};
}

inline protocol::will_message will(std::string_view topic, std::string_view payload, protocol::qos qos = qos_0, bool retain = false) {
    return {.topic = topic, .payload = as_bytes(payload), .qos = qos, .retain = retain};
}

inline connect_options with_will(protocol::will_message w) {
    return {.will = w};
}

inline connect_options persistent() {
    return {.clean = false};
}

// ---- answers ---------------------------------------------------------------------------------------------------------------------------------

/// What a client finds when it looks at everything that waits, without acknowledging any of it.
struct arrivals {
    std::vector<received_publish> publishes;  // without properties
    std::vector<protocol::packet_id> pubrels;
    std::size_t others = 0;

    [[nodiscard]] std::vector<std::string> payloads() const {
        std::vector<std::string> all;
        for (const auto& p : publishes) all.push_back(p.payload);
        return all;
    }
};

inline arrivals look(peer& p) {
    arrivals found;
    while (auto one = p.next()) {
        if (const auto* pub = std::get_if<protocol::publish>(&one->packet)) {
            found.publishes.push_back({.topic = std::string(pub->topic),
                                       .payload = std::string(as_text(pub->payload)),
                                       .qos = pub->qos,
                                       .retain = pub->retain,
                                       .dup = pub->dup,
                                       .id = pub->id,
                                       .properties = {}});
        } else if (const auto* a = std::get_if<protocol::ack>(&one->packet); a != nullptr && a->type == packet_type::pubrel) {
            found.pubrels.push_back(a->id);
        } else {
            ++found.others;
        }
    }
    return found;
}

/// The payloads of the next `count` messages, each flow run to its end.
inline std::vector<std::string> take(peer& p, std::size_t count) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(p.take().payload);
    return all;
}

/// "0", "1", ... as payloads that show order and loss.
inline std::vector<std::string> numbers(int first, int after_last) {
    std::vector<std::string> all;
    for (int n = first; n < after_last; ++n) all.push_back(std::to_string(n));
    return all;
}

// ---- questions asked again and again ---------------------------------------------------------------------------------------------------------

/// The connection that sends `offending` after CONNECT is closed without a word; nothing of it reaches others, and they are served as before.
inline void check_closes(const wire& offending) {
    broker_room broker(options());
    auto watcher = broker.connect("watcher");
    watcher.subscribe("#", qos_2);
    auto offender = broker.connect("offender");
    offender.send(offending);
    CHECK(offender.closed());
    CHECK(watcher.silent());
    watcher.send_pingreq();
    watcher.expect_pingresp();
}

/// A first packet that earns neither CONNACK nor a connection.
inline void check_refused_without_connack(const wire& first) {
    broker_room broker(options());
    auto stranger = broker.open();
    stranger.send(first);
    CHECK(stranger.closed());
}

/// CONNACK with this return code, Session Present 0, then the end.
inline void check_refused_with(broker_room& broker, const wire& first, unsigned return_code) {
    auto stranger = broker.open();
    stranger.send(first);
    CHECK(stranger.raw() == wire{0x20, 2, 0, static_cast<std::uint8_t>(return_code)});
    CHECK(stranger.closed());
}

}  // namespace tepore::conformance
