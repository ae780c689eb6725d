// MQTT 3.1.1, 3.2: CONNACK, byte by byte. What its flag says about sessions is in section_3_1_session_test.cpp.
#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT-3.2.0-1] nothing is sent before CONNECT is complete") {
    broker_room broker(options());
    auto amy = broker.open();
    CHECK(amy.silent());
    const auto whole = connect_bytes{}.whole();
    amy.send(wire(whole.begin(), whole.end() - 1));
    CHECK(amy.silent());
    amy.send({whole.back()});
    CHECK(amy.raw() == accepted);
}

TEST_CASE("[MQTT-3.2.2-1] Clean Session 1 is answered with Session Present 0 although there was a session [B-11]") {
    broker_room broker(options());
    auto before = broker.connect("raw", persistent());
    before.disconnect();
    auto amy = broker.open();
    amy.send(connect_bytes{}.whole());
    CHECK(amy.raw() == accepted);
}

TEST_CASE("[MQTT-3.2.2-2] [MQTT-3.2.2-3] Session Present, byte by byte: the other seven bits are 0") {
    broker_room broker(options());
    for (const unsigned present : {0u, 1u, 1u}) {
        auto amy = broker.open();
        amy.send(connect_bytes{.flags = 0}.whole());
        CHECK(amy.raw() == wire{0x20, 2, static_cast<std::uint8_t>(present), 0});
        amy.send(disconnect_packet);
    }
}

TEST_CASE("[MQTT-3.2.2-6] a CONNECT that no return code fits is closed without CONNACK") {
    check_refused_without_connack(packet(0x10));
    check_refused_without_connack(packet(0x10, {raw("GET / HTTP/1.1\r\n")}));
    check_refused_without_connack(connect_bytes{.flags = 0xFF}.whole());
}
