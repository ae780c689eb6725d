// MQTT 5.0, 4.9 and 3.3.4: the Receive Maximum, both ways, and the client's Maximum Packet Size (3.1.2.11.4).
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

namespace {

wire receives(unsigned maximum) {
    return short_property(property_id::receive_maximum, maximum);
}

wire puback(unsigned id) {
    return packet(0x40, {u16(id)});
}

}  // namespace

// ---- to the client ---------------------------------------------------------------------------------------------------------------------------

TEST_CASE(
    "[MQTT5-3.3.4-9] [MQTT5-4.9.0-1] [MQTT5-4.9.0-2] no more than Receive Maximum unacknowledged; each acknowledgement lets one follow, in order") {
    for (const auto q : {qos_1, qos_2}) {
        for (const unsigned maximum : {1u, 2u, 5u}) {
            CAPTURE(maximum);
            broker_room broker(options());
            auto bob = broker.connect("bob", client5({receives(maximum)}));
            bob.subscribe("a", q);
            auto amy = broker.connect("amy", client5());
            for (int i = 0; i < 12; ++i) amy.publish("a", std::to_string(i), q);
            std::vector<received_publish> open;
            for (unsigned i = 0; i < maximum; ++i) open.push_back(bob.expect_publish());
            CHECK(bob.silent());
            std::vector<std::string> order;
            while (!open.empty()) {
                const auto one = open.front();
                open.erase(open.begin());
                order.push_back(one.payload);
                if (q == qos_2) {
                    bob.send(ack(packet_type::pubrec, one.id));
                    CHECK(bob.expect_ack(packet_type::pubrel).id == one.id);
                    CHECK(bob.silent());  // PUBREC gives nothing back
                    bob.send(ack(packet_type::pubcomp, one.id));
                } else {
                    bob.send(ack(packet_type::puback, one.id));
                }
                if (order.size() + open.size() < 12) open.push_back(bob.expect_publish());
                CHECK(bob.silent());
            }
            CHECK(order == numbers(0, 12));
        }
    }
}

TEST_CASE(
    "[MQTT5-4.9.0-2] [MQTT5-4.3.3-4] [MQTT5-4.4.0-2] a PUBREC or PUBACK with an error gives the place back, without PUBREL, and is not sent again") {
    broker_room broker(options());
    const auto o = returning5(3'600, {receives(1)});
    auto bob = broker.connect("bob", o);
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    for (const auto payload : {"0", "1", "2"}) amy.publish("a", payload, qos_2);
    const auto first = bob.expect_publish();
    bob.send(packet(0x50, {u16(first.id), u8(0x80)}));
    const auto second = bob.expect_publish();
    CHECK(second.payload == "1");
    bob.send(packet(0x50, {u16(second.id), u8(0x97), properties()}));
    CHECK(bob.expect_publish().payload == "2");
    CHECK(bob.silent());
    bob.drop();
    bob = broker.connect("bob", o);
    CHECK(bob.take().payload == "2");
    CHECK(bob.silent());
    amy.publish("a", "3", qos_1);
    const auto last = bob.expect_publish();
    amy.publish("a", "4", qos_1);
    bob.send(packet(0x40, {u16(last.id), u8(0x83)}));
    CHECK(bob.take().payload == "4");
    bob.drop();
    bob = broker.connect("bob", o);
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-3.3.4-10] [MQTT5-4.9.0-3] without quota everything but QoS 1 and 2 goes on: QoS 0, PINGREQ, SUBSCRIBE, its own messages") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5({receives(1)}));
    bob.subscribe("a", qos_1);
    auto amy = broker.connect("amy", client5());
    for (int i = 0; i < 3; ++i) amy.publish("a", std::to_string(i), qos_1);
    const auto first = bob.expect_publish();
    CHECK(bob.silent());
    bob.send_pingreq();
    bob.expect_pingresp();
    CHECK(bob.subscribe("b", qos_0) == 0);
    amy.publish("b", "QoS 0");
    CHECK(bob.expect_publish().payload == "QoS 0");
    bob.publish("c", "x", qos_2);
    bob.unsubscribe("b");
    CHECK(bob.silent());
    bob.send(puback(first.id));
    CHECK(bob.expect_publish().payload == "1");
}

