// MQTT 5.0, 4.1: how long a session lives, 4.5: message receipt, 4.6: message ordering; and answers to requests (2.2.1).
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT5-4.1.0-1] a session lives as long as its connection, however short its expiry interval") {
    broker_room broker(options());
    for (const std::uint32_t expiry_s : {0u, 1u}) {
        auto bob = broker.connect("bob", client5({session_expiry(expiry_s)}));
        bob.subscribe("a", qos_1);
        broker.advance(1h);
        auto amy = broker.connect("amy", client5());
        amy.publish("a", "x", qos_1);
        CHECK(bob.take().payload == "x");
    }
}

TEST_CASE("[MQTT5-4.1.0-2] a session ends when its expiry interval has passed after its connection: 0 at once, 0xFFFFFFFF never [B-10]") {
    struct life {
        std::uint32_t expiry_s;
        std::chrono::seconds away;
        bool kept;
    };
    for (const auto& [expiry_s, away, kept] : {life{0, 0s, false}, life{10, 9s, true}, life{10, 11s, false}, life{0xFFFF'FFFF, 200'000s, true}}) {
        CAPTURE(expiry_s);
        CAPTURE(away.count());
        broker_room broker(options());
        auto bob = broker.connect("bob", returning5(expiry_s));
        bob.subscribe("a", qos_1);
        bob.drop();
        broker.advance(away);
        bool present = !kept;
        bob = broker.connect("bob", returning5(expiry_s), &present);
        CHECK(present == kept);
        auto amy = broker.connect("amy", client5());
        amy.publish("a", "x", qos_1);
        CHECK(bob.silent() != kept);
    }
}

TEST_CASE("[MQTT5-4.5.0-1] a message enters every session whose subscription matches: connected, absent, once or many times") {
    broker_room broker(options());
    auto absent = broker.connect("absent", returning5());
    absent.subscribe("a/+", qos_2);
    absent.disconnect();
    auto here = broker.connect("here", client5());
    here.subscribe("a/b", qos_1);
    auto old = broker.connect("old");  // 3.1.1
    old.subscribe("a/#", qos_1);
    auto other = broker.connect("other", client5());
    other.subscribe("a/c", qos_1);
    auto amy = broker.connect("amy", client5());
    amy.publish("a/b", "x", qos_2);
    CHECK(here.take().payload == "x");
    CHECK(old.take().payload == "x");
    CHECK(other.silent());
    absent = broker.connect("absent", returning5());
    CHECK(absent.take().payload == "x");
    CHECK(absent.silent());
}

TEST_CASE("[MQTT5-4.6.0-5] [MQTT5-4.6.0-6] messages of one publisher, topic and QoS arrive in their order [B-40]") {
    for (const auto q : every_qos) {
        broker_room broker(options());
        auto bob = broker.connect("bob", client5());
        bob.subscribe("a", q);
        auto amy = broker.connect("amy", client5());
        wire all;  // many packets in one read
        for (unsigned n = 0; n < 200; ++n) {
            const auto first = static_cast<unsigned>(0x30 | static_cast<unsigned>(q) << 1);
            all = join({all, publish5_bytes(first, "a", std::to_string(n), n + 1), q == qos_2 ? packet(0x62, {u16(n + 1)}) : wire{}});
        }
        amy.send(all);
        CHECK(take(bob, 200) == numbers(0, 200));
        CHECK(bob.silent());
    }
}

TEST_CASE("[MQTT5-4.6.0-6] order holds across the offline queue, what was in flight, a small window, and live messages [B-40]") {
    for (const auto q : {qos_1, qos_2}) {
        broker_room broker(options());
        const auto five_at_once = returning5(3'600, {short_property(property_id::receive_maximum, 5)});
        auto bob = broker.connect("bob", five_at_once);
        bob.subscribe("a", q);
        auto amy = broker.connect("amy", client5());
        for (int n = 0; n < 30; ++n) amy.publish("a", std::to_string(n), q);
        auto found = take(bob, 3);
        bob.drop();  // some of the others are in flight, some wait
        for (int n = 30; n < 60; ++n) amy.publish("a", std::to_string(n), q);
        bob = broker.connect("bob", five_at_once);
        for (int n = 60; n < 90; ++n) amy.publish("a", std::to_string(n), q);
        const auto rest = take(bob, 87);
        found.insert(found.end(), rest.begin(), rest.end());
        CHECK(found == numbers(0, 90));
        CHECK(bob.silent());
    }
}

TEST_CASE("[MQTT5-2.2.1-6] SUBACK and UNSUBACK carry the identifier of what they answer") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    for (const unsigned id : {1u, 255u, 256u, 65'535u}) {
        const auto wanted = static_cast<tepore::protocol::packet_id>(id);
        bob.send(subscribe5_bytes(id, "a", 0));
        CHECK(bob.expect_suback(wanted).size() == 1);
        bob.send(unsubscribe5_bytes(id, "a"));
        CHECK(bob.expect_unsuback(wanted).size() == 1);
    }
}

TEST_CASE("[MQTT5-3.14.4-1] [MQTT5-3.14.4-2] [MQTT5-4.13.2-1] after the server's DISCONNECT nothing follows, and the connection is closed [B-43]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    bob.subscribe("a", qos_1);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "before", qos_1);
    // Its own mistake, and questions behind it that would have had an answer.
    bob.send(join({packet(0xC1), pingreq, subscribe5_bytes(9, "b", 0)}));
    amy.publish("a", "after", qos_1);
    CHECK(bob.expect_publish().payload == "before");
    check_disconnected(bob, reason::malformed_packet);
    bob.send(pingreq);
    CHECK(bob.closed());
}
