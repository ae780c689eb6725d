// MQTT 3.1.1, 3.1: what a CONNECT must look like. Sessions, wills and keep alive have files of their own.
#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

namespace {

/// Every field that CONNECT can have.
connect_bytes full_connect() {
    return {.flags = clean_session | will_flag | will_qos(1) | will_retain | user_name_flag | password_flag,
            .payload = join({text("full"), text("will/topic"), text("will message"), text("user"), text("password")})};
}

}  // namespace

TEST_CASE("[MQTT-3.1.0-1] a first packet other than CONNECT closes the connection and has no effect [B-35]") {
    const wire firsts[] = {
        publish_bytes(0x31, "a", "x"),
        publish_bytes(0x33, "a", "x", 1),
        publish_bytes(0x35, "a", "x", 1),
        packet(0x40, {u16(1)}),
        packet(0x50, {u16(1)}),
        packet(0x62, {u16(1)}),
        packet(0x70, {u16(1)}),
        subscribe_bytes(1, "a", 0),
        unsubscribe_bytes(1, "a"),
        pingreq,
        disconnect_packet,
        accepted,
    };
    for (const auto& first : firsts) {
        CAPTURE(first[0]);
        broker_room broker(options());
        auto bob = broker.connect("bob");
        bob.subscribe("#", qos_2);
        auto stranger = broker.open();
        stranger.send(join({first, connect_bytes{}.whole()}));
        CHECK(stranger.closed());
        CHECK(bob.silent());
        bob.subscribe("a");
        CHECK(bob.silent());  // and nothing was retained
    }
}

TEST_CASE("[MQTT-3.1.0-2] [MQTT-3.1.2-8] a second CONNECT closes the connection, and the will is published [B-35]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("#");
    auto amy = broker.connect("amy", with_will(will("amy/status", "gone")));
    amy.send(connect_bytes{.payload = text("amy")}.whole());
    CHECK(amy.closed());
    CHECK(bob.expect_publish().topic == "amy/status");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.1.2-1] a protocol name that is not MQTT's is closed without CONNACK [B-36]") {
    for (const auto name : {"MQTX"sv, "mqtt"sv, "Mqtt"sv, ""sv, "M"sv, "MQT"sv, "MQTTT"sv, "HTTP"sv, "MQTT\0"sv}) {
        CAPTURE(name);
        check_refused_without_connack(connect_bytes{.name = name}.whole());
    }
}

TEST_CASE("[MQTT-3.1.2-2] [MQTT-3.2.2-4] [MQTT-3.2.2-5] an unknown protocol level gets return code 1, then the end [B-36]") {
    for (const unsigned level : {0u, 1u, 2u, 6u, 7u, 100u, 127u}) {
        CAPTURE(level);
        broker_room broker(options());
        (void)broker.connect("raw", persistent());  // Session Present stays 0 although there is a session
        check_refused_with(broker, connect_bytes{.level = level, .flags = 0}.whole(), 1);
    }
}

TEST_CASE("[MQTT-3.1.2-3] [MQTT-3.1.4-1] the reserved connect flag set: closed without CONNACK [B-34]") {
    check_refused_without_connack(connect_bytes{.flags = clean_session | 0x01}.whole());
    check_refused_without_connack(connect_bytes{.flags = 0x01}.whole());
}

TEST_CASE("[MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.4-1] Will QoS without Will Flag: closed without CONNACK [B-34]") {
    for (const unsigned qos : {1u, 2u, 3u}) check_refused_without_connack(connect_bytes{.flags = clean_session | will_qos(qos)}.whole());
}

TEST_CASE("[MQTT-3.1.2-11] [MQTT-3.1.2-15] [MQTT-3.1.4-1] Will Retain without Will Flag: closed without CONNACK") {
    check_refused_without_connack(connect_bytes{.flags = clean_session | will_retain}.whole());
}

TEST_CASE("[MQTT-3.1.2-11] will fields without Will Flag: closed without CONNACK") {
    check_refused_without_connack(connect_bytes{.payload = join({text("id"), text("will/topic"), text("gone")})}.whole());
}

TEST_CASE("[MQTT-3.1.2-14] Will QoS 3: closed without CONNACK [B-34]") {
    check_refused_without_connack(
        connect_bytes{.flags = clean_session | will_flag | will_qos(3), .payload = join({text("id"), text("will/topic"), text("gone")})}.whole());
}

TEST_CASE("[MQTT-3.1.2-9] Will Flag without will topic or without will message: closed without CONNACK") {
    check_refused_without_connack(connect_bytes{.flags = clean_session | will_flag}.whole());
    check_refused_without_connack(connect_bytes{.flags = clean_session | will_flag, .payload = join({text("id"), text("will/topic")})}.whole());
}

TEST_CASE("[MQTT-3.1.2-18] a user name without its flag: closed without CONNACK") {
    check_refused_without_connack(connect_bytes{.payload = join({text("id"), text("user")})}.whole());
}

TEST_CASE("[MQTT-3.1.2-19] the user name flag without a user name: closed without CONNACK") {
    check_refused_without_connack(connect_bytes{.flags = clean_session | user_name_flag}.whole());
}

TEST_CASE("[MQTT-3.1.2-20] a password without its flag: closed without CONNACK") {
    check_refused_without_connack(
        connect_bytes{.flags = clean_session | user_name_flag, .payload = join({text("id"), text("user"), text("password")})}.whole());
}

TEST_CASE("[MQTT-3.1.2-21] the password flag without a password: closed without CONNACK") {
    check_refused_without_connack(
        connect_bytes{.flags = clean_session | user_name_flag | password_flag, .payload = join({text("id"), text("user")})}.whole());
}

