// Every packet that a server may send, with every field wrong in every way: the client closes the connection, and tells a server of 5.0 why. What is
// right but unusual is taken.
#include "client/conversation.hpp"
#include "packets/tally.hpp"

namespace tepore::packets {
namespace {

using mqtt_client::testing::amy;
using mqtt_client::testing::conversation;
using protocol::packet_type;

constexpr auto v3 = version::v3_1_1;
constexpr auto v5 = version::v5;
constexpr unsigned connack = 2;
constexpr unsigned disconnect = 14;

client_options options(version v) {
    return amy(v == v5 ? mqtt_version::v5 : mqtt_version::v3_1_1);
}

/// What our CONNECT tells.
receiver client_of(version v) {
    conversation talk(options(v));
    talk.open();
    const auto hello = talk.expect<protocol::connect>();
    using enum protocol::property_id;
    return {hello.properties.number(topic_alias_maximum).value_or(0), true,
            hello.properties.number(maximum_packet_size).value_or(options(v).packet_bytes_max)};
}

void forget_what_was_said(conversation& talk) {
    while (!talk.silent()) (void)talk.expect_bytes();
    talk.messages.clear();
}

/// Leads the client to where it expects this packet, for Packet Identifier 1 and one filter.
void prepare(conversation& talk, packet_type type) {
    talk.open();
    if (type != packet_type::connack) talk.broker_says(protocol::connack{});
    switch (type) {
        case packet_type::puback: talk.publish("a", "x", mqtt_qos::at_least_once); break;
        case packet_type::pubrec: talk.publish("a", "x", mqtt_qos::exactly_once); break;
        case packet_type::pubrel: talk.broker_publishes("a", "x", protocol::qos::exactly_once, 1); break;
        case packet_type::pubcomp:
            talk.publish("a", "x", mqtt_qos::exactly_once);
            talk.broker_acks(packet_type::pubrec, 1);
            break;
        case packet_type::suback: talk.subscribe("a"); break;
        case packet_type::unsuback: talk.unsubscribe({"a"}); break;
        default: break;
    }
    forget_what_was_said(talk);
}

void play(const packet& p, version v, const one_case& c) {
    CAPTURE(p.name);
    CAPTURE(c.name);
    CAPTURE(std::string(c.says.rule(v)));
    conversation talk(options(v));
    prepare(talk, static_cast<packet_type>(p.type));
    talk.broker_says_bytes(c.bytes);
    if (c.says.taken(v)) {
        CHECK(talk.engine.wants_close() == (p.type == disconnect));
        while (!talk.silent()) CHECK(talk.expect_bytes()[0] != 0xE0);
        return;
    }
    if (v == v5 && c.says.how == answer::usual) {
        const auto said = talk.silent() ? wire{} : talk.expect_bytes();
        CHECK((said.size() > 2 && said[0] == 0xE0 && said[2] == c.says.code));
    }
    CHECK(talk.silent());
    CHECK(talk.engine.wants_close());
    CHECK(talk.messages.empty());
}

void run(unsigned type, version v, std::size_t at_least) {
    const auto told = client_of(v);
    tally counted;
    std::string name;
    for (const auto& p : packets()) {
        if (p.type != type || !includes(p.in, v) || !includes(p.from, side::server)) continue;
        if (name.empty()) name = p.name.substr(0, p.name.find(' '));
        for (const auto& c : cases_of(p, v, side::server, told)) {
            play(p, v, c);
            counted.note(c, v);
        }
    }
    counted.check(name.c_str(), v, at_least);
}

TEST_CASE(
    "[MQTT-2.2.2-1] [MQTT-2.2.2-2] [MQTT-3.2.2-1] [MQTT-3.2.2-5] [MQTT-4.8.0-1] "
    "CONNACK of 3.1.1, every field wrong in every way") {
    run(2, v3, 477);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.1.3-1] [MQTT5-2.2.2-1] [MQTT5-3.1.2-24] [MQTT5-3.2.2-1] "
    "[MQTT5-3.2.2-2] [MQTT5-3.2.2-7] [MQTT5-3.2.2-8] CONNACK of 5.0, every field wrong in every way") {
    run(2, v5, 819);
}

TEST_CASE(
    "[MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-2.3.1-1] [MQTT-3.3.1-2] [MQTT-3.3.1-4] [MQTT-3.3.2-2] [MQTT-4.7.3-1] [MQTT-4.8.0-1] "
    "PUBLISH of 3.1.1, every field wrong in every way") {
    run(3, v3, 126);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.2.1-3] [MQTT5-2.2.2-1] [MQTT5-3.1.2-24] [MQTT5-3.1.2-26] "
    "[MQTT5-3.3.1-2] [MQTT5-3.3.1-4] [MQTT5-3.3.2-2] [MQTT5-3.3.2-8] [MQTT5-3.3.2-14] [MQTT5-4.7.3-1] "
    "PUBLISH of 5.0, every field wrong in every way") {
    run(3, v5, 900);
}

