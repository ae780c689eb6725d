// MQTT 5.0, 4.13: what happens to those who break the rules, and to the others; with 1.5 and 2.1, which hold for every packet.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

TEST_CASE(
    "[MQTT5-4.13.1-1] [MQTT5-3.14.4-1] [MQTT5-3.14.4-2] a malformed packet: DISCONNECT 0x81, nothing after it, the end; what followed is not "
    "processed") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("#", qos_1);
    auto amy = broker.connect("amy", client5());
    amy.subscribe("#", qos_1);
    amy.send(join({publish5_bytes(0x30, "a", "before"), packet(0x36, {text("a"), u16(1), properties()}), publish5_bytes(0x30, "a", "after"), pingreq,
                   subscribe5_bytes(9, "b", 0)}));
    CHECK(amy.expect_publish().payload == "before");
    check_disconnected(amy, reason::malformed_packet);
    CHECK(bob.expect_publish().payload == "before");
    CHECK(bob.silent());
    auto carl = broker.connect("carl", client5());
    carl.publish("a", "later", qos_1);
    CHECK(bob.expect_publish().payload == "later");
    CHECK(amy.closed());
}

TEST_CASE("[MQTT5-4.13.2-1] packets that only a server sends: 0x82") {
    for (const auto& one :
         {packet(0x20, {u16(0), properties()}), packet(0x90, {u16(1), properties(), u8(0)}), packet(0xB0, {u16(1), properties(), u8(0)}), pingresp}) {
        CAPTURE(one[0]);
        check_disconnects(one, reason::protocol_error);
    }
}

TEST_CASE("5.0 section 2.1.2: packet type 0 is malformed") {
    for (const unsigned first : {0x00u, 0x0Fu}) check_disconnects(packet(first), reason::malformed_packet);
}

TEST_CASE("[MQTT5-1.5.5-1] a remaining length of five bytes, or not in its shortest form, is malformed") {
    check_disconnects({0x30, 0x80, 0x80, 0x80, 0x80, 0x01}, reason::malformed_packet);
    check_disconnects({0xC0, 0x80, 0x00}, reason::malformed_packet);
    check_disconnects({0xC0, 0x80, 0x80, 0x80, 0x00}, reason::malformed_packet);
    check_disconnects({0xE0, 0x80, 0x00}, reason::malformed_packet);
}

TEST_CASE("[MQTT5-1.5.4-3] U+FEFF in a topic is a character, and is passed on") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe(
        "\xEF\xBB\xBF"
        "a/#");
    auto amy = broker.connect("amy", client5());
    amy.publish("a/b", "another topic");
    amy.publish(
        "\xEF\xBB\xBF"
        "a/\xEF\xBB\xBF",
        "x");
    CHECK(bob.expect_publish().topic ==
          "\xEF\xBB\xBF"
          "a/\xEF\xBB\xBF");
    CHECK(bob.silent());
}

TEST_CASE("5.0 section 1.5.4: strings of 65,535 bytes are whole") {
    broker_room broker(options());
    const std::string long_text(65'535, 'x');
    auto bob = broker.connect("bob", client5());
    bob.subscribe(long_text);
    auto amy = broker.connect("amy", client5());
    amy.send(publish5_bytes(0x30, long_text, "x", 0, properties({user_property(long_text, long_text)})));
    const auto got = bob.expect_publish();
    CHECK(got.topic == long_text);
    CHECK(user_properties(property_view(got.properties)) == std::vector<std::pair<std::string, std::string>>{{long_text, long_text}});
}

TEST_CASE("[MQTT5-3.14.0-1] no DISCONNECT before CONNACK, whatever goes wrong") {
    auto o = options();
    o.users = {{"amy", "secret"}};
    const wire firsts[] = {
        packet(0x36, {text("a"), u16(1), properties()}),
        {0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x01},
        connect5_bytes{.flags = 1}.whole(),
        connect5_bytes{}.whole(),
        connect5_bytes{.flags = clean_session | user_name_flag, .after_id = text("amy")}.whole(),
    };
    for (const auto& first : firsts) {
        broker_room broker(o);
        auto stranger = open5(broker, first);
        const auto answer = stranger.raw();
        CHECK((answer.empty() || answer[0] == 0x20));
        CHECK(stranger.closed());
    }
    broker_room broker(options());
    auto slow = broker.open();
    slow.set_version(v5);
    broker.advance(11s);
    CHECK(slow.closed());
    auto stopped = broker.open();
    broker.shut_down();
    CHECK(stopped.closed());
}

TEST_CASE("[MQTT5-3.14.2-3] [MQTT5-3.1.2-24] DISCONNECT says why when the client has room for it; one that takes three bytes gets the code alone") {
    broker_room broker(options());
    const auto offence = publish5_bytes(0x30, "a", "x", 0, properties({varint_property(property_id::subscription_identifier, 1)}));
    auto roomy = broker.connect("amy", client5());
    roomy.send(offence);
    CHECK(roomy.expect_disconnect().properties.text(property_id::reason_string));
    auto narrow = broker.connect("bob", client5({long_property(property_id::maximum_packet_size, 30)}));
    narrow.send(offence);
    CHECK(narrow.raw() == wire{0xE0, 1, 0x82});
    CHECK(narrow.closed());
}

TEST_CASE("[MQTT5-3.14.2-2] a DISCONNECT of the server has no session expiry") {
    broker_room broker(options());
    auto amy = broker.connect("amy", returning5());
    auto again = broker.connect("amy", returning5());
    CHECK_FALSE(amy.expect_disconnect().properties.number(property_id::session_expiry_interval));
    broker.shut_down();
    CHECK_FALSE(again.expect_disconnect().properties.number(property_id::session_expiry_interval));
}

TEST_CASE("5.0 section 4.13: what one client does wrong costs the others nothing, also in the middle of their packets") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a");
    auto amy = broker.connect("amy", client5());
    const auto whole = publish5_bytes(0x30, "a", "x");
    amy.send(wire(whole.begin(), whole.begin() + 4));
    auto carl = broker.connect("carl", client5());
    carl.send(packet(0x00));
    check_disconnected(carl, reason::malformed_packet);
    amy.send(wire(whole.begin() + 4, whole.end()));
    CHECK(bob.expect_publish().payload == "x");
}
