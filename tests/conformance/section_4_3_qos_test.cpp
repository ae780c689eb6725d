// MQTT 3.1.1, 4.3: the flows of QoS 0, 1 and 2, and 4.4: what is sent again, and when.
#include <algorithm>

#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

// ---- the server receives ---------------------------------------------------------------------------------------------------------------------

TEST_CASE("[MQTT-4.3.1-1] QoS 0: sent once, with QoS 0 and DUP 0, and never again") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    amy.publish("a", "x", qos_0);
    CHECK(bob.raw() == publish_bytes(0x30, "a", "x"));
    bob.drop();
    bob = broker.connect("bob", persistent());
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-4.3.2-2] QoS 1: after PUBACK the same identifier is a new message, whatever DUP says") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_1);
    auto amy = broker.connect("amy");
    for (const bool dup : {false, true, true}) {
        amy.send(publish("a", "x", qos_1, 7, dup));
        CHECK(amy.expect_ack(packet_type::puback).id == 7);
        CHECK(bob.take().payload == "x");
    }
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-4.3.3-2] QoS 2: the same identifier before PUBREL is the same message, any number of times [B-1]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    for (int attempt = 0; attempt < 5; ++attempt) {
        amy.send(publish("a", "x", qos_2, 7, attempt % 2 == 1));
        CHECK(amy.expect_ack(packet_type::pubrec).id == 7);
    }
    amy.send(ack(packet_type::pubrel, 7));
    CHECK(amy.expect_ack(packet_type::pubcomp).id == 7);
    CHECK(bob.take().payload == "x");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-4.3.3-2] QoS 2: the same message over many connections of a session is delivered once [B-1]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", persistent());
    for (int attempt = 0; attempt < 3; ++attempt) {
        amy.send(publish("a", "x", qos_2, 7, attempt > 0));
        CHECK(amy.expect_ack(packet_type::pubrec).id == 7);
        amy.drop();
        amy = broker.connect("amy", persistent());
    }
    amy.send(ack(packet_type::pubrel, 7));
    CHECK(amy.expect_ack(packet_type::pubcomp).id == 7);
    CHECK(bob.take().payload == "x");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-4.3.3-2] QoS 2: after PUBCOMP the same identifier is a new message") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    for (const auto payload : {"one"sv, "two"sv, "two"sv}) {
        amy.send(publish("a", payload, qos_2, 7));
        amy.expect_ack(packet_type::pubrec);
        amy.send(ack(packet_type::pubrel, 7));
        amy.expect_ack(packet_type::pubcomp);
        CHECK(bob.take().payload == payload);
    }
}

TEST_CASE("[MQTT-4.3.3-2] a PUBREL is answered by PUBCOMP, also a repeated one and one nobody remembers [B-2]") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    amy.send(publish("a", "x", qos_2, 7));
    amy.expect_ack(packet_type::pubrec);
    for (int attempt = 0; attempt < 3; ++attempt) {
        amy.send(ack(packet_type::pubrel, 7));
        CHECK(amy.expect_ack(packet_type::pubcomp).id == 7);
    }
    amy.send(ack(packet_type::pubrel, 12'345));
    CHECK(amy.expect_ack(packet_type::pubcomp).id == 12'345);
    CHECK(amy.silent());
}

TEST_CASE("[MQTT-4.3.3-2] QoS 2: many flows at once, finished in another order, each delivered once") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    for (std::uint16_t id = 1; id <= 50; ++id) amy.send(publish("a", std::to_string(id), qos_2, id));
    for (std::uint16_t id = 1; id <= 50; ++id) CHECK(amy.expect_ack(packet_type::pubrec).id == id);
    for (std::uint16_t id = 50; id >= 1; --id) {
        amy.send(ack(packet_type::pubrel, id));
        CHECK(amy.expect_ack(packet_type::pubcomp).id == id);
    }
    auto found = take(bob, 50);
    auto expected = numbers(1, 51);
    std::sort(found.begin(), found.end());
    std::sort(expected.begin(), expected.end());
    CHECK(found == expected);
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.3.4-1] [MQTT-4.3.2-2] [MQTT-4.3.3-2] acknowledgements come in the order of what they acknowledge [B-40]") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    wire all;
    wire expected;
    for (unsigned id = 1; id <= 20; ++id) {
        all = join({all, publish_bytes(id % 2 == 0 ? 0x32 : 0x34, "a", "x", id)});
        expected = join({expected, packet(id % 2 == 0 ? 0x40 : 0x50, {u16(id)})});
    }
    amy.send(all);
    CHECK(amy.raw() == expected);
}

// ---- the server sends ------------------------------------------------------------------------------------------------------------------------

