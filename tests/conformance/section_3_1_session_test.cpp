// MQTT 3.1.1, 3.1.2.4 Clean Session, 3.1.4 takeover, 3.2.2.2 Session Present, 4.1 storing state.
#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT-3.1.2-4] [MQTT-3.2.2-2] [MQTT-3.2.2-3] Clean Session 0 creates a session, then resumes it [B-11]") {
    broker_room broker(options());
    bool present = true;
    auto bob = broker.connect("bob", persistent(), &present);
    CHECK_FALSE(present);
    bob.subscribe("a", qos_1);
    bob.disconnect();

    bob = broker.connect("bob", persistent(), &present);
    CHECK(present);
    auto amy = broker.connect("amy");
    amy.publish("a", "still subscribed", qos_1);
    CHECK(bob.take().payload == "still subscribed");
}

TEST_CASE("[MQTT-3.1.2-4] [MQTT-3.2.2-2] an empty session exists too, and a dropped connection keeps it") {
    broker_room broker(options());
    bool present = true;
    auto bob = broker.connect("bob", persistent(), &present);
    CHECK_FALSE(present);
    bob.drop();
    bob = broker.connect("bob", persistent(), &present);
    CHECK(present);
}

TEST_CASE("[MQTT-3.1.2-5] [MQTT-4.5.0-1] QoS 1 and 2 messages for an absent client are kept") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("one/+", qos_1);
    bob.subscribe("two/#", qos_2);
    bob.disconnect();
    auto amy = broker.connect("amy");
    amy.publish("one/x", "1", qos_1);
    amy.publish("two/x/y", "2", qos_2);
    amy.publish("three", "3", qos_2);

    bob = broker.connect("bob", persistent());
    const auto first = bob.take();
    CHECK(first.topic == "one/x");
    CHECK(first.qos == qos_1);
    CHECK_FALSE(first.dup);  // never sent before
    const auto second = bob.take();
    CHECK(second.topic == "two/x/y");
    CHECK(second.qos == qos_2);
    CHECK_FALSE(second.dup);
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.1.2-6] [MQTT-3.2.2-1] Clean Session 1 forgets subscriptions, queue and flows of before [B-12]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    amy.publish("a", "in flight", qos_2);
    CHECK(bob.expect_publish().payload == "in flight");
    bob.send(publish("b", "half done", qos_2, 5));
    bob.expect_ack(packet_type::pubrec);
    bob.drop();
    amy.publish("a", "queued", qos_1);

    bool present = true;
    bob = broker.connect("bob", {.clean = true}, &present);
    CHECK_FALSE(present);
    CHECK(bob.silent());
    amy.publish("a", "later", qos_1);
    CHECK(bob.silent());

    // The half-done identifier is a new message now.
    auto watcher = broker.connect("watcher");
    watcher.subscribe("b", qos_2);
    bob.publish("b", "whole", qos_2);
    CHECK(watcher.take().payload == "whole");
    bob.send(publish("b", "another", qos_2, 5, true));
    bob.expect_ack(packet_type::pubrec);
    bob.send(ack(packet_type::pubrel, 5));
    bob.expect_ack(packet_type::pubcomp);
    CHECK(watcher.take().payload == "another");
}

TEST_CASE("[MQTT-3.1.2-6] [MQTT-3.2.2-3] a clean session ends with its connection") {
    for (const bool politely : {true, false}) {
        CAPTURE(politely);
        broker_room broker(options());
        auto bob = broker.connect("bob");
        bob.subscribe("a", qos_1);
        if (politely) {
            bob.disconnect();
        } else {
            bob.drop();
        }
        auto amy = broker.connect("amy");
        amy.publish("a", "missed", qos_1);
        bool present = true;
        bob = broker.connect("bob", persistent(), &present);
        CHECK_FALSE(present);
        CHECK(bob.silent());
    }
}

