// MQTT 5.0, 3.1: CONNECT: its format, and who may come in. Sessions and wills have files of their own.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT5-3.1.0-1] a first packet that is not CONNECT closes the connection without a word") {
    for (const auto& first : {pingreq, publish5_bytes(0x30, "a", "x"), subscribe5_bytes(1, "a", 0), packet(0xE0), packet(0xF0, {u8(0), properties()})}) {
        broker_room broker(options());
        auto stranger = open5(broker, first);
        CHECK(stranger.closed());
    }
}

TEST_CASE("[MQTT5-3.1.0-2] a second CONNECT is a protocol error") {
    check_disconnects(connect5_bytes{}.whole(), reason::protocol_error);
}

TEST_CASE("[MQTT5-3.1.2-2] a protocol level that does not exist is told: 0x84") {
    for (const unsigned level : {0u, 1u, 2u, 3u, 6u, 255u}) {
        CAPTURE(level);
        broker_room broker(options());
        auto stranger = broker.open();
        stranger.send(connect5_bytes{.level = level}.whole());
        CHECK_FALSE(stranger.raw().empty());
        CHECK(stranger.closed());
    }
}