TEST_CASE("[MQTT-3.1.2-22] a password flag without the user name flag: closed without CONNACK [B-34]") {
    check_refused_without_connack(connect_bytes{.flags = clean_session | password_flag, .payload = join({text("id"), text("password")})}.whole());
}

TEST_CASE("[MQTT-3.1.3-1] all fields in their order are understood") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("#", qos_2);
    auto full = broker.open();
    full.send(full_connect().whole());
    CHECK(full.raw() == accepted);
    full.drop();
    const auto gone = bob.take();
    CHECK(gone.topic == "will/topic");
    CHECK(gone.payload == "will message");
    CHECK(gone.qos == qos_1);
    auto late = broker.connect("late");
    late.subscribe("will/topic", qos_2);
    CHECK(late.take().retain);
}

TEST_CASE("[MQTT-3.1.3-3] [MQTT-3.1.4-1] [MQTT-3.2.2-6] a CONNECT cut anywhere is closed without CONNACK [B-34]") {
    const auto body = full_connect().body();
    for (std::size_t kept = 0; kept < body.size(); ++kept) {
        CAPTURE(kept);
        check_refused_without_connack(packet(0x10, {wire(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(kept))}));
    }
}

TEST_CASE("[MQTT-3.1.4-1] [MQTT-3.2.2-6] bytes left over at the end of CONNECT: closed without CONNACK [B-34]") {
    check_refused_without_connack(packet(0x10, {connect_bytes{}.body(), u8(0)}));
    check_refused_without_connack(packet(0x10, {full_connect().body(), u16(0)}));
}

TEST_CASE("[MQTT-3.1.3-5] identifiers of 1 to 23 letters and digits are allowed, and each is another client") {
    broker_room broker(options());
    std::vector<peer> clients;
    for (const auto id : {"0"sv, "Z"sv, "z"sv, "0123456789abcdefghijklm"sv, "nopqrstuvwxyzABCDEFGHIJ"sv, "KLMNOPQRSTUVWXYZ"sv}) {
        clients.push_back(broker.connect(id));
    }
    for (auto& client : clients) CHECK(client.silent());  // none took another's place
}

TEST_CASE("3.1.1 section 3.1.3.1: longer identifiers and other characters are served too") {
    broker_room broker(options());
    auto one = broker.connect("a client/with spaces, \xC3\xA8 and more than twenty-three bytes #+$");
    auto two = broker.connect(std::string(1'000, 'x'));
    CHECK(one.silent());
    CHECK(two.silent());
}

TEST_CASE("[MQTT-3.1.3-6] a client without identifier gets one of its own") {
    broker_room broker(options());
    auto one = broker.open();
    auto two = broker.open();
    for (auto* nameless : {&one, &two}) {
        nameless->send(connect_bytes{.payload = text("")}.whole());
        CHECK(nameless->raw() == accepted);
    }
    one.subscribe("a");
    CHECK(two.silent());
    auto amy = broker.connect("amy");
    amy.publish("a", "x");
    CHECK(one.expect_publish().payload == "x");
    CHECK(two.silent());
}

TEST_CASE(
    "[MQTT-3.1.3-8] [MQTT-3.1.3-9] [MQTT-3.2.2-4] [MQTT-3.2.2-5] no identifier and Clean Session 0: return code 2, then the end [B-11] [B-30]") {
    broker_room broker(options());
    check_refused_with(broker, connect_bytes{.flags = 0, .payload = text("")}.whole(), 2);
}

TEST_CASE("[MQTT-3.1.4-4] [MQTT-3.2.0-1] a good CONNECT is answered by CONNACK 0, before anything else") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_1);
    bob.drop();
    auto amy = broker.connect("amy");
    amy.publish("a", "waiting", qos_1);

    auto back = broker.open();
    back.send(connect_bytes{.flags = 0, .payload = text("bob")}.whole());
    const auto bytes = back.raw();
    REQUIRE(bytes.size() > 4);
    CHECK(wire(bytes.begin(), bytes.begin() + 4) == wire{0x20, 2, 1, 0});
    CHECK(bytes[4] == 0x32);
}

TEST_CASE("3.1.1 section 3.1.4: a client need not wait for CONNACK") {
    broker_room broker(options());
    auto amy = broker.open();
    amy.send(join({connect_bytes{}.whole(), subscribe_bytes(1, "a", 0), publish_bytes(0x30, "a", "x"), pingreq}));
    CHECK(amy.raw() == join({accepted, {0x90, 3, 0, 1, 0}, publish_bytes(0x30, "a", "x"), pingresp}));
}

TEST_CASE("[MQTT-3.1.4-5] nothing that follows a refused CONNECT is processed [B-43]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("#", qos_2);
    auto stranger = broker.open();
    stranger.send(
        join({connect_bytes{.level = 9}.whole(), publish_bytes(0x33, "a", "x", 1), connect_bytes{}.whole(), publish_bytes(0x31, "b", "y")}));
    CHECK(stranger.raw() == wire{0x20, 2, 0, 1});
    CHECK(stranger.closed());
    CHECK(bob.silent());
}

TEST_CASE("3.1.1 section 3.1.4: a connection that never sends a whole CONNECT is closed after a while") {
    broker_room broker(options());
    auto mute = broker.open();
    auto slow = broker.open();
    slow.send({0x10, 15, 0, 4, 'M', 'Q'});
    broker.advance(5min);
    CHECK(mute.closed());
    CHECK(slow.closed());
}
