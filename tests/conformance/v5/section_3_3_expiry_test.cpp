// MQTT 5.0, 3.3.2.3.3: Message Expiry Interval. Time is moved by hand.
#include <algorithm>

#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

namespace {

wire expires_after(std::uint32_t seconds) {
    return properties({long_property(property_id::message_expiry_interval, seconds)});
}

std::optional<std::uint32_t> left_of(const received_publish& p) {
    return number_of(p, property_id::message_expiry_interval);
}

}  // namespace

TEST_CASE("[MQTT5-3.3.2-6] a message that did not wait carries its whole interval; one without has none") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    unsigned id = 0;
    for (const auto seconds : {1u, 60u, 0xFFFF'FFFFu}) {
        for (const unsigned first : {0x30u, 0x32u, 0x34u}) {
            amy.send(publish5_bytes(first, "a", "x", ++id, expires_after(seconds)));
            CHECK(left_of(bob.take()) == seconds);
            (void)amy.raw();
        }
    }
    amy.publish("a", "x", qos_1);
    CHECK_FALSE(left_of(bob.take()));
}

TEST_CASE("[MQTT5-3.3.2-6] the seconds that a message waited are taken off: for a client away, in a full window, retained") {
    broker_room broker(options());
    auto away = broker.connect("away", returning5());
    away.subscribe("a", qos_1);
    away.drop();
    auto busy = broker.connect("busy", client5({short_property(property_id::receive_maximum, 1)}));
    busy.subscribe("a", qos_1);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "in the way", qos_1);
    amy.send(publish5_bytes(0x33, "a", "x", 1, expires_after(60)));
    broker.advance(10s);
    CHECK(busy.take().payload == "in the way");
    CHECK(left_of(busy.take()) == 50);
    broker.advance(20s);
    away = broker.connect("away", returning5());
    CHECK(away.take().payload == "in the way");
    CHECK(left_of(away.take()) == 30);
    auto late = broker.connect("late", client5());
    late.subscribe("a");
    CHECK(left_of(late.take()) == 30);
}

TEST_CASE("[MQTT5-3.3.2-5] what has expired is not sent: from the queue of a client away, from a full window, from the retained messages") {
    broker_room broker(options());
    auto away = broker.connect("away", returning5());
    away.subscribe("a", qos_2);
    away.drop();
    auto busy = broker.connect("busy", client5({short_property(property_id::receive_maximum, 1)}));
    busy.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "first", qos_2);
    amy.send(publish5_bytes(0x33, "a", "short", 1, expires_after(5)));
    amy.expect_ack(packet_type::puback);
    amy.publish("a", "last", qos_2);
    broker.advance(5s);
    CHECK(busy.take().payload == "first");
    CHECK(busy.take().payload == "last");
    CHECK(busy.silent());
    away = broker.connect("away", returning5());
    CHECK(away.take().payload == "first");
    CHECK(away.take().payload == "last");
    CHECK(away.silent());
    auto late = broker.connect("late", client5());
    late.subscribe("a");
    CHECK(late.silent());
}

TEST_CASE("[MQTT5-3.3.2-5] clients of 3.1.1 are spared expired messages too, and see no interval") {
    broker_room broker(options());
    auto away = broker.connect("away", persistent());
    away.subscribe("a", qos_1);
    away.drop();
    auto amy = broker.connect("amy", client5());
    amy.send(publish5_bytes(0x32, "a", "short", 1, expires_after(5)));
    amy.send(publish5_bytes(0x32, "a", "long", 2, expires_after(500)));
    broker.advance(6s);
    away = broker.connect("away", persistent());
    CHECK(away.raw() == publish_bytes(0x32, "a", "long", 1));
}

TEST_CASE("[MQTT5-4.3.3-7] [MQTT5-4.3.3-13] once a PUBLISH was sent, expiry changes nothing: it is sent again, and its flow goes on") {
    for (const auto q : {qos_1, qos_2}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", returning5());
        bob.subscribe("a", q);
        auto amy = broker.connect("amy", client5());
        amy.send(publish5_bytes(0x34, "a", "x", 1, expires_after(5)));
        const auto first = bob.expect_publish();
        bob.drop();
        broker.advance(60s);
        bob = broker.connect("bob", returning5());
        const auto again = bob.take();
        CHECK(again.id == first.id);
        CHECK(left_of(again) == 0);
        CHECK(bob.silent());
    }
}

TEST_CASE("[MQTT5-4.3.3-13] a QoS 2 message of the client that expired meanwhile is released as any other") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.send(publish5_bytes(0x34, "a", "x", 1, expires_after(1)));
    amy.expect_ack(packet_type::pubrec);
    broker.advance(10s);
    amy.send({0x62, 2, 0, 1});
    CHECK(amy.raw() == wire{0x70, 2, 0, 1});
}

TEST_CASE("[MQTT5-3.3.2-5] expired messages leave a full queue to those that come") {
    auto o = options();
    o.queue_messages_max = 10;
    broker_room broker(o);
    auto away = broker.connect("away", returning5());
    away.subscribe("a", qos_1);
    away.drop();
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "stays", qos_1);
    for (int i = 0; i < 9; ++i) {
        amy.send(publish5_bytes(0x32, "a", "short", 100, expires_after(5)));
        (void)amy.raw();
    }
    amy.publish("a", "no room", qos_1);
    broker.advance(6s);
    for (int i = 0; i < 9; ++i) amy.publish("a", std::to_string(i), qos_1);
    away = broker.connect("away", returning5());
    CHECK(away.take().payload == "stays");
    CHECK(take(away, 9) == numbers(0, 9));
    CHECK(away.silent());
}

TEST_CASE("[MQTT5-3.3.2-5] expired retained messages make room for others; a replacement has an expiry of its own") {
    auto o = options([](auto& l) {
        l.retained.messages_max = 3;
        l.sys_interval = 0s;
    });
    broker_room broker(o);
    auto amy = broker.connect("amy", client5());
    amy.send(publish5_bytes(0x33, "a", "short", 1, expires_after(5)));
    amy.send(publish5_bytes(0x33, "b", "short", 2, expires_after(5)));
    amy.send(publish5_bytes(0x33, "b", "replaced", 3, expires_after(50)));
    amy.send(publish5_bytes(0x33, "c", "for ever", 4));
    (void)amy.raw();
    amy.send(publish5_bytes(0x33, "d", "no room", 5));
    CHECK(code_of(amy.expect_ack(packet_type::puback).code) == 0x97);  // section 3.4.2.1
    broker.advance(6s);
    amy.send(publish5_bytes(0x33, "d", "room", 6));
    CHECK(code_of(amy.expect_ack(packet_type::puback).code) == 0x10);
    auto late = broker.connect("late", client5());
    late.subscribe("+");
    std::vector<std::string> found = look(late).payloads();
    std::sort(found.begin(), found.end());
    CHECK(found == std::vector<std::string>{"for ever", "replaced", "room"});
    broker.advance(50s);
    late.subscribe("b");
    CHECK(late.silent());
}