TEST_CASE("[MQTT5-4.9.0-1] Receive Maximum is the connection's: a smaller one holds for what is sent again too, in the original order") {
    for (const auto q : {qos_1, qos_2}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", returning5(3'600, {receives(5)}));
        bob.subscribe("a", q);
        auto amy = broker.connect("amy", client5());
        for (int i = 0; i < 8; ++i) amy.publish("a", std::to_string(i), q);
        CHECK(look(bob).publishes.size() == 5);
        bob.drop();
        bob = broker.connect("bob", returning5(3'600, {receives(2)}));
        const auto again = look(bob).publishes;
        REQUIRE(again.size() == 2);
        CHECK(again[0].payload == "0");
        CHECK(again[1].payload == "1");
        CHECK(again[1].dup);
        for (const auto& one : again) {
            if (q == qos_1) {
                bob.send(puback(one.id));
            } else {
                bob.send(ack(packet_type::pubrec, one.id));
                bob.send(ack(packet_type::pubcomp, one.id));
            }
        }
        const auto next = look(bob);
        REQUIRE(next.publishes.size() == 2);
        CHECK(next.publishes[0].payload == "2");
        CHECK(next.publishes[1].dup);
        bob.drop();
        bob = broker.connect("bob", returning5(3'600, {receives(100)}));
        const auto rest = look(bob).publishes;
        REQUIRE(rest.size() == 6);
        for (std::size_t i = 0; i < 6; ++i) {
            CHECK(rest[i].payload == std::to_string(i + 2));
            CHECK(rest[i].dup == (i < 3));  // 2, 3, 4 were sent before
        }
    }
}

TEST_CASE("5.0 section 4.9: a PUBREL that is sent again takes no place of the Receive Maximum") {
    broker_room broker(options());
    const auto o = returning5(3'600, {receives(2)});
    auto bob = broker.connect("bob", o);
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    for (int i = 0; i < 4; ++i) amy.publish("a", std::to_string(i), qos_2);
    for (const auto& one : look(bob).publishes) bob.send(ack(packet_type::pubrec, one.id));
    bob.drop();
    bob = broker.connect("bob", o);
    const auto found = look(bob);
    CHECK(found.pubrels.size() == 2);
    REQUIRE(found.publishes.size() == 2);
    CHECK(found.publishes[0].payload == "2");
    bob.send(ack(packet_type::pubcomp, found.pubrels[0]));
    CHECK(bob.silent());  // two are unacknowledged still
}

// ---- from the client -------------------------------------------------------------------------------------------------------------------------

TEST_CASE("[MQTT5-3.3.4-7] more unanswered QoS 2 messages than the server's Receive Maximum: 0x93") {
    auto o = options();
    o.receive_maximum = 3;
    broker_room broker(o);
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    for (unsigned id = 1; id <= 3; ++id) {
        amy.send(publish5_bytes(0x34, "a", "x", id));
        amy.expect_ack(packet_type::pubrec);
    }
    amy.send(publish5_bytes(0x34, "a", "one too many", 4));
    check_disconnected(amy, reason::receive_maximum_exceeded);
    CHECK(look(bob).payloads() == std::vector<std::string>{"x", "x", "x"});
}

TEST_CASE("[MQTT5-3.3.4-7] QoS 1 is answered at once and QoS 0 has no quota: any number of them is allowed; a QoS 1 beyond the quota is not") {
    auto o = options();
    o.receive_maximum = 2;
    broker_room broker(o);
    auto amy = broker.connect("amy", client5());
    for (unsigned id = 1; id <= 50; ++id) amy.send(join({publish5_bytes(0x32, "a", "x", id), publish5_bytes(0x30, "a", "x")}));
    (void)amy.raw();
    CHECK(amy.silent());
    for (unsigned id = 1; id <= 2; ++id) amy.send(publish5_bytes(0x34, "a", "x", id));
    (void)amy.raw();
    amy.send(publish5_bytes(0x32, "a", "x", 3));
    check_disconnected(amy, reason::receive_maximum_exceeded);
}

TEST_CASE("5.0 section 4.9: a repetition is not counted twice, and PUBREL or a PUBREC with an error gives the place back") {
    auto o = options();
    o.receive_maximum = 2;
    broker_room broker(o);
    auto amy = broker.connect("amy", client5());
    for (unsigned id = 1; id <= 2; ++id) amy.send(publish5_bytes(0x34, "a", "x", id));
    for (int i = 0; i < 5; ++i) amy.send(publish5_bytes(0x3C, "a", "x", 1));
    (void)amy.raw();
    CHECK(amy.silent());
    amy.send({0x62, 2, 0, 1});
    amy.expect_ack(packet_type::pubcomp);
    for (unsigned id = 10; id < 20; ++id) {
        amy.send(publish5_bytes(0x34, "$SYS/forged", "x", id));  // refused: takes no place for long
        CHECK(code_of(amy.expect_ack(packet_type::pubrec).code) == 0x87);
    }
    amy.send(publish5_bytes(0x34, "a", "x", 3));
    amy.expect_ack(packet_type::pubrec);
    amy.send({0x62, 2, 0, 99});  // releases nothing
    CHECK(code_of(amy.expect_ack(packet_type::pubcomp).code) == 0x92);
    amy.send(publish5_bytes(0x34, "a", "x", 4));
    check_disconnected(amy, reason::receive_maximum_exceeded);
}

TEST_CASE("5.0 section 4.9: the quota is the connection's: identifiers received before are released beside it") {
    auto o = options();
    o.receive_maximum = 2;
    broker_room broker(o);
    auto amy = broker.connect("amy", returning5());
    for (unsigned id = 1; id <= 2; ++id) amy.send(publish5_bytes(0x34, "a", "x", id));
    amy.drop();
    amy = broker.connect("amy", returning5());
    for (unsigned id = 3; id <= 4; ++id) amy.send(publish5_bytes(0x34, "a", "x", id));
    CHECK(amy.expect_ack(packet_type::pubrec).id == 3);
    CHECK(amy.expect_ack(packet_type::pubrec).id == 4);
    CHECK(amy.silent());
}

// ---- Maximum Packet Size ---------------------------------------------------------------------------------------------------------------------

TEST_CASE(
    "[MQTT5-3.1.2-24] [MQTT5-3.1.2-25] a message larger than the client takes is dropped as if delivered: the ones around it arrive, its place is "
    "free") {
    for (const auto q : every_qos) {
        broker_room broker(options());
        auto bob = broker.connect("bob", client5({receives(1), long_property(property_id::maximum_packet_size, 60)}));
        bob.subscribe("a", q);
        auto carl = broker.connect("carl", client5());
        carl.subscribe("a", q);
        auto amy = broker.connect("amy", client5());
        for (int i = 0; i < 5; ++i) {
            amy.publish("a", "before", q);
            amy.publish("a", std::string(60, 'x'), q);
            amy.publish("a", "after", q);
            CHECK(bob.take().payload == "before");
            CHECK(bob.take().payload == "after");
            CHECK(bob.silent());
            for (int n = 0; n < 3; ++n) (void)carl.take();
        }
    }
}

TEST_CASE("[MQTT5-3.1.2-24] exactly the maximum is sent, one byte more is not; properties count") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5({long_property(property_id::maximum_packet_size, 60)}));
    bob.subscribe("a", qos_0);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", std::string(60 - 6, 'x'));
    CHECK(bob.raw().size() == 60);
    amy.publish("a", std::string(60 - 5, 'x'));
    CHECK(bob.silent());
    amy.send(publish5_bytes(0x30, "a", std::string(60 - 6, 'x'), 0, properties({byte_property(property_id::payload_format_indicator, 1)})));
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-3.1.2-25] a message in flight that is too large for the client's next connection counts as delivered") {
    for (const auto q : {qos_1, qos_2}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", returning5());
        bob.subscribe("a", q);
        auto amy = broker.connect("amy", client5());
        amy.publish("a", std::string(200, 'x'), q);
        amy.publish("a", "small", q);
        (void)look(bob);
        bob.drop();
        bob = broker.connect("bob", returning5(3'600, {long_property(property_id::maximum_packet_size, 100), receives(1)}));
        CHECK(bob.take().payload == "small");
        CHECK(bob.silent());
        amy.publish("a", "next", q);
        CHECK(bob.take().payload == "next");
        bob.drop();
        bob = broker.connect("bob", returning5());
        CHECK(bob.silent());
    }
}
