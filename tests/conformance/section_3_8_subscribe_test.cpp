// MQTT 3.1.1, 3.8 SUBSCRIBE and 3.9 SUBACK.
#include <algorithm>

#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT-3.8.3-3] [MQTT-4.8.0-1] a SUBSCRIBE without a filter, or with a filter cut, closes the connection") {
    check_closes(packet(0x82));
    check_closes(packet(0x82, {u8(0)}));
    check_closes(packet(0x82, {u16(1)}));
    check_closes(packet(0x82, {u16(1), text("a")}));                    // no QoS
    check_closes(packet(0x82, {u16(1), text("a"), u8(0), text("b")}));  // the second has none
    check_closes(packet(0x82, {u16(1), u16(9), raw("a"), u8(0)}));      // longer than the packet
    check_closes(packet(0x82, {u16(1), text("a"), u8(0), u8(0)}));      // one byte left over
}

TEST_CASE("[MQTT-3.8.3-4] reserved bits or QoS 3 in SUBSCRIBE close the connection") {
    for (const unsigned byte : {3u, 4u, 8u, 16u, 32u, 64u, 128u, 0xFFu}) {
        CAPTURE(byte);
        check_closes(subscribe_bytes(1, "a", byte));
    }
    check_closes(packet(0x82, {u16(1), text("a"), u8(0), text("b"), u8(3)}));
}

TEST_CASE("[MQTT-3.8.4-1] [MQTT-3.8.4-5] SUBSCRIBE is answered by SUBACK with the QoS granted") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    CHECK(bob.subscribe("a", qos_0) == 0);
    CHECK(bob.subscribe("b", qos_1) == 1);
    CHECK(bob.subscribe("c", qos_2) == 2);
}

TEST_CASE("[MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1] [MQTT-3.9.3-2] many filters: one SUBACK, one code for each, in their order [B-41]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.send(packet(0x82, {u16(9), text("a"), u8(2), text("b/#"), u8(0), text("+/c"), u8(1), text("d"), u8(2), text("a"), u8(0)}));
    CHECK(bob.raw() == wire{0x90, 7, 0, 9, 2, 0, 1, 2, 0});
    auto amy = broker.connect("amy");
    amy.publish("b/x", "1", qos_2);
    amy.publish("x/c", "2", qos_2);
    amy.publish("d", "3", qos_2);
    amy.publish("a", "4", qos_2);  // the last request for "a" counts
    const auto found = look(bob).publishes;
    REQUIRE(found.size() == 4);
    CHECK(found[0].qos == qos_0);
    CHECK(found[1].qos == qos_1);
    CHECK(found[2].qos == qos_2);
    CHECK(found[3].qos == qos_0);
}

TEST_CASE("[MQTT-3.8.4-3] a repeated filter replaces the subscription: one copy, at the new QoS [B-19]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    auto amy = broker.connect("amy");
    for (const auto q : {qos_2, qos_0, qos_1, qos_1, qos_0, qos_2}) {
        bob.subscribe("a/+", q);
        amy.publish("a/b", "x", qos_2);
        CHECK(bob.take().qos == q);
        CHECK(bob.silent());
    }
    bob.unsubscribe("a/+");
    amy.publish("a/b", "x", qos_2);
    CHECK(bob.silent());  // there was only one
}

TEST_CASE("[MQTT-3.8.4-3] [MQTT-3.3.1-8] a repeated filter brings the retained messages again") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    amy.publish("a", "kept", qos_1, true);
    auto bob = broker.connect("bob");
    for (int n = 0; n < 3; ++n) {
        bob.subscribe("a", qos_1);
        const auto found = bob.take();
        CHECK(found.payload == "kept");
        CHECK(found.retain);
        CHECK(bob.silent());
    }
}

TEST_CASE("[MQTT-3.8.4-3] a repeated filter does not interrupt what is under way [B-19]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", persistent());
    bob.subscribe("a", qos_1);
    auto amy = broker.connect("amy");
    for (int n = 0; n < 60; ++n) amy.publish("a", std::to_string(n), qos_1);  // more than fit in flight
    auto found = take(bob, 5);
    bob.send(subscribe_bytes(77, "a", 1));
    for (int n = 60; n < 70; ++n) amy.publish("a", std::to_string(n), qos_1);
    bool confirmed = false;
    while (auto one = bob.next()) {
        if (const auto* p = std::get_if<tepore::protocol::publish>(&one->packet)) {
            found.emplace_back(tepore::as_text(p->payload));
            bob.send(ack(packet_type::puback, p->id));
        } else {
            confirmed = true;
        }
    }
    CHECK(confirmed);
    CHECK(found == numbers(0, 70));
}

TEST_CASE("[MQTT-3.8.4-6] a message comes at the lower of its QoS and the QoS granted") {
    broker_room broker(options());
    auto amy = broker.connect("amy");
    for (const auto granted : every_qos) {
        auto bob = broker.connect("bob");
        REQUIRE(bob.subscribe("a", granted) == static_cast<std::uint8_t>(granted));
        for (const auto published : every_qos) {
            amy.publish("a", "x", published);
            CHECK(bob.take().qos == std::min(granted, published));
            CHECK(bob.silent());
        }
    }
}

TEST_CASE("[MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-3.9.3-2] a filter with a misplaced wildcard is refused, and never matches [B-29]") {
    for (const auto filter : {"a#"sv, "#/a"sv, "a/#/b"sv, "##"sv, "a/##"sv, "a+"sv, "+a"sv, "a/b+/c"sv, "++"sv, "+#"sv, "a/+b"sv}) {
        CAPTURE(filter);
        broker_room broker(options());
        auto bob = broker.connect("bob");
        bob.send(subscribe_bytes(1, filter, 0));
        const auto answer = bob.raw();
        if (answer.empty()) {
            CHECK(bob.closed());
        } else {
            CHECK(answer == wire{0x90, 3, 0, 1, 0x80});
        }
        auto amy = broker.connect("amy");
        for (const auto topic : {"a"sv, "a/b"sv, "a/b/c"sv, "b"sv, "ab"sv}) amy.publish(topic, "x");
        CHECK(bob.raw().empty());
    }
}

TEST_CASE("[MQTT-4.7.3-1] an empty filter is refused") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.send(subscribe_bytes(1, "", 0));
    const auto answer = bob.raw();
    if (answer.empty()) {
        CHECK(bob.closed());
    } else {
        CHECK(answer == wire{0x90, 3, 0, 1, 0x80});
    }
}

TEST_CASE("3.1.1 section 3.8.4: one client's thousand subscriptions all work") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    auto amy = broker.connect("amy");
    for (int n = 0; n < 1'000; ++n) bob.subscribe("a/" + std::to_string(n) + "/+");
    for (int n = 0; n < 1'000; n += 37) {
        const auto topic = "a/" + std::to_string(n) + "/x";
        amy.publish(topic, "x");
        CHECK(bob.expect_publish().topic == topic);
        CHECK(bob.silent());
    }
}
