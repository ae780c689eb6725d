// MQTT 3.1.1, 3.3: PUBLISH, without RETAIN (section_3_3_retain_test.cpp) and without the flows of QoS (section_4_3_qos_test.cpp).
#include <algorithm>

#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT-3.3.1-1] [MQTT-3.3.1-3] DUP is 0 at first and 1 when the message is sent again") {
    for (const auto q : {qos_1, qos_2}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", persistent());
        bob.subscribe("a", qos_2);
        auto amy = broker.connect("amy");
        amy.publish("a", "x", q);
        CHECK_FALSE(bob.expect_publish().dup);
        for (int attempt = 0; attempt < 3; ++attempt) {
            bob.drop();
            bob = broker.connect("bob", persistent());
            CHECK(bob.expect_publish().dup);
        }
    }
}

TEST_CASE("[MQTT-3.3.1-2] [MQTT-4.3.1-1] DUP is 0 at QoS 0") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_0);
    auto amy = broker.connect("amy");
    for (const auto q : every_qos) amy.publish("a", "x", q);
    for (const auto& p : look(bob).publishes) {
        CHECK(p.qos == qos_0);
        CHECK_FALSE(p.dup);
    }
}

TEST_CASE("[MQTT-3.3.1-3] DUP of an incoming message is not passed on [B-6]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    amy.send(publish("a", "1", qos_1, 1, true));
    amy.send(publish("a", "2", qos_2, 2, true));
    amy.send(ack(packet_type::pubrel, 2));
    const auto found = look(bob).publishes;
    REQUIRE(found.size() == 2);
    CHECK_FALSE(found[0].dup);
    CHECK_FALSE(found[1].dup);
}

TEST_CASE("[MQTT-3.3.1-4] QoS 3 closes the connection") {
    for (const unsigned first : {0x36u, 0x37u, 0x3Eu, 0x3Fu}) check_closes(publish_bytes(first, "a", "x", 1));
}

TEST_CASE("[MQTT-3.3.2-1] a PUBLISH whose topic is missing or cut closes the connection") {
    check_closes(packet(0x30));
    check_closes(packet(0x30, {u8(0)}));
    check_closes(packet(0x30, {u16(5), raw("abcd")}));
    check_closes(packet(0x32, {text("a"), u8(0)}));  // half of an identifier
}

TEST_CASE("[MQTT-3.3.2-2] [MQTT-4.7.1-1] a topic with wildcards closes the connection [B-29]") {
    for (const auto topic : {"#"sv, "+"sv, "a/#"sv, "a/+/b"sv, "a#"sv, "+a"sv, "a/b+c"sv}) {
        CAPTURE(topic);
        check_closes(publish_bytes(0x30, topic, "x"));
        check_closes(publish_bytes(0x32, topic, "x", 1));
        check_closes(publish_bytes(0x34, topic, "x", 1));
    }
}

TEST_CASE("[MQTT-3.3.2-3] messages arrive under their own topic") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("sport/+/player/#");
    auto amy = broker.connect("amy");
    amy.publish("sport/tennis/player/one/score", "40:0");
    amy.publish("sport/tennis", "no");
    const auto found = bob.expect_publish();
    CHECK(found.topic == "sport/tennis/player/one/score");
    CHECK(found.payload == "40:0");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.3.4-1] PUBLISH is answered as its QoS wants, whether or not anybody listens") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    amy.send(publish_bytes(0x30, "a", "x"));
    CHECK(amy.silent());
    amy.send(publish_bytes(0x32, "a", "x", 1));
    CHECK(amy.raw() == wire{0x40, 2, 0, 1});
    amy.send(publish_bytes(0x34, "a", "x", 2));
    CHECK(amy.raw() == wire{0x50, 2, 0, 2});
}

TEST_CASE("[MQTT-3.3.5-1] overlapping subscriptions: the highest QoS of all that match [B-20]") {
    constexpr std::pair<std::string_view, tepore::protocol::qos> subscriptions[] = {{"a/b", qos_0}, {"a/+", qos_2}, {"a/#", qos_1}, {"#", qos_0}};
    broker_room broker(options());
    auto amy = broker.connect("amy");
    for (std::size_t first = 0; first < 4; ++first) {  // in whatever order they were made
        auto bob = broker.connect("bob");
        for (std::size_t i = 0; i < 4; ++i) {
            const auto& [filter, q] = subscriptions[(first + i) % 4];
            bob.subscribe(filter, q);
        }
        for (const auto published : every_qos) {
            amy.publish("a/b", "x", published);
            auto best = qos_0;
            for (const auto& copy : look(bob).publishes) best = std::max(best, copy.qos);
            CHECK(best == published);
        }
    }
}

TEST_CASE("[MQTT-3.3.5-2] a PUBLISH that the server does not allow is acknowledged or ends the connection, and reaches nobody [B-42]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("$SYS/broker/forged", qos_2);
    auto amy = broker.connect("amy");
    amy.send(publish("$SYS/broker/forged", "x", qos_1, 1));
    const auto answer = amy.raw();
    if (answer.empty()) {
        CHECK(amy.closed());
    } else {
        CHECK(answer == wire{0x40, 2, 0, 1});
    }
    CHECK(bob.silent());
}

TEST_CASE("3.1.1 section 3.3.3: a payload may be empty, and large") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    for (const auto q : every_qos) {
        amy.publish("a", "", q);
        CHECK(bob.take().payload.empty());
        const std::string large(256 * 1024, 'x');
        amy.publish("a", large, q);
        CHECK(bob.take().payload == large);
    }
}

TEST_CASE("3.1.1 section 3.3.5: a client that subscribed to what it publishes receives it") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    amy.subscribe("a");
    amy.publish("a", "to myself");
    CHECK(amy.expect_publish().payload == "to myself");
}

TEST_CASE("3.1.1 section 3.3.5: a thousand subscribers each receive the message once") {
    broker_room broker(options());
    std::vector<peer> all;
    for (int n = 0; n < 1'000; ++n) {
        all.push_back(broker.connect("client" + std::to_string(n)));
        all.back().subscribe("news", n % 2 == 0 ? qos_0 : qos_1);
    }
    auto amy = broker.connect("amy");
    amy.publish("news", "x", qos_1);
    for (auto& one : all) {
        CHECK(one.take().payload == "x");
        CHECK(one.silent());
    }
}