TEST_CASE("[MQTT-4.3.2-1] QoS 1: a message is unacknowledged until PUBACK, and sent again only then when the client comes back") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_1);
    auto amy = broker.connect("amy");
    amy.publish("a", "x", qos_1);
    const auto first = bob.expect_publish();
    CHECK(first.qos == qos_1);
    CHECK_FALSE(first.dup);
    CHECK(first.id != 0);

    bob.drop();
    bob = broker.connect("bob", persistent());
    CHECK(bob.expect_publish().id == first.id);
    bob.send(ack(packet_type::puback, first.id));
    bob.drop();
    bob = broker.connect("bob", persistent());
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-4.3.3-1] QoS 2: PUBLISH until PUBREC, then PUBREL until PUBCOMP, then nothing, over any number of connections [B-4]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    amy.publish("a", "x", qos_2);
    const auto id = bob.expect_publish().id;

    for (int attempt = 0; attempt < 2; ++attempt) {
        bob.drop();
        bob = broker.connect("bob", persistent());
        const auto again = bob.expect_publish();
        CHECK(again.id == id);
        CHECK(again.dup);
        CHECK(bob.silent());
    }
    bob.send(ack(packet_type::pubrec, id));
    CHECK(bob.expect_ack(packet_type::pubrel).id == id);
    for (int attempt = 0; attempt < 2; ++attempt) {
        bob.drop();
        bob = broker.connect("bob", persistent());
        CHECK(bob.expect_ack(packet_type::pubrel).id == id);  // not PUBLISH
        CHECK(bob.silent());
    }
    bob.send(ack(packet_type::pubcomp, id));
    bob.drop();
    bob = broker.connect("bob", persistent());
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-4.3.3-1] a repeated PUBREC is answered by PUBREL again") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    amy.publish("a", "x", qos_2);
    const auto id = bob.expect_publish().id;
    for (int attempt = 0; attempt < 3; ++attempt) {
        bob.send(ack(packet_type::pubrec, id));
        CHECK(bob.expect_ack(packet_type::pubrel).id == id);
    }
    bob.send(ack(packet_type::pubcomp, id));
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-4.4.0-1] on resume PUBLISH and PUBREL are sent again with their identifiers, before anything new [B-5]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    amy.publish("a", "released", qos_2);
    amy.publish("a", "in flight 2", qos_2);
    amy.publish("a", "in flight 1", qos_1);
    const auto sent = look(bob).publishes;
    REQUIRE(sent.size() == 3);
    bob.send(ack(packet_type::pubrec, sent[0].id));
    bob.expect_ack(packet_type::pubrel);
    bob.drop();
    amy.publish("a", "new", qos_2);

    bob = broker.connect("bob", persistent());
    const auto again = look(bob);
    CHECK(again.pubrels == std::vector<tepore::protocol::packet_id>{sent[0].id});
    CHECK(again.payloads() == std::vector<std::string>{"in flight 2", "in flight 1", "new"});
    REQUIRE(again.publishes.size() == 3);
    CHECK(again.publishes[0].id == sent[1].id);
    CHECK(again.publishes[0].dup);
    CHECK(again.publishes[1].id == sent[2].id);
    CHECK(again.publishes[1].dup);
    CHECK_FALSE(again.publishes[2].dup);
}

TEST_CASE("[MQTT-4.4.0-1] nothing is sent again on a connection that lives [B-5]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    amy.publish("a", "one", qos_1);
    amy.publish("a", "two", qos_2);
    CHECK(look(bob).publishes.size() == 2);
    broker.advance(1h);
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-4.4.0-1] Clean Session 1 sends nothing again") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    amy.publish("a", "x", qos_2);
    (void)bob.expect_publish();
    bob.drop();
    bob = broker.connect("bob", {.clean = true});
    CHECK(bob.silent());
}

TEST_CASE("acknowledgements that belong to nothing are ignored: they are normal after a takeover") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_2);
    bob.send(ack(packet_type::puback, 99));
    bob.send(ack(packet_type::pubcomp, 99));
    CHECK(bob.silent());
    auto amy = broker.connect("amy");
    amy.publish("a", "x", qos_2);
    CHECK(bob.take().payload == "x");
}

TEST_CASE("a 3.1.1 client that acknowledges nothing has at most ten messages in flight, also on resume; the rest follow") {
    // Paho Embedded C++ acknowledges and drops what exceeds its ten slots.
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    for (int n = 0; n < 40; ++n) amy.publish("a", std::to_string(n), qos_2);
    const auto live = look(bob).publishes.size();
    CHECK(live >= 1);
    CHECK(live <= 10);
    bob.drop();
    for (int n = 40; n < 60; ++n) amy.publish("a", std::to_string(n), qos_2);
    bob = broker.connect("bob", persistent());
    auto waiting = look(bob).publishes;
    CHECK(waiting.size() <= 10);

    std::vector<std::string> found;
    while (!waiting.empty()) {
        for (const auto& one : waiting) {
            found.push_back(one.payload);
            bob.send(ack(packet_type::pubrec, one.id));
            bob.send(ack(packet_type::pubcomp, one.id));
        }
        waiting = look(bob).publishes;
    }
    CHECK(found == numbers(0, 60));
}

TEST_CASE("a flow window full of unreleased QoS 2 messages holds back no other packet") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    for (int n = 0; n < 40; ++n) amy.publish("a", "x", qos_2);
    (void)look(bob);
    bob.send(pingreq);
    bob.expect_pingresp();
    CHECK(bob.subscribe("b") == 0);
    amy.publish("b", "QoS 0");
    CHECK(bob.expect_publish().payload == "QoS 0");
    bob.publish("c", "from bob", qos_2);
}
