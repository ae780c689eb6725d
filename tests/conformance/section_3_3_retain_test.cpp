// MQTT 3.1.1, 3.3.1.3: RETAIN.
#include <algorithm>

#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-8] a retained message and its QoS are kept for later subscribers [B-16]") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    for (const auto q : every_qos) {
        amy.publish("a", "kept", q, true);
        for (const auto wanted : every_qos) {
            auto bob = broker.connect("bob");
            bob.subscribe("a", wanted);
            const auto found = bob.take();
            CHECK(found.payload == "kept");
            CHECK(found.qos == std::min(q, wanted));
            CHECK(found.retain);
            CHECK_FALSE(found.dup);
            CHECK(bob.silent());
        }
    }
}

TEST_CASE("[MQTT-3.3.1-6] only the last retained message of each matching topic is sent") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    for (const auto topic : {"home/kitchen"sv, "home/kitchen/lamp"sv, "home"sv, "garden"sv, "home/"sv}) {
        amy.publish(topic, "old", qos_1, true);
        amy.publish(topic, topic, qos_1, true);
    }
    auto bob = broker.connect("bob");
    bob.subscribe("home/#", qos_1);
    auto found = take(bob, 4);
    std::sort(found.begin(), found.end());
    CHECK(found == std::vector<std::string>{"home", "home/", "home/kitchen", "home/kitchen/lamp"});
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.3.1-6] many retained messages all arrive, more than fit in flight at once") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    for (int n = 0; n < 500; ++n) amy.publish("r/" + std::to_string(n), "x", qos_2, true);
    auto bob = broker.connect("bob");
    bob.subscribe("r/+", qos_2);
    std::vector<std::string> topics;
    for (int n = 0; n < 500; ++n) topics.push_back(bob.take().topic);
    std::sort(topics.begin(), topics.end());
    CHECK(std::unique(topics.begin(), topics.end()) == topics.end());
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.3.1-7] a retained QoS 0 message takes the place of the one before") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    amy.publish("a", "old", qos_2, true);
    amy.publish("a", "new", qos_0, true);
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_2);
    const auto found = bob.take();
    CHECK(found.payload == "new");
    CHECK(found.qos == qos_0);
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.3.1-9] to an established subscription a message comes without RETAIN [B-16]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy");
    for (const auto q : every_qos) {
        amy.publish("a", "x", q, true);
        CHECK_FALSE(bob.take().retain);
    }
}

TEST_CASE("[MQTT-3.3.1-9] what waited for an absent subscriber comes without RETAIN, and the retained one is not sent on resume") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_1);
    bob.disconnect();
    auto amy = broker.connect("amy");
    amy.publish("a", "x", qos_1, true);
    bob = broker.connect("bob", persistent());
    const auto found = bob.take();
    CHECK(found.payload == "x");
    CHECK_FALSE(found.retain);
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.3.1-10] [MQTT-3.3.1-11] an empty retained message is passed on, clears the topic, and is not kept [B-17]") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    for (const auto q : every_qos) {
        amy.publish("a", "kept", qos_1, true);
        auto bob = broker.connect("bob");
        bob.subscribe("a", qos_2);
        CHECK(bob.take().payload == "kept");
        amy.publish("a", "", q, true);
        const auto cleared = bob.take();
        CHECK(cleared.payload.empty());
        CHECK_FALSE(cleared.retain);
        auto late = broker.connect("late");
        late.subscribe("a", qos_2);
        CHECK(late.silent());
    }
}

TEST_CASE("[MQTT-3.3.1-11] an empty retained message on a topic that has none is not kept either") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    amy.publish("a", "", qos_1, true);
    auto bob = broker.connect("bob");
    bob.subscribe("#", qos_2);
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.3.1-12] a message without RETAIN is not kept and leaves the kept one alone") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    amy.publish("a", "kept", qos_1, true);
    for (const auto q : every_qos) {
        amy.publish("a", "passing", q);
        amy.publish("a", "", q);
        amy.publish("b", "passing", q);
    }
    auto bob = broker.connect("bob");
    bob.subscribe("#", qos_2);
    CHECK(bob.take().payload == "kept");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT-3.3.1-5] a retained message of a client that subscribed to it is kept and comes live without the flag") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    amy.subscribe("a");
    amy.publish("a", "x", qos_0, true);
    CHECK_FALSE(amy.expect_publish().retain);
    amy.subscribe("a");
    CHECK(amy.expect_publish().retain);
}
