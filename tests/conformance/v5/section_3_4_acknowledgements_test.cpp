// MQTT 5.0, 3.4 to 3.7: PUBACK, PUBREC, PUBREL, PUBCOMP, and packet identifiers (2.2.1). The flows are in section_4_3_qos_test.cpp.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

namespace {

wire answer(unsigned first, unsigned id, unsigned code) {
    return packet(first, {u16(id), u8(code)});
}

}  // namespace

TEST_CASE("[MQTT5-2.2.1-5] acknowledgements carry the identifier of their message; client's and server's identifiers are two things") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.subscribe("a", qos_2);
    for (const unsigned id : {1u, 2u, 255u, 256u, 65'535u}) {
        amy.send(publish5_bytes(0x34, "a", "x", id));
        const auto own = amy.expect_publish();
        CHECK(amy.expect_ack(packet_type::pubrec).id == id);
        amy.send(ack(packet_type::pubrec, own.id));
        CHECK(amy.expect_ack(packet_type::pubrel).id == own.id);
        amy.send(ack(packet_type::pubrel, static_cast<tepore::protocol::packet_id>(id)));
        CHECK(amy.expect_ack(packet_type::pubcomp).id == id);
        amy.send(ack(packet_type::pubcomp, own.id));
    }
    CHECK(amy.silent());
}

TEST_CASE(
    "[MQTT5-2.2.1-4] [MQTT5-4.3.2-1] [MQTT5-4.3.3-1] new messages have identifiers that are not 0 and not in use, for more than 65,535 of them") {
    auto o = options([](auto& l) { l.inflight_max = 4; });
    broker_room broker(o);
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "stays open", qos_2);
    const auto open = bob.expect_publish();
    std::size_t count = 0;
    for (int i = 0; i < 65'600; ++i) {
        amy.send(publish5_bytes(0x32, "a", "x", 1));
        (void)amy.raw();
        const auto one = bob.next();
        if (!one) break;  // no identifier is free in sequence: nothing is sent rather than one twice
        const auto id = std::get<tepore::protocol::publish>(one->packet).id;
        REQUIRE(id != 0);
        REQUIRE(id != open.id);
        bob.send(ack(packet_type::puback, id));
        ++count;
    }
    CHECK(count >= 65'000);
}

TEST_CASE("[MQTT5-4.3.3-4] PUBREC with a code below 0x80 is answered with PUBREL; for an unknown identifier with 0x92") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x", qos_2);
    const auto one = bob.expect_publish();
    bob.send(answer(0x50, one.id, 0x10));
    CHECK(bob.raw() == packet(0x62, {u16(one.id)}));
    bob.send(ack(packet_type::pubcomp, one.id));
    bob.send(answer(0x50, 99, 0));
    CHECK(bob.raw() == wire{0x62, 3, 0, 99, 0x92});
    CHECK(bob.silent());
}

TEST_CASE("5.0 section 4.3: PUBACK, PUBCOMP and PUBREC with an error for an identifier that is not in use are harmless") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.send(join({answer(0x40, 5, 0), answer(0x70, 5, 0x92), packet(0x40, {u16(6)}), packet(0x70, {u16(6)})}));
    CHECK(bob.silent());
}

TEST_CASE("5.0 section 4.3: an acknowledgement of the other QoS is a protocol error") {
    for (const auto q : {qos_1, qos_2}) {
        for (const unsigned wrong : {q == qos_1 ? 0x50u : 0x40u, 0x70u}) {
            CAPTURE(wrong);
            broker_room broker(options());
            auto bob = broker.connect("bob", client5());
            bob.subscribe("a", q);
            auto amy = broker.connect("amy", client5());
            amy.publish("a", "x", q);
            bob.send(packet(wrong, {u16(bob.expect_publish().id)}));
            check_disconnected(bob, reason::protocol_error);
        }
    }
}

