// MQTT 3.1.1, 4.5 message receipt and 4.6 message ordering.
#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT-4.5.0-1] a message enters every session whose subscription matches: connected, absent, once or many times") {
    broker_room broker(options());
    auto absent = broker.connect("absent", persistent());
    absent.subscribe("a/+", qos_2);
    absent.disconnect();
    auto here = broker.connect("here");
    here.subscribe("a/b", qos_1);
    auto other = broker.connect("other");
    other.subscribe("a/c", qos_1);
    auto amy = broker.connect("amy");
    amy.publish("a/b", "x", qos_2);
    CHECK(here.take().payload == "x");
    CHECK(other.silent());
    absent = broker.connect("absent", persistent());
    CHECK(absent.take().payload == "x");
    CHECK(absent.silent());
}

TEST_CASE("[MQTT-4.6.0-5] [MQTT-4.6.0-6] messages of one publisher, topic and QoS arrive in their order") {
    for (const auto q : every_qos) {
        broker_room broker(options());
        auto bob = broker.connect("bob");
        bob.subscribe("a", q);
        auto amy = broker.connect("amy");
        wire all;  // many packets in one read
        for (unsigned n = 0; n < 200; ++n) {
            const auto first = static_cast<unsigned>(0x30 | static_cast<unsigned>(q) << 1);
            all = join({all, publish_bytes(first, "a", std::to_string(n), n + 1), q == qos_2 ? packet(0x62, {u16(n + 1)}) : wire{}});
        }
        amy.send(all);
        CHECK(take(bob, 200) == numbers(0, 200));
        CHECK(bob.silent());
    }
}

TEST_CASE("[MQTT-4.6.0-6] order holds across the offline queue, what was in flight, and live messages [B-40]") {
    for (const auto q : {qos_1, qos_2}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", persistent());
        bob.subscribe("a", q);
        auto amy = broker.connect("amy");
        for (int n = 0; n < 30; ++n) amy.publish("a", std::to_string(n), q);
        auto found = take(bob, 3);
        bob.drop();  // some of the others are in flight, some wait
        for (int n = 30; n < 60; ++n) amy.publish("a", std::to_string(n), q);
        bob = broker.connect("bob", persistent());
        for (int n = 60; n < 90; ++n) amy.publish("a", std::to_string(n), q);
        const auto rest = take(bob, 87);
        found.insert(found.end(), rest.begin(), rest.end());
        CHECK(found == numbers(0, 90));
        CHECK(bob.silent());
    }
}

TEST_CASE("[MQTT-4.6.0-1] [MQTT-4.6.0-6] what is sent again is sent in the order of the first time [B-5]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    for (int n = 0; n < 8; ++n) amy.publish("a", std::to_string(n), n % 3 == 0 ? qos_1 : qos_2);
    const auto sent = look(bob).publishes;
    REQUIRE(sent.size() == 8);
    for (int attempt = 0; attempt < 3; ++attempt) {
        bob.drop();
        bob = broker.connect("bob", persistent());
        const auto again = look(bob).publishes;
        REQUIRE(again.size() == 8);
        for (std::size_t i = 0; i < 8; ++i) {
            CHECK(again[i].id == sent[i].id);
            CHECK(again[i].payload == sent[i].payload);
            CHECK(again[i].dup);
        }
    }
}

TEST_CASE("[MQTT-4.6.0-6] PUBREL follows the order of the PUBRECs, live and when sent again") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    for (int n = 0; n < 6; ++n) amy.publish("a", std::to_string(n), qos_2);
    const auto sent = look(bob).publishes;
    REQUIRE(sent.size() == 6);
    std::vector<tepore::protocol::packet_id> expected;
    for (const auto& one : sent) {
        bob.send(ack(packet_type::pubrec, one.id));
        expected.push_back(one.id);
    }
    CHECK(look(bob).pubrels == expected);
    bob.drop();
    bob = broker.connect("bob", persistent());
    CHECK(look(bob).pubrels == expected);
}

TEST_CASE("[MQTT-4.6.0-6] order holds for many publishers at once, each on its own") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("from/+", qos_1);
    std::vector<peer> publishers;
    for (int p = 0; p < 8; ++p) publishers.push_back(broker.connect("publisher" + std::to_string(p)));
    for (int n = 0; n < 25; ++n) {
        for (std::size_t p = 0; p < publishers.size(); ++p) publishers[p].publish("from/" + std::to_string(p), std::to_string(n), qos_1);
    }
    std::vector<std::vector<std::string>> found(publishers.size());
    for (int i = 0; i < 200; ++i) {
        const auto one = bob.take();
        found.at(static_cast<std::size_t>(one.topic.back() - '0')).push_back(one.payload);
    }
    for (const auto& of_one : found) CHECK(of_one == numbers(0, 25));
}
