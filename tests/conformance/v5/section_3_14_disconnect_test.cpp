// MQTT 5.0, 3.14: DISCONNECT.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT5-3.14.1-1] [MQTT5-2.1.3-1] DISCONNECT with reserved bits set: 0x81, and the will is published") {
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

TEST_CASE("[MQTT5-3.14.4-3] [MQTT5-3.1.2-10] DISCONNECT with 0x00, in all three lengths, discards the will; the server closes the connection") {
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

TEST_CASE("[MQTT5-3.1.2-8] DISCONNECT with 0x04 and with every error code publishes the will") {
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

TEST_CASE("5.0 section 3.14.2: DISCONNECT with surplus bytes, properties that are not its own, or a reason string twice") {
    check_disconnects(packet(0xE0, {u8(0), u8(0), u8(0)}), reason::malformed_packet);
    check_disconnects(packet(0xE0, {u8(0), u8(5)}), reason::malformed_packet);
    check_disconnects(disconnect5_bytes(0, properties({short_property(property_id::receive_maximum, 1)})), reason::malformed_packet);
    check_disconnects(disconnect5_bytes(0, properties({session_expiry(0), session_expiry(0)})), reason::protocol_error);
    const auto why = text_property(property_id::reason_string, "why");
    check_disconnects(disconnect5_bytes(0, properties({why, why})), reason::protocol_error);
}

TEST_CASE("5.0 section 3.14.2.2: DISCONNECT with a reason string and user properties is taken") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.send(disconnect5_bytes(0, properties({text_property(property_id::reason_string, "done"), user_property("a", "b"), user_property("a", "b")})));
    CHECK(amy.closed());
}

TEST_CASE("[MQTT5-3.14.4-1] nothing that follows a client's DISCONNECT is processed") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a");
    auto amy = broker.connect("amy", client5());
    amy.send(join({publish5_bytes(0x30, "a", "before"), packet(0xE0), publish5_bytes(0x30, "a", "after"), pingreq}));
    CHECK(amy.closed());
    CHECK(bob.expect_publish().payload == "before");
    CHECK(bob.silent());
}
