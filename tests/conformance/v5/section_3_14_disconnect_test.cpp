// MQTT 5.0, 3.14: DISCONNECT.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT5-3.14.1-1] [MQTT5-2.1.3-1] DISCONNECT with reserved bits set: 0x81, and the will is published [B-38]") {
    for (unsigned flags = 1; flags < 16; ++flags) {
        CAPTURE(flags);
        broker_room broker(options());
        auto bob = broker.connect("bob", client5());
        bob.subscribe("#");
        auto with_will = client5();
        with_will.will = will("amy/status", "gone");
        auto amy = broker.connect("amy", with_will);
        amy.send(packet(0xE0 | flags));
        check_disconnected(amy, reason::malformed_packet);
        CHECK(bob.expect_publish().payload == "gone");
    }
}

TEST_CASE("[MQTT5-3.14.4-3] [MQTT5-3.1.2-10] DISCONNECT with 0x00, in all three lengths, discards the will; the server closes the connection [B-9]") {
    for (const auto& bytes : {packet(0xE0), packet(0xE0, {u8(0)}), disconnect5_bytes(0)}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", client5());
        bob.subscribe("#");
        auto with_will = client5();
        with_will.will = will("amy/status", "gone");
        auto amy = broker.connect("amy", with_will);
        amy.send(bytes);
        CHECK(amy.closed());
        CHECK(bob.silent());
    }
}

TEST_CASE("[MQTT5-3.1.2-8] DISCONNECT with 0x04 and with every error code publishes the will [B-9]") {
    for (const unsigned code : {0x04u, 0x80u, 0x81u, 0x82u, 0x83u, 0x90u, 0x93u, 0x94u, 0x95u, 0x96u, 0x97u, 0x98u, 0x99u}) {
        CAPTURE(code);
        broker_room broker(options());
        auto bob = broker.connect("bob", client5());
        bob.subscribe("#");
        auto with_will = client5();
        with_will.will = will("amy/status", "gone");
        auto amy = broker.connect("amy", with_will);
        amy.send(disconnect5_bytes(code));
        CHECK(amy.closed());
        CHECK(bob.expect_publish().payload == "gone");
        CHECK(bob.silent());
    }
}

TEST_CASE("[MQTT5-3.14.2-1] DISCONNECT with a code that is not a client's: 0x82") {
    for (const unsigned code : {0x01u, 0x8Bu, 0x8Du, 0x8Eu, 0x9Cu, 0x9Du, 0xA2u, 0xFFu}) {
        CAPTURE(code);
        check_disconnects(disconnect5_bytes(code), reason::protocol_error);
    }
}