TEST_CASE("[MQTT5-3.6.1-1] [MQTT5-2.1.3-1] acknowledgements with other flags than theirs are malformed") {
    for (const unsigned type : {0x40u, 0x50u, 0x60u, 0x70u}) {
        for (unsigned flags = 0; flags < 16; ++flags) {
            if (flags == (type == 0x60 ? 2u : 0u)) continue;
            CAPTURE(type);
            CAPTURE(flags);
            check_disconnects(packet(type | flags, {u16(1)}), reason::malformed_packet);
        }
    }
}

TEST_CASE("[MQTT5-3.4.2-1] [MQTT5-3.5.2-1] [MQTT5-3.6.2-1] [MQTT5-3.7.2-1] an acknowledgement with the code of another packet is a protocol error") {
    const std::pair<unsigned, std::vector<unsigned>> wrong[] = {
        {0x40, {0x01, 0x04, 0x11, 0x81, 0x92, 0xFF}},
        {0x50, {0x01, 0x04, 0x11, 0x81, 0x92, 0xFF}},
        {0x62, {0x01, 0x10, 0x80, 0x91}},
        {0x70, {0x01, 0x10, 0x80, 0x91}},
    };
    for (const auto& [first, codes] : wrong) {
        for (const auto code : codes) {
            CAPTURE(first);
            CAPTURE(code);
            check_disconnects(answer(first, 1, code), reason::protocol_error);
        }
    }
}

TEST_CASE("[MQTT5-2.2.1-3] [MQTT5-2.2.2-1] acknowledgements with identifier 0, cut, or with surplus bytes") {
    for (const unsigned first : {0x40u, 0x50u, 0x62u, 0x70u}) {
        CAPTURE(first);
        check_disconnects(packet(first, {u16(0)}), reason::protocol_error);
        check_disconnects(packet(first), reason::malformed_packet);
        check_disconnects(packet(first, {u8(0)}), reason::malformed_packet);
        check_disconnects(packet(first, {u16(1), u8(0), u8(0), u8(0)}), reason::malformed_packet);
        check_disconnects(packet(first, {u16(1), u8(0), u8(9)}), reason::malformed_packet);
        check_disconnects(packet(first, {u16(1), u8(0), properties({session_expiry(1)})}), reason::malformed_packet);
        check_disconnects(
            packet(first,
                   {u16(1), u8(0), properties({text_property(property_id::reason_string, "a"), text_property(property_id::reason_string, "b")})}),
            reason::protocol_error);
    }
}

TEST_CASE("5.0 section 3.4.2.2: reason strings and user properties of a client's acknowledgements are taken") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_1);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x", qos_1);
    const auto block = properties({text_property(property_id::reason_string, "why"), user_property("a", "b"), user_property("a", "b")});
    bob.send(packet(0x40, {u16(bob.expect_publish().id), u8(0), block}));
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-3.4.2-2] [MQTT5-3.5.2-2] [MQTT5-3.1.2-29] a refusal says why where there is room for it and the client wants it") {
    broker_room broker(options());
    for (const unsigned first : {0x32u, 0x34u}) {
        const auto forged = publish5_bytes(first, "$SYS/forged", "x", 1);
        const auto bare = wire{static_cast<std::uint8_t>(first == 0x32 ? 0x40 : 0x50), 3, 0, 1, 0x87};
        const auto type = first == 0x32 ? packet_type::puback : packet_type::pubrec;
        auto talkative = broker.connect("amy", client5());
        talkative.send(forged);
        CHECK(talkative.expect_ack(type).properties.text(property_id::reason_string));
        auto quiet = broker.connect("bob", client5({byte_property(property_id::request_problem_information, 0)}));
        quiet.send(forged);
        CHECK(quiet.raw() == bare);
        auto narrow = broker.connect("carl", client5({long_property(property_id::maximum_packet_size, 30)}));
        narrow.send(forged);
        CHECK(narrow.raw() == bare);
    }
}
