// MQTT 3.1.1, chapter 2: fixed header, flags, Remaining Length, Packet Identifiers.
#include <set>

#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

TEST_CASE(
    "[MQTT-2.2.2-1] [MQTT-2.2.2-2] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1] wrong flags in the fixed header close the "
    "connection") {
    struct kind {
        const char* what;
        unsigned type;
        unsigned good_flags;
        wire body;
    };
    const kind kinds[] = {
        {"PUBACK", 0x40, 0, u16(1)},
        {"PUBREC", 0x50, 0, u16(1)},
        {"PUBREL", 0x60, 2, u16(1)},
        {"PUBCOMP", 0x70, 0, u16(1)},
        {"SUBSCRIBE", 0x80, 2, join({u16(1), text("a"), u8(0)})},
        {"UNSUBSCRIBE", 0xA0, 2, join({u16(1), text("a")})},
        {"PINGREQ", 0xC0, 0, {}},
        {"DISCONNECT", 0xE0, 0, {}},
    };
    for (const auto& k : kinds) {
        CAPTURE(k.what);
        for (unsigned flags = 0; flags < 16; ++flags) {
            if (flags == k.good_flags) continue;
            CAPTURE(flags);
            check_closes(packet(k.type | flags, {k.body}));
        }
    }
}

TEST_CASE("[MQTT-2.2.2-1] [MQTT-2.2.2-2] CONNECT with flags in its fixed header is closed without CONNACK") {
    for (unsigned flags = 1; flags < 16; ++flags) {
        CAPTURE(flags);
        check_refused_without_connack(packet(0x10 | flags, {connect_bytes{}.body()}));
    }
}

TEST_CASE("[MQTT-2.3.1-1] SUBSCRIBE, UNSUBSCRIBE and PUBLISH above QoS 0 with Packet Identifier 0 close the connection [B-39]") {
    check_closes(subscribe_bytes(0, "a", 0));
    check_closes(unsubscribe_bytes(0, "a"));
    check_closes(publish_bytes(0x32, "a", "x", 0));
    check_closes(publish_bytes(0x34, "a", "x", 0));
}

TEST_CASE("[MQTT-2.3.1-1] [MQTT-2.3.1-4] the server's identifiers are not zero and not in use: messages in flight all have their own") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("#", qos_2);
    auto amy = broker.connect("amy");
    for (int n = 0; n < 8; ++n) amy.publish("a", std::to_string(n), n % 2 == 0 ? qos_1 : qos_2);
    std::set<unsigned> seen;
    for (const auto& p : look(bob).publishes) {
        CHECK(p.id != 0);
        CHECK(seen.insert(p.id).second);
    }
    CHECK(seen.size() == 8);
}

TEST_CASE("[MQTT-2.3.1-4] an identifier whose QoS 2 flow waits for PUBCOMP is not given out again, however many messages pass [B-39]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("#", qos_2);
    auto amy = broker.connect("amy");
    amy.publish("kept", "", qos_2);
    const auto kept = bob.expect_publish().id;
    bob.send(ack(packet_type::pubrec, kept));
    REQUIRE(bob.expect_ack(packet_type::pubrel).id == kept);

    bool collision = false;
    bool waits = false;  // a server may stop sending instead of stepping over the identifier
    for (int n = 0; n < 66'000 && !collision && !waits; ++n) {
        amy.publish("a", "x", qos_1);
        if (bob.silent()) {
            waits = true;
        } else {
            collision = bob.take().id == kept;
        }
    }
    CHECK_FALSE(collision);
    bob.send(ack(packet_type::pubcomp, kept));
    if (waits) CHECK(bob.take().topic == "a");
}

TEST_CASE("[MQTT-2.3.1-5] PUBLISH at QoS 0 has no Packet Identifier, in either direction [B-39]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("t", qos_2);
    auto amy = broker.connect("amy");
    amy.send({0x30, 6, 0, 1, 't', 0, 7, 'x'});  // 0, 7 would be an identifier: it is payload
    CHECK(bob.raw() == wire{0x30, 6, 0, 1, 't', 0, 7, 'x'});
}

TEST_CASE("[MQTT-2.3.1-6] PUBACK, PUBREC, PUBREL and PUBCOMP carry the identifier of the PUBLISH") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("#", qos_2);
    auto amy = broker.connect("amy");
    for (const unsigned id : {1u, 255u, 256u, 65'535u}) {
        CAPTURE(id);
        const auto high = static_cast<std::uint8_t>(id >> 8);
        const auto low = static_cast<std::uint8_t>(id);
        amy.send(publish_bytes(0x32, "a", "one", id));
        CHECK(amy.raw() == wire{0x40, 2, high, low});
        CHECK(bob.take().payload == "one");
        amy.send(publish_bytes(0x34, "a", "two", id));
        CHECK(amy.raw() == wire{0x50, 2, high, low});
        amy.send(packet(0x62, {u16(id)}));
        CHECK(amy.raw() == wire{0x70, 2, high, low});
        const auto second = bob.expect_publish();
        bob.send(ack(packet_type::pubrec, second.id));
        CHECK(bob.expect_ack(packet_type::pubrel).id == second.id);
        bob.send(ack(packet_type::pubcomp, second.id));
    }
}

