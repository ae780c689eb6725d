// MQTT 3.1.1, 3.10 UNSUBSCRIBE and 3.11 UNSUBACK.
#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT-3.10.3-1] [MQTT-3.10.3-2] [MQTT-4.8.0-1] an UNSUBSCRIBE without a filter, or with a filter cut, closes the connection") {
    check_closes(packet(0xA2));
    check_closes(packet(0xA2, {u8(0)}));
    check_closes(packet(0xA2, {u16(1)}));
    check_closes(packet(0xA2, {u16(1), u16(2), raw("a")}));
    check_closes(packet(0xA2, {u16(1), text("a"), u8(0)}));
}

TEST_CASE("[MQTT-3.10.4-1] filters are compared letter by letter, not by what they match") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a/+");
    for (const auto other : {"a/b"sv, "a/#"sv, "#"sv, "A/+"sv, "a/+/"sv, "/a/+"sv, "+/+"sv}) bob.unsubscribe(other);
    auto amy = broker.connect("amy");
    amy.publish("a/b", "still here");
    CHECK(bob.expect_publish().payload == "still here");
    bob.unsubscribe("a/+");
    amy.publish("a/b", "x");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.10.4-1] of two subscriptions that match, only the named one goes") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a/b", qos_2);
    bob.subscribe("a/#", qos_0);
    bob.unsubscribe("a/b");
    auto amy = broker.connect("amy");
    amy.publish("a/b", "x", qos_2);
    CHECK(bob.expect_publish().qos == qos_0);
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.10.4-2] after UNSUBSCRIBE no new message is added, and the others keep theirs") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_1);
    auto other = broker.connect("other");
    other.subscribe("a", qos_1);
    bob.unsubscribe("a");
    auto amy = broker.connect("amy");
    amy.publish("a", "x", qos_1);
    CHECK(bob.silent());
    CHECK(other.take().payload == "x");
}

TEST_CASE("[MQTT-3.10.4-3] flows that have begun are finished [B-41]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    amy.publish("a", "one", qos_1);
    amy.publish("a", "two", qos_2);
    const auto sent = look(bob).publishes;
    REQUIRE(sent.size() == 2);
    bob.unsubscribe("a");

    bob.drop();
    bob = broker.connect("bob", persistent());
    const auto again = look(bob).publishes;
    REQUIRE(again.size() == 2);
    bob.send(ack(packet_type::puback, again[0].id));
    bob.send(ack(packet_type::pubrec, again[1].id));
    CHECK(bob.expect_ack(packet_type::pubrel).id == sent[1].id);
    bob.send(ack(packet_type::pubcomp, again[1].id));
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.10.4-4] [MQTT-3.10.4-5] UNSUBSCRIBE is answered by UNSUBACK, also when nothing was subscribed") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.send(unsubscribe_bytes(500, "never/subscribed"));
    CHECK(bob.raw() == wire{0xB0, 2, 1, 0xF4});
}

TEST_CASE("[MQTT-3.10.4-6] many filters: one UNSUBACK, all of them gone [B-41]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    for (const auto filter : {"a"sv, "b/+"sv, "c/#"sv, "d"sv}) bob.subscribe(filter);
    bob.send(packet(0xA2, {u16(7), text("a"), text("c/#"), text("never"), text("b/+"), text("a")}));
    CHECK(bob.raw() == wire{0xB0, 2, 0, 7});
    auto amy = broker.connect("amy");
    for (const auto topic : {"a"sv, "b/x"sv, "c/x/y"sv, "d"sv}) amy.publish(topic, "x");
    CHECK(bob.expect_publish().topic == "d");
    CHECK(bob.silent());
}

TEST_CASE("3.1.1 section 3.10.4: a session remembers that it unsubscribed") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_1);
    bob.unsubscribe("a");
    bob.disconnect();
    auto amy = broker.connect("amy");
    amy.publish("a", "x", qos_1);
    bob = broker.connect("bob", persistent());
    CHECK(bob.silent());
}