TEST_CASE("[MQTT-2.2.2-2] [MQTT-2.3.1-6] [MQTT-4.8.0-1] PUBACK of 3.1.1, every field wrong in every way") {
    run(4, v3, 26);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.1.3-1] [MQTT5-2.2.1-5] [MQTT5-3.1.2-24] [MQTT5-3.4.2-1] "
    "PUBACK of 5.0, every field wrong in every way") {
    run(4, v5, 441);
}

TEST_CASE("[MQTT-2.2.2-2] [MQTT-2.3.1-6] [MQTT-4.8.0-1] PUBREC of 3.1.1, every field wrong in every way") {
    run(5, v3, 26);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.1.3-1] [MQTT5-2.2.1-5] [MQTT5-3.1.2-24] [MQTT5-3.5.2-1] "
    "PUBREC of 5.0, every field wrong in every way") {
    run(5, v5, 441);
}

TEST_CASE("[MQTT-2.3.1-6] [MQTT-3.6.1-1] [MQTT-4.8.0-1] PUBREL of 3.1.1, every field wrong in every way") {
    run(6, v3, 26);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.2.1-5] [MQTT5-3.1.2-24] [MQTT5-3.6.1-1] [MQTT5-3.6.2-1] "
    "PUBREL of 5.0, every field wrong in every way") {
    run(6, v5, 441);
}

TEST_CASE("[MQTT-2.2.2-2] [MQTT-2.3.1-6] [MQTT-4.8.0-1] PUBCOMP of 3.1.1, every field wrong in every way") {
    run(7, v3, 26);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.1.3-1] [MQTT5-2.2.1-5] [MQTT5-3.1.2-24] [MQTT5-3.7.2-1] "
    "PUBCOMP of 5.0, every field wrong in every way") {
    run(7, v5, 441);
}

TEST_CASE(
    "[MQTT-2.2.2-2] [MQTT-2.3.1-7] [MQTT-3.8.4-5] [MQTT-3.9.3-2] [MQTT-4.8.0-1] "
    "SUBACK of 3.1.1, every field wrong in every way") {
    run(9, v3, 252);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.1.3-1] [MQTT5-2.2.1-6] [MQTT5-2.2.2-1] [MQTT5-3.1.2-24] "
    "[MQTT5-3.8.4-6] [MQTT5-3.9.3-2] [MQTT5-3.11.3-1] [MQTT5-3.11.3-2] SUBACK of 5.0, every field wrong in every way") {
    run(9, v5, 441);
}

TEST_CASE("[MQTT-2.2.2-2] [MQTT-2.3.1-7] [MQTT-4.8.0-1] UNSUBACK of 3.1.1, every field wrong in every way") {
    run(11, v3, 26);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.1.3-1] [MQTT5-2.2.1-6] [MQTT5-2.2.2-1] [MQTT5-3.1.2-24] "
    "[MQTT5-3.11.3-1] [MQTT5-3.11.3-2] UNSUBACK of 5.0, every field wrong in every way") {
    run(11, v5, 441);
}

TEST_CASE("[MQTT-2.2.2-2] [MQTT-4.8.0-1] PINGRESP of 3.1.1, every field wrong in every way") {
    run(13, v3, 23);
}

