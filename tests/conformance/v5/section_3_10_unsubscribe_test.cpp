// MQTT 5.0, 3.10 UNSUBSCRIBE and 3.11 UNSUBACK.
#include "conformance/v5/subscriptions.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT5-3.10.1-1] UNSUBSCRIBE with other header flags than 0010: 0x81") {
    for (unsigned flags = 0; flags < 16; ++flags) {
        if (flags == 2) continue;
        CAPTURE(flags);
        check_disconnects(packet(0xA0 | flags, {u16(1), properties(), text("a")}), reason::malformed_packet);
    }
}

TEST_CASE("[MQTT5-3.10.3-1] a filter that is not UTF-8, or cut: 0x81") {
    for (const auto bad : {"\xC0\xAF"sv, "a\xED\xA0\x80"sv, "a\0b"sv, "\x80"sv})
        check_disconnects(unsubscribe5_bytes(1, bad), reason::malformed_packet);
    check_disconnects(packet(0xA2, {u16(1), properties(), u16(9), raw("a")}), reason::malformed_packet);
    check_disconnects(packet(0xA2, {u16(1), properties(), text("a"), u8(0)}), reason::malformed_packet);
}

TEST_CASE("[MQTT5-3.10.3-2] UNSUBSCRIBE without a filter: 0x82") {
    check_disconnects(packet(0xA2, {u16(1), properties()}), reason::protocol_error);
}

TEST_CASE("5.0 section 3.10.2: UNSUBSCRIBE takes user properties; others are 0x81") {
    check_disconnects(unsubscribe5_bytes(1, "a", properties({subscription_identifier(1)})), reason::malformed_packet);
    check_disconnects(packet(0xA2, {u16(1)}), reason::malformed_packet);
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.send(unsubscribe5_bytes(7, "a", properties({user_property("k", "v"), user_property("k", "v")})));
    CHECK(bob.expect_unsuback(7) == wire{0x11});
}

TEST_CASE("[MQTT5-3.10.4-1] filters are compared letter by letter, not by what they match") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a/+");
    for (const auto other : {"a/b"sv, "a/#"sv, "#"sv, "A/+"sv, "a/+/"sv, "/a/+"sv, "+/+"sv, "$share/g/a/+"sv})
        CHECK(unsubscribe5(bob, other) == 0x11);
    auto amy = broker.connect("amy", client5());
    amy.publish("a/b", "still here");
    CHECK(bob.take().payload == "still here");
    CHECK(unsubscribe5(bob, "a/+") == 0);
    CHECK(unsubscribe5(bob, "a/+") == 0x11);
    amy.publish("a/b", "x");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-3.10.4-2] after UNSUBSCRIBE no new message is added, and the others keep theirs") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_1);
    auto other = broker.connect("other", client5());
    other.subscribe("a", qos_1);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "before", qos_1);  // so that the route is known
    CHECK(bob.take().payload == "before");
    CHECK(other.take().payload == "before");
    CHECK(unsubscribe5(bob, "a") == 0);
    amy.publish("a", "x", qos_1);
    CHECK(bob.silent());
    CHECK(other.take().payload == "x");
}

TEST_CASE("[MQTT5-3.10.4-3] [B-41] flows that have begun are finished") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "one", qos_1);
    amy.publish("a", "two", qos_2);
    const auto sent = look(bob).publishes;
    REQUIRE(sent.size() == 2);
    CHECK(unsubscribe5(bob, "a") == 0);
    bob.drop();
    bob = broker.connect("bob", returning5());
    const auto again = look(bob).publishes;
    REQUIRE(again.size() == 2);
    CHECK(again[0].dup);
    CHECK(again[1].dup);
    bob.send(ack(packet_type::puback, again[0].id));
    bob.send(ack(packet_type::pubrec, again[1].id));
    CHECK(bob.expect_ack(packet_type::pubrel).id == sent[1].id);
    bob.send(ack(packet_type::pubcomp, again[1].id));
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-3.10.4-4] [MQTT5-3.10.4-5] [MQTT5-3.11.3-2] [B-41] UNSUBACK with the same identifier, also when nothing was deleted: 0x11") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    for (const unsigned id : {1u, 500u, 65'535u}) {
        bob.send(unsubscribe5_bytes(id, "never/subscribed"));
        CHECK(bob.raw() == packet(0xB0, {u16(id), properties(), u8(0x11)}));
    }
    bob.subscribe("a");
    bob.send(unsubscribe5_bytes(9, "a"));
    CHECK(bob.raw() == packet(0xB0, {u16(9), properties(), u8(0)}));
}

TEST_CASE("[MQTT5-3.10.4-6] [MQTT5-3.11.3-1] [B-41] many filters: one UNSUBACK, a code for each in their order") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    for (const auto filter : {"a"sv, "b/+"sv, "c/#"sv, "d"sv, "$share/g/e"sv}) bob.subscribe(filter);
    bob.send(packet(0xA2, {u16(7), properties(), text("a"), text("c/#"), text("never"), text("b/+"), text("a"), text("a#"), text("$share/g/e"),
                           text("$share/g")}));
    CHECK(bob.expect_unsuback(7) == wire{0, 0, 0x11, 0, 0x11, 0x8F, 0, 0x8F});
    auto amy = broker.connect("amy", client5());
    for (const auto topic : {"a"sv, "b/x"sv, "c/x/y"sv, "e"sv, "d"sv}) amy.publish(topic, "x");
    CHECK(bob.take().topic == "d");
    CHECK(bob.silent());
}

TEST_CASE("5.0 section 3.10.4: a session remembers that it unsubscribed") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    bob.subscribe("a", qos_1);
    bob.subscribe("$share/g/b", qos_1);
    CHECK(unsubscribe5(bob, "a") == 0);
    CHECK(unsubscribe5(bob, "$share/g/b") == 0);
    bob.disconnect();
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x", qos_1);
    amy.publish("b", "x", qos_1);
    bob = broker.connect("bob", returning5());
    CHECK(bob.silent());
}
