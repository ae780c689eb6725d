// MQTT 3.1.1, 4.8: a client that breaks the protocol loses its connection, and nobody else notices. Chapter 7: nothing but the
// specification is needed to talk to this server.
#include <random>

#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT-4.8.0-1] acknowledgements of a wrong length close the connection") {
    for (const unsigned first : {0x40u, 0x50u, 0x62u, 0x70u}) {
        CAPTURE(first);
        check_closes(packet(first));
        check_closes(packet(first, {u8(0)}));
        check_closes(packet(first, {u16(1), u8(0)}));
    }
}

TEST_CASE("[MQTT-4.8.0-1] PINGREQ with a body closes the connection") {
    check_closes(packet(0xC0, {u8(0)}));
}

TEST_CASE("acknowledgements with identifier 0 do no harm") {
    for (const unsigned first : {0x40u, 0x50u, 0x62u, 0x70u}) {
        broker_room broker(options());
        auto bob = broker.connect("bob");
        bob.subscribe("a", qos_2);
        auto stranger = broker.connect("stranger");
        stranger.send(packet(first, {u16(0)}));
        auto amy = broker.connect("amy");
        amy.publish("a", "x", qos_2);
        CHECK(bob.take().payload == "x");
    }
}

TEST_CASE("[MQTT-4.8.0-1] after a protocol violation nothing more of that connection is processed") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("#");
    auto amy = broker.connect("amy");
    amy.send(join({publish_bytes(0x30, "a", "before"), packet(0xF0), publish_bytes(0x30, "a", "after")}));
    CHECK(amy.closed());
    CHECK(bob.expect_publish().payload == "before");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-4.8.0-1] a violation ends the connection, not the session") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_1);
    bob.send(packet(0xF0));
    CHECK(bob.closed());
    auto amy = broker.connect("amy");
    amy.publish("a", "x", qos_1);
    bool present = false;
    bob = broker.connect("bob", persistent(), &present);
    CHECK(present);
    CHECK(bob.take().payload == "x");
}

TEST_CASE("[MQTT-4.8.0-1] random bytes and damaged packets: others exchange messages as if nothing happened") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("between/us", qos_2);
    auto amy = broker.connect("amy");
    std::mt19937 random(311);
    const wire good[] = {
        connect_bytes{.flags = 0xEE, .payload = join({text("x"), text("w"), text("m"), text("u"), text("p")})}.whole(),
        subscribe_bytes(1, "q/#", 2),
        publish_bytes(0x34, "q/x", "payload", 9),
        packet(0x62, {u16(9)}),
        unsubscribe_bytes(2, "q/#"),
        pingreq,
    };
    for (int n = 0; n < 500; ++n) {
        auto stranger = n % 2 == 0 ? broker.open() : broker.connect("stranger");
        auto bytes = good[random() % std::size(good)];
        for (unsigned damage = 0; damage < 1 + random() % 3; ++damage) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        if (n % 5 == 0) {
            for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
        }
        stranger.send(bytes);
        stranger.drop();
        const auto message = std::to_string(n);
        amy.publish("between/us", message, qos_2);
        CHECK(bob.take().payload == message);
    }
}

TEST_CASE("[MQTT-7.0.0-2] [MQTT-7.1.1-1] a whole conversation over plain bytes, each as the specification draws it") {
    broker_room broker(options());
    auto client = broker.open();
    const std::pair<wire, wire> turns[] = {
        // CONNECT: name, level 4, Clean Session 1, keep alive 60, identifier "A"
        {{0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 'A'}, {0x20, 2, 0, 0}},
        // SUBSCRIBE 10: "a/b" at QoS 1, "c/d" at QoS 2
        {{0x82, 14, 0, 10, 0, 3, 'a', '/', 'b', 1, 0, 3, 'c', '/', 'd', 2}, {0x90, 4, 0, 10, 1, 2}},
        // PUBLISH QoS 0
        {{0x30, 6, 0, 3, 'a', '/', 'b', '!'}, {0x30, 6, 0, 3, 'a', '/', 'b', '!'}},
        // PINGREQ
        {{0xC0, 0}, {0xD0, 0}},
        // UNSUBSCRIBE 11
        {{0xA2, 12, 0, 11, 0, 3, 'a', '/', 'b', 0, 3, 'c', '/', 'd'}, {0xB0, 2, 0, 11}},
        // PUBLISH QoS 1 and 2, and PUBREL
        {{0x32, 8, 0, 3, 'a', '/', 'b', 0, 12, '!'}, {0x40, 2, 0, 12}},
        {{0x34, 8, 0, 3, 'a', '/', 'b', 0, 13, '!'}, {0x50, 2, 0, 13}},
        {{0x62, 2, 0, 13}, {0x70, 2, 0, 13}},
    };
    for (const auto& [said, answered] : turns) {
        client.send(said);
        CHECK(client.raw() == answered);
    }
    client.send({0xE0, 0});
    CHECK(client.closed());
}