TEST_CASE("[MQTT-2.3.1-7] [MQTT-3.8.4-2] [MQTT-3.10.4-4] SUBACK and UNSUBACK carry the identifier of the request") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    for (const unsigned id : {1u, 255u, 256u, 65'535u}) {
        CAPTURE(id);
        const auto high = static_cast<std::uint8_t>(id >> 8);
        const auto low = static_cast<std::uint8_t>(id);
        amy.send(subscribe_bytes(id, "a", 1));
        CHECK(amy.raw() == wire{0x90, 3, high, low, 1});
        amy.send(unsubscribe_bytes(id, "a"));
        CHECK(amy.raw() == wire{0xB0, 2, high, low});
    }
}

TEST_CASE("3.1.1 section 2.3.1: client and server number their packets independently [B-39]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("to/bob", qos_1);
    auto amy = broker.connect("amy");
    amy.publish("to/bob", "hi", qos_1);
    const auto hello = bob.expect_publish();
    bob.send(publish("to/amy", "hi", qos_2, hello.id));  // the same number, another flow
    CHECK(bob.expect_ack(packet_type::pubrec).id == hello.id);
    bob.send(ack(packet_type::puback, hello.id));
    bob.send(ack(packet_type::pubrel, hello.id));
    CHECK(bob.expect_ack(packet_type::pubcomp).id == hello.id);
    CHECK(bob.silent());
}

TEST_CASE("3.1.1 section 2.2.1: the reserved types 0 and 15, and packets that only a server sends, close the connection") {
    check_closes(packet(0x00));
    check_closes(packet(0xF0));
    check_closes(packet(0x20, {u16(0)}));         // CONNACK
    check_closes(packet(0x90, {u16(1), u8(0)}));  // SUBACK
    check_closes(packet(0xB0, {u16(1)}));         // UNSUBACK
    check_closes(packet(0xD0));                   // PINGRESP
}

TEST_CASE("3.1.1 section 2.2.3: a Remaining Length of one to four bytes, at its edges") {
    auto big = options();
    big.packet_bytes_max = 4 * 1024 * 1024;
    big.queue_bytes_max = 16 * 1024 * 1024;
    broker_room broker(big);
    auto bob = broker.connect("bob");
    bob.subscribe("t");
    auto amy = broker.connect("amy");
    for (const std::size_t remaining : {3u, 127u, 128u, 16'383u, 16'384u, 2'097'151u, 2'097'152u}) {
        CAPTURE(remaining);
        const std::string payload(remaining - 3, 'x');
        const auto whole = publish_bytes(0x30, "t", payload);
        amy.send(whole);
        CHECK(bob.raw() == whole);
    }
}

TEST_CASE("3.1.1 section 2.2.3: a fifth byte of Remaining Length closes the connection [B-32]") {
    check_closes({0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01});
    check_closes({0x30, 0x80, 0x80, 0x80, 0x80, 0x00});
    check_refused_without_connack({0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F});
}

TEST_CASE("a packet over the configured limit closes the connection as soon as its length is known [B-32]") {
    auto small = options();
    small.packet_bytes_max = 1024;
    broker_room broker(small);
    auto bob = broker.connect("bob");
    bob.subscribe("#");
    auto amy = broker.connect("amy");
    const auto at_the_limit = publish_bytes(0x30, "t", std::string(1024 - 6, 'x'));
    REQUIRE(at_the_limit.size() == 1024);
    amy.send(at_the_limit);
    CHECK(bob.raw() == at_the_limit);
    amy.send({0x30, 0x80, 0x08});  // 1024 bytes still to come: more than 1024 with its header
    CHECK(amy.closed());
    CHECK(bob.silent());
}

TEST_CASE("3.1.1 section 4.2: packets are found in the stream however it is cut") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("#", qos_1);
    const auto session = join({connect_bytes{}.whole(), publish_bytes(0x32, "a", std::string(200, 'x'), 7), pingreq});
    const auto answers = join({accepted, {0x40, 2, 0, 7}, pingresp});

    auto amy = broker.open();
    for (const auto byte : session) amy.send({byte});
    CHECK(amy.raw() == answers);
    CHECK(bob.take().payload.size() == 200);

    auto amy_again = broker.open();
    amy_again.send(session);
    CHECK(amy_again.raw() == answers);
    CHECK(bob.take().payload.size() == 200);
}