TEST_CASE("[MQTT5-1.5.5-1] [MQTT5-2.1.3-1] [MQTT5-3.1.2-24] PINGRESP of 5.0, every field wrong in every way") {
    run(13, v5, 23);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-3.1.2-24] [MQTT5-3.14.1-1] [MQTT5-3.14.2-1] [MQTT5-3.14.2-2] "
    "DISCONNECT of 5.0, every field wrong in every way") {
    run(14, v5, 468);
}

/// Says `bytes` to a client that is connected, or waits for CONNACK.
void out_of_place(version v, bool connected, const wire& bytes, unsigned code) {
    conversation talk(options(v));
    prepare(talk, connected ? packet_type::pingresp : packet_type::connack);
    talk.broker_says_bytes(bytes);
    if (v == v5) {
        const auto said = talk.silent() ? wire{} : talk.expect_bytes();
        CHECK((said.size() > 2 && said[0] == 0xE0 && said[2] == code));
    }
    CHECK(talk.silent());
    CHECK(talk.engine.wants_close());
    CHECK(talk.messages.empty());
}

TEST_CASE("[MQTT-3.2.0-1] [MQTT5-3.2.0-1] any other packet before CONNACK, and a second CONNACK") {
    for (const auto v : {v3, v5}) {
        for (const auto& p : packets()) {
            CAPTURE(p.name);
            if (!includes(p.in, v) || !includes(p.from, side::server)) continue;
            if (p.type == connack) out_of_place(v, true, good_form(p, v), protocol_error);
            // The goodbye of a server that has not answered CONNECT ends the connection all the same.
            else if (p.type != disconnect)
                out_of_place(v, false, good_form(p, v), protocol_error);
        }
    }
}

TEST_CASE("[MQTT-4.8.0-1] [MQTT5-4.13.1-1] packets that only a client sends, and the forbidden types") {
    for (const auto& p : packets()) {
        CAPTURE(p.name);
        if (p.from != sent_by::client) continue;
        if (includes(p.in, v3)) out_of_place(v3, true, good_form(p, v3), 0);
        if (includes(p.in, v5) && p.type != disconnect) out_of_place(v5, true, good_form(p, v5), protocol_error);
    }
    out_of_place(v3, true, {0x00, 0x00}, 0);
    out_of_place(v5, true, {0x00, 0x00}, malformed_packet);
    out_of_place(v3, true, {0xF0, 0x00}, 0);
}

TEST_CASE(
    "[MQTT5-3.4.2-2] [MQTT5-3.4.2-3] [MQTT5-3.5.2-2] [MQTT5-3.5.2-3] [MQTT5-3.6.2-2] [MQTT5-3.6.2-3] [MQTT5-3.7.2-2] [MQTT5-3.7.2-3] "
    "[MQTT5-3.14.2-3] [MQTT5-3.14.2-4] the client's answers are bare: no reason string and no user property can make them too large for the server") {
    conversation talk(options(v5));
    talk.open();
    (void)talk.expect_bytes();
    protocol::property_builder small;
    small.number(protocol::property_id::maximum_packet_size, 5);
    talk.broker_says(protocol::connack{.properties = small.view()});
    talk.broker_publishes("a", "x", protocol::qos::at_least_once, 1);
    talk.broker_publishes("a", "x", protocol::qos::exactly_once, 2);
    talk.broker_acks(packet_type::pubrel, 2);
    talk.broker_acks(packet_type::pubrel, 99);  // not found
    talk.broker_acks(packet_type::pubrec, 99);  // not found
    for (const unsigned first : {0x40u, 0x50u, 0x70u, 0x70u, 0x62u}) {
        const auto said = talk.expect_bytes();
        CHECK(said[0] == first);
        CHECK(said.size() <= 5);
    }
    talk.broker_says_bytes({0x00, 0x00});
    CHECK(talk.expect_bytes() == wire{0xE0, 1, malformed_packet});
    CHECK(talk.silent());
}

}  // namespace
}  // namespace tepore::packets
