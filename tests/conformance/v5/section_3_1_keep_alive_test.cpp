// MQTT 5.0, 3.1.2.10: Keep Alive, 3.2.2.3.14: Server Keep Alive, and 3.12 PINGREQ. Time is moved by hand.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

namespace {

connect_options with_keep_alive(unsigned seconds) {
    auto o = client5();
    o.keep_alive_s = static_cast<std::uint16_t>(seconds);
    return o;
}

/// Of CONNACK, for a client that asks for this keep alive.
std::optional<std::uint32_t> server_keep_alive(broker_room& broker, unsigned asked_s) {
    return open5(broker, connect5_bytes{.keep_alive_s = asked_s}.whole()).expect_connack().properties.number(property_id::server_keep_alive);
}

}  // namespace

TEST_CASE("[MQTT5-3.1.2-22] no packet within 1.5 x keep alive: 0x8D, not before [B-37]") {
    for (const unsigned seconds : {1u, 2u, 3u, 10u, 60u, 65'535u}) {
        CAPTURE(seconds);
        broker_room broker(options());
        auto amy = broker.connect("amy", with_keep_alive(seconds));
        broker.advance(seconds * 1500ms - 100ms);
        CHECK(amy.silent());
        broker.advance(200ms);
        check_disconnected(amy, reason::keep_alive_timeout);
    }
}

TEST_CASE("[MQTT5-3.1.2-22] the end of the keep alive is as a failed network: the will is published") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("#");
    auto options_of_amy = with_keep_alive(10);
    options_of_amy.will = will("amy/status", "gone");
    auto amy = broker.connect("amy", options_of_amy);
    broker.advance(16s);
    check_disconnected(amy, reason::keep_alive_timeout);
    CHECK(bob.expect_publish().payload == "gone");
}

TEST_CASE("[MQTT5-3.2.2-22] without Server Keep Alive the client's own value holds; 0 is none [B-37]") {
    broker_room broker(options());
    for (const unsigned asked_s : {0u, 1u, 60u, 65'535u}) CHECK_FALSE(server_keep_alive(broker, asked_s));
    auto amy = broker.connect("amy", with_keep_alive(0));
    broker.advance(24h);
    CHECK(amy.silent());
}

TEST_CASE("5.0 section 3.2.2.3.14: a keep alive that is longer than the server wants, or none, is answered with the server's") {
    const auto at_most_20 = [](auto& l) { l.keep_alive_max_s = 20; };
    broker_room broker(options(at_most_20));
    CHECK_FALSE(server_keep_alive(broker, 10));
    CHECK_FALSE(server_keep_alive(broker, 20));
    CHECK(server_keep_alive(broker, 21) == 20);
    CHECK(server_keep_alive(broker, 0) == 20);
    auto amy = broker.connect("amy", with_keep_alive(100));
    broker.advance(29s);
    CHECK(amy.silent());
    broker.advance(2s);
    check_disconnected(amy, reason::keep_alive_timeout);
}

TEST_CASE("5.0 section 3.2.2.3.14: a client of 3.1.1 cannot be told, so its own keep alive holds") {
    broker_room broker(options([](auto& l) { l.keep_alive_max_s = 20; }));
    auto amy = broker.connect("amy", {.keep_alive_s = 100});
    broker.advance(149s);
    CHECK(amy.silent());
    broker.advance(2s);
    CHECK(amy.closed());
}

TEST_CASE("[MQTT5-3.12.4-1] PINGREQ is answered by PINGRESP, and starts the time anew") {
    broker_room broker(options());
    auto amy = broker.connect("amy", with_keep_alive(10));
    for (int i = 0; i < 5; ++i) {
        broker.advance(14s);
        amy.send(pingreq);
        CHECK(amy.raw() == pingresp);
    }
    CHECK(amy.silent());
}

TEST_CASE("[MQTT5-2.1.3-1] PINGREQ with flags or a body is malformed") {
    for (unsigned flags = 1; flags < 16; ++flags) check_disconnects(packet(0xC0 | flags), reason::malformed_packet);
    check_disconnects(packet(0xC0, {u8(0)}), reason::malformed_packet);
}