TEST_CASE("[MQTT-3.1.2-7] retained messages outlive the session that published them [B-12]") {
    broker_room broker(options());
    for (const bool clean : {true, false}) {
        auto amy = broker.connect("amy", {.clean = clean});
        amy.publish(clean ? "r/clean" : "r/persistent", "kept", qos_1, true);
        amy.disconnect();
    }
    auto amy = broker.connect("amy");  // ends the persistent one
    amy.disconnect();
    auto bob = broker.connect("bob");
    bob.subscribe("r/#", qos_1);
    const auto one = bob.take();
    const auto two = bob.take();
    CHECK(one.payload == "kept");
    CHECK(two.payload == "kept");
    CHECK(one.topic != two.topic);
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.1.3-2] state belongs to the client identifier, letter by letter") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_1);
    bob.disconnect();
    for (const auto other : {"Bob"sv, "bob "sv, "bo"sv, "bobb"sv}) {
        CAPTURE(other);
        bool present = true;
        auto stranger = broker.connect(other, persistent(), &present);
        CHECK_FALSE(present);
    }
    bool present = false;
    bob = broker.connect("bob", persistent(), &present);
    CHECK(present);
}

TEST_CASE("[MQTT-3.1.4-2] a client that connects again takes the place of its old connection") {
    broker_room broker(options());
    auto old_one = broker.connect("bob", persistent());
    old_one.subscribe("a", qos_1);
    bool present = false;
    auto new_one = broker.connect("bob", persistent(), &present);
    CHECK(old_one.closed());
    CHECK(present);
    auto amy = broker.connect("amy");
    amy.publish("a", "to the new one", qos_1);
    CHECK(new_one.take().payload == "to the new one");
}

TEST_CASE("[MQTT-3.1.4-2] [MQTT-4.4.0-1] what was in flight to the old connection moves to the new one [B-7]") {
    broker_room broker(options());
    auto old_one = broker.connect("bob", persistent());
    old_one.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    amy.publish("a", "one", qos_1);
    amy.publish("a", "two", qos_2);
    const auto sent = look(old_one).publishes;
    REQUIRE(sent.size() == 2);

    auto new_one = broker.connect("bob", persistent());
    CHECK(old_one.closed());
    const auto again = look(new_one).publishes;
    REQUIRE(again.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(again[i].id == sent[i].id);
        CHECK(again[i].payload == sent[i].payload);
        CHECK(again[i].dup);
    }
}

TEST_CASE("[MQTT-3.1.4-2] [MQTT-3.1.4-3] a takeover with Clean Session 1 starts anew") {
    broker_room broker(options());
    auto old_one = broker.connect("bob", persistent());
    old_one.subscribe("a", qos_1);
    bool present = true;
    auto new_one = broker.connect("bob", {.clean = true}, &present);
    CHECK(old_one.closed());
    CHECK_FALSE(present);
    auto amy = broker.connect("amy");
    amy.publish("a", "x", qos_1);
    CHECK(new_one.silent());
}

TEST_CASE("[MQTT-3.1.4-2] a refused CONNECT with the same identifier disturbs nobody") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    check_refused_with(broker, connect_bytes{.level = 9, .payload = text("bob")}.whole(), 1);
    auto malformed = broker.open();
    malformed.send(connect_bytes{.flags = 0x03, .payload = text("bob")}.whole());
    CHECK(malformed.closed());
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.1.4-2] a hundred takeovers in a row leave one connection and one session") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_1);
    for (int n = 0; n < 100; ++n) {
        auto next = broker.connect("bob", persistent());
        CHECK(bob.closed());
        bob = next;
    }
    auto amy = broker.connect("amy");
    amy.publish("a", "once", qos_1);
    CHECK(bob.take().payload == "once");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-4.1.0-1] a session of an absent client is kept") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_1);
    bob.drop();
    auto amy = broker.connect("amy");
    amy.publish("a", "before the night", qos_1);
    broker.advance(12h);
    amy.publish("a", "after the night", qos_1);
    bool present = false;
    bob = broker.connect("bob", persistent(), &present);
    CHECK(present);
    CHECK(take(bob, 2) == std::vector<std::string>{"before the night", "after the night"});
}

TEST_CASE("[MQTT-4.1.0-2] a session lasts as long as its connection, however idle") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_1);
    broker.advance(48h);
    auto amy = broker.connect("amy");
    amy.publish("a", "x", qos_1);
    CHECK(bob.take().payload == "x");
}
