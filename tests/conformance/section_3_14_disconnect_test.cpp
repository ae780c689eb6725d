// MQTT 3.1.1, 3.14: DISCONNECT. What it does to the will is in section_3_1_will_test.cpp too.
#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT-3.14.1-1] DISCONNECT with reserved bits set is not a DISCONNECT: closed, and the will is published [B-38]") {
    for (unsigned flags = 1; flags < 16; ++flags) {
        CAPTURE(flags);
        broker_room broker(options());
        auto bob = broker.connect("bob");
        bob.subscribe("#");
        auto amy = broker.connect("amy", with_will(will("amy/status", "gone")));
        amy.send(packet(0xE0 | flags));
        CHECK(amy.closed());
        CHECK(bob.expect_publish().payload == "gone");
    }
}

TEST_CASE("3.1.1 section 3.14.2: DISCONNECT with a body is malformed") {
    check_closes(packet(0xE0, {u8(0)}));
    check_closes(packet(0xE0, {u16(0)}));
}

TEST_CASE("[MQTT-3.14.4-3] DISCONNECT discards the will, and the server closes the connection") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("#");
    auto amy = broker.connect("amy", with_will(will("amy/status", "gone")));
    amy.send(disconnect_packet);
    CHECK(amy.closed());
    CHECK(bob.silent());
}

TEST_CASE("3.1.1 section 3.14.4: nothing that follows DISCONNECT is processed") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("#");
    auto amy = broker.connect("amy");
    amy.send(join({publish_bytes(0x30, "a", "before"), disconnect_packet, publish_bytes(0x30, "a", "after"), pingreq}));
    CHECK(amy.closed());
    CHECK(bob.expect_publish().payload == "before");
    CHECK(bob.silent());
}
