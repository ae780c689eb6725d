// MQTT 3.1.1, 3.1.2.10: Keep Alive, and 3.12 PINGREQ. Time is moved by hand.
#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT-3.1.2-24] no packet within 1.5 x keep alive: the broker closes, not before [B-37]") {
    for (const unsigned seconds : {1u, 2u, 3u, 10u, 60u, 65'535u}) {
        CAPTURE(seconds);
        broker_room broker(options());
        auto amy = broker.connect("amy", {.keep_alive_s = static_cast<std::uint16_t>(seconds)});
        broker.advance(seconds * 1500ms - 100ms);
        CHECK(amy.silent());
        broker.advance(200ms);
        CHECK(amy.closed());
    }
}

TEST_CASE("[MQTT-3.1.2-24] every control packet starts the time anew") {
    const wire packets[] = {
        pingreq,
        publish_bytes(0x30, "a", "x"),
        publish_bytes(0x32, "a", "x", 1),
        subscribe_bytes(2, "b", 0),
        unsubscribe_bytes(3, "b"),
        packet(0x62, {u16(9)}),
    };
    broker_room broker(options());
    auto amy = broker.connect("amy", {.keep_alive_s = 10});
    for (const auto& one : packets) {
        CAPTURE(one[0]);
        broker.advance(14s);
        amy.send(one);
        (void)amy.raw();
        CHECK(amy.silent());
    }
    broker.advance(14s);
    CHECK(amy.silent());
    broker.advance(2s);
    CHECK(amy.closed());
}

TEST_CASE("[MQTT-3.1.2-24] what the server sends does not count") {
    broker_room broker(options());
    auto bob = broker.connect("bob", {.keep_alive_s = 10});
    bob.subscribe("a");
    auto amy = broker.connect("amy");
    for (int second = 0; second < 14; ++second) {
        broker.advance(1s);
        amy.publish("a", "x");
        CHECK(bob.expect_publish().payload == "x");
    }
    broker.advance(2s);
    CHECK(bob.closed());
}

TEST_CASE("[MQTT-3.1.2-24] a packet sent by halves is not a packet [B-37]") {
    broker_room broker(options());
    auto amy = broker.connect("amy", {.keep_alive_s = 10});
    broker.advance(9s);
    amy.send({0x30, 10, 0, 1});
    broker.advance(7s);
    CHECK(amy.closed());
}

TEST_CASE("3.1.1 section 3.1.2.10: keep alive 0 turns the mechanism off [B-37]") {
    broker_room broker(options());
    auto amy = broker.connect("amy", {.keep_alive_s = 0});
    broker.advance(24h);
    CHECK(amy.silent());
}

TEST_CASE("[MQTT-3.12.4-1] PINGREQ is answered by PINGRESP") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    amy.send(pingreq);
    CHECK(amy.raw() == pingresp);
    amy.send(join({pingreq, pingreq, pingreq}));
    CHECK(amy.raw() == join({pingresp, pingresp, pingresp}));
}
