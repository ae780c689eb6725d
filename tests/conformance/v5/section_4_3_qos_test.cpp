// MQTT 5.0, 4.3: the flows of QoS 0, 1 and 2, 4.4: what is sent again and when, 4.9: flow control towards the client.
#include <algorithm>

#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;
using tepore::protocol::packet_id;

namespace {

tepore::protocol::ack ack_with(packet_type type, packet_id id, reason code) {
    return {.type = type, .id = id, .code = code, .properties = {}};
}

wire with_expiry(std::uint32_t seconds) {
    return properties({long_property(property_id::message_expiry_interval, seconds)});
}

}  // namespace

// ---- the server receives ---------------------------------------------------------------------------------------------------------------------

TEST_CASE(
    "[MQTT5-3.3.4-1] [MQTT5-4.3.2-4] [MQTT5-4.3.3-8] [MQTT5-2.2.1-5] each PUBLISH gets the answer of its QoS, with its identifier, in order [B-40]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    wire all;
    std::vector<std::pair<packet_type, packet_id>> expected;
    for (unsigned id = 1; id <= 20; ++id) {
        all = join({all, publish5_bytes(id % 2 == 0 ? 0x32 : 0x34, "a", "x", id), publish5_bytes(0x30, "a", "x")});
        expected.emplace_back(id % 2 == 0 ? packet_type::puback : packet_type::pubrec, static_cast<packet_id>(id));
    }
    amy.send(all);
    for (const auto& [type, id] : expected) {
        const auto answer = amy.expect_ack(type);
        CHECK(answer.id == id);
        CHECK(code_of(answer.code) == 0);
    }
    CHECK(amy.silent());
    CHECK(take(bob, 40).size() == 40);
}

TEST_CASE("[MQTT5-4.3.2-5] QoS 1: after PUBACK the same identifier is a new message, whatever DUP says") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_1);
    auto amy = broker.connect("amy", client5());
    for (const bool dup : {false, true, true}) {
        amy.send(publish("a", "x", qos_1, 7, dup));
        CHECK(amy.expect_ack(packet_type::puback).id == 7);
        CHECK(bob.take().payload == "x");
    }
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-4.3.3-10] QoS 2: the same identifier before PUBREL is the same message, any number of times and over resumed sessions [B-1]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", returning5());
    for (int connection = 0; connection < 3; ++connection) {
        for (int attempt = 0; attempt < 4; ++attempt) {
            amy.send(publish("a", "x", qos_2, 7, connection + attempt > 0));
            const auto answer = amy.expect_ack(packet_type::pubrec);
            CHECK(answer.id == 7);
            CHECK(code_of(answer.code) == 0);
        }
        amy.drop();
        amy = broker.connect("amy", returning5());
    }
    amy.send(ack(packet_type::pubrel, 7));
    CHECK(amy.expect_ack(packet_type::pubcomp).id == 7);
    CHECK(bob.take().payload == "x");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-4.3.3-12] QoS 2: after PUBCOMP the same identifier is a new message") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    for (const auto payload : {"one"sv, "two"sv, "two"sv}) {
        amy.send(publish("a", payload, qos_2, 7));
        amy.expect_ack(packet_type::pubrec);
        amy.send(ack(packet_type::pubrel, 7));
        amy.expect_ack(packet_type::pubcomp);
        CHECK(bob.take().payload == payload);
    }
}

TEST_CASE("[MQTT5-4.3.3-11] PUBREL gets PUBCOMP; one that nobody remembers is told so with 0x92, and the connection stays [B-2]") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.send(publish("a", "x", qos_2, 7));
    amy.expect_ack(packet_type::pubrec);
    amy.send(ack(packet_type::pubrel, 7));
    const auto known = amy.expect_ack(packet_type::pubcomp);
    CHECK(known.id == 7);
    CHECK(code_of(known.code) == 0);
    for (const packet_id id : {packet_id{7}, packet_id{12'345}, packet_id{65'535}}) {
        amy.send(ack(packet_type::pubrel, id));
        const auto unknown = amy.expect_ack(packet_type::pubcomp);
        CHECK(unknown.id == id);
        CHECK(code_of(unknown.code) == code_of(reason::packet_identifier_not_found));
    }
    CHECK(amy.silent());
}

TEST_CASE("[MQTT5-4.3.3-9] after a PUBREC with an error the identifier is free for a new message [B-42]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.send(publish("$SYS/mine", "x", qos_2, 7));
    const auto refused = amy.expect_ack(packet_type::pubrec);
    CHECK(refused.id == 7);
    CHECK(code_of(refused.code) == code_of(reason::not_authorized));
    amy.send(publish("a", "new", qos_2, 7));
    CHECK(code_of(amy.expect_ack(packet_type::pubrec).code) == 0);
    CHECK(bob.take().payload == "new");

    amy.send(publish("$SYS/mine", "x", qos_1, 8));
    CHECK(code_of(amy.expect_ack(packet_type::puback).code) == code_of(reason::not_authorized));
    CHECK(amy.silent());
}

TEST_CASE("[MQTT5-4.3.3-13] a QoS 2 flow goes on though its message has expired") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.send(publish5_bytes(0x34, "a", "x", 7, with_expiry(1)));
    amy.expect_ack(packet_type::pubrec);
    broker.advance(1min);
    amy.send(ack(packet_type::pubrel, 7));
    const auto done = amy.expect_ack(packet_type::pubcomp);
    CHECK(done.id == 7);
    CHECK(code_of(done.code) == 0);
}

// ---- the server sends ------------------------------------------------------------------------------------------------------------------------

TEST_CASE("[MQTT5-4.3.1-1] QoS 0: sent once, with QoS 0 and DUP 0, and never again") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x", qos_0);
    CHECK(bob.raw() == publish5_bytes(0x30, "a", "x"));
    bob.drop();
    bob = broker.connect("bob", returning5());
    CHECK(bob.silent());
}

TEST_CASE(
    "[MQTT5-4.3.2-1] [MQTT5-4.3.2-2] [MQTT5-4.3.3-1] [MQTT5-4.3.3-2] [MQTT5-2.2.1-4] a new message has an unused identifier, DUP 0 and its QoS "
    "[B-39]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    std::vector<packet_id> used;
    for (int n = 0; n < 50; ++n) amy.publish("a", std::to_string(n), n % 2 == 0 ? qos_1 : qos_2);
    const auto sent = look(bob).publishes;  // nothing is acknowledged
    REQUIRE(sent.size() == 50);
    for (std::size_t n = 0; n < sent.size(); ++n) {
        CHECK(sent[n].id != 0);
        CHECK(std::find(used.begin(), used.end(), sent[n].id) == used.end());
        CHECK_FALSE(sent[n].dup);
        CHECK(sent[n].qos == (n % 2 == 0 ? qos_1 : qos_2));
        used.push_back(sent[n].id);
    }
}

TEST_CASE("[MQTT5-4.3.2-3] [MQTT5-3.3.1-1] QoS 1: unacknowledged until PUBACK, and sent again only when the session is resumed, with DUP 1 [B-5]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    bob.subscribe("a", qos_1);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x", qos_1);
    const auto first = bob.expect_publish();
    CHECK_FALSE(first.dup);
    broker.advance(10min);
    CHECK(bob.silent());

    bob.drop();
    bob = broker.connect("bob", returning5());
    const auto again = bob.expect_publish();
    CHECK(again.id == first.id);
    CHECK(again.dup);
    bob.send(ack(packet_type::puback, first.id));
    bob.drop();
    bob = broker.connect("bob", returning5());
    CHECK(bob.silent());
}

TEST_CASE(
    "[MQTT5-4.3.3-3] [MQTT5-4.3.3-4] [MQTT5-4.3.3-5] [MQTT5-4.3.3-6] QoS 2: PUBLISH until PUBREC, then PUBREL until PUBCOMP, then nothing, over any "
    "number of connections [B-4]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x", qos_2);
    const auto id = bob.expect_publish().id;
    for (int attempt = 0; attempt < 2; ++attempt) {
        bob.drop();
        bob = broker.connect("bob", returning5());
        const auto again = bob.expect_publish();
        CHECK(again.id == id);
        CHECK(again.dup);
        CHECK(bob.silent());
    }
    for (int attempt = 0; attempt < 2; ++attempt) {
        bob.send(ack(packet_type::pubrec, id));
        CHECK(bob.expect_ack(packet_type::pubrel).id == id);
    }
    for (int attempt = 0; attempt < 2; ++attempt) {
        bob.drop();
        bob = broker.connect("bob", returning5());
        CHECK(bob.expect_ack(packet_type::pubrel).id == id);  // not PUBLISH
        CHECK(bob.silent());
    }
    bob.send(ack(packet_type::pubcomp, id));
    bob.drop();
    bob = broker.connect("bob", returning5());
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-4.3.3-4] [MQTT5-4.4.0-2] PUBREC with an error ends the flow: no PUBREL, nothing again, and its place is free [B-3]") {
    broker_room broker(options());
    for (const auto code : {reason::unspecified_error, reason::not_authorized, reason::quota_exceeded, reason::payload_format_invalid}) {
        const auto one_at_once = returning5(3'600, {short_property(property_id::receive_maximum, 1)});
        auto bob = broker.connect("bob", one_at_once);
        bob.subscribe("a", qos_2);
        auto amy = broker.connect("amy", client5());
        amy.publish("a", "first", qos_2);
        amy.publish("a", "second", qos_2);
        const auto first = bob.expect_publish();
        CHECK(first.payload == "first");
        CHECK(bob.silent());
        bob.send(ack_with(packet_type::pubrec, first.id, code));
        CHECK(bob.take().payload == "second");  // no PUBREL before it
        bob.drop();
        bob = broker.connect("bob", one_at_once);
        CHECK(bob.silent());
    }
}

TEST_CASE("[MQTT5-4.4.0-2] PUBACK with an error counts as an acknowledgement") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    bob.subscribe("a", qos_1);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x", qos_1);
    bob.send(ack_with(packet_type::puback, bob.expect_publish().id, reason::implementation_specific_error));
    CHECK(bob.silent());
    bob.drop();
    bob = broker.connect("bob", returning5());
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-4.4.0-1] on resume PUBLISH and PUBREL are sent again with their identifiers, before anything new [B-5]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "released", qos_2);
    amy.publish("a", "in flight 2", qos_2);
    amy.publish("a", "in flight 1", qos_1);
    const auto sent = look(bob).publishes;
    REQUIRE(sent.size() == 3);
    bob.send(ack(packet_type::pubrec, sent[0].id));
    bob.expect_ack(packet_type::pubrel);
    bob.drop();
    amy.publish("a", "new", qos_2);

    bob = broker.connect("bob", returning5());
    const auto again = look(bob);
    CHECK(again.pubrels == std::vector<packet_id>{sent[0].id});
    CHECK(again.payloads() == std::vector<std::string>{"in flight 2", "in flight 1", "new"});
    REQUIRE(again.publishes.size() == 3);
    for (const std::size_t n : {0u, 1u}) {
        CHECK(again.publishes[n].id == sent[n + 1].id);
        CHECK(again.publishes[n].dup);
    }
    CHECK_FALSE(again.publishes[2].dup);
}

TEST_CASE("[MQTT5-4.4.0-1] Clean Start 1 sends nothing again, and a connection that lives neither") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x", qos_2);
    (void)bob.expect_publish();
    broker.advance(1h);
    CHECK(bob.silent());
    bob.drop();
    bob = broker.connect("bob", client5());
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-4.3.3-7] what was sent once does not expire any more [B-24]") {
    for (const auto q : {qos_1, qos_2}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", returning5());
        bob.subscribe("a", qos_2);
        auto amy = broker.connect("amy", client5());
        amy.send(publish5_bytes(0x30u | static_cast<unsigned>(q) << 1, "a", "x", 7, with_expiry(10)));
        const auto first = bob.expect_publish();
        bob.drop();
        broker.advance(1min);
        bob = broker.connect("bob", returning5());
        const auto again = bob.expect_publish();
        CHECK(again.id == first.id);
        CHECK(again.dup);
        CHECK(again.payload == "x");
    }
}

// ---- flow control, 4.9 -----------------------------------------------------------------------------------------------------------------------

TEST_CASE(
    "[MQTT5-3.3.4-9] [MQTT5-4.9.0-1] [MQTT5-4.9.0-2] never more unacknowledged messages than the client's Receive Maximum; each end lets one more "
    "through [B-13]") {
    broker_room broker(options());
    for (const unsigned maximum : {1u, 2u, 7u}) {
        CAPTURE(maximum);
        auto bob = broker.connect("bob", client5({short_property(property_id::receive_maximum, maximum)}));
        bob.subscribe("a", qos_2);
        auto amy = broker.connect("amy", client5());
        for (int n = 0; n < 20; ++n) amy.publish("a", std::to_string(n), n % 2 == 0 ? qos_1 : qos_2);
        auto waiting = look(bob).publishes;
        CHECK(waiting.size() == maximum);
        std::vector<std::string> found;
        while (!waiting.empty()) {
            const auto one = waiting.front();
            waiting.erase(waiting.begin());
            found.push_back(one.payload);
            if (one.qos == qos_2) {
                bob.send(ack(packet_type::pubrec, one.id));
                bob.expect_ack(packet_type::pubrel);
                CHECK(bob.silent());  // PUBREC frees nothing
            }
            bob.send(ack(one.qos == qos_2 ? packet_type::pubcomp : packet_type::puback, one.id));
            const auto more = look(bob).publishes;
            CHECK(more.size() <= 1);
            waiting.insert(waiting.end(), more.begin(), more.end());
        }
        CHECK(found == numbers(0, 20));
    }
}

TEST_CASE("[MQTT5-3.3.4-10] [MQTT5-4.9.0-3] a full window holds back no other packet [B-13]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5({short_property(property_id::receive_maximum, 1)}));
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    for (int n = 0; n < 5; ++n) amy.publish("a", "x", qos_2);
    CHECK(look(bob).publishes.size() == 1);
    bob.send(pingreq);
    bob.expect_pingresp();
    CHECK(bob.subscribe("b") == 0);
    amy.publish("b", "QoS 0");
    CHECK(bob.expect_publish().payload == "QoS 0");
    bob.publish("c", "from bob", qos_2);
    bob.publish("c", "from bob", qos_1);
    bob.unsubscribe("b");
    CHECK(bob.silent());
}

// ---- what an acknowledgement must not carry --------------------------------------------------------------------------------------------------

TEST_CASE(
    "[MQTT5-3.4.2-2] [MQTT5-3.4.2-3] [MQTT5-3.5.2-2] [MQTT5-3.5.2-3] [MQTT5-3.6.2-2] [MQTT5-3.6.2-3] [MQTT5-3.7.2-2] [MQTT5-3.7.2-3] "
    "[MQTT5-3.1.2-29] "
    "acknowledgements stay within the client's Maximum Packet Size, and have no reason string where none is wanted [B-25] [B-43]") {
    broker_room broker(options());
    const auto small = long_property(property_id::maximum_packet_size, 40);
    const auto no_reasons = byte_property(property_id::request_problem_information, 0);
    for (const auto& wanted : {client5({small}), client5({small, no_reasons}), client5({no_reasons})}) {
        auto bob = broker.connect("bob", wanted);
        bob.subscribe("a", qos_2);
        const wire questions[] = {
            publish5_bytes(0x32, "a", "x", 1),          // PUBACK, good
            publish5_bytes(0x32, "$SYS/mine", "x", 2),  // PUBACK, not authorized
            publish5_bytes(0x34, "b", "x", 3),          // PUBREC, good
            publish5_bytes(0x34, "$SYS/mine", "x", 4),  // PUBREC, not authorized
            packet(0x62, {u16(3)}),                     // PUBCOMP
            packet(0x62, {u16(99)}),                    // PUBCOMP, not found
            packet(0x50, {u16(99)}),                    // PUBREL, not found
        };
        for (const auto& question : questions) {
            bob.send(question);
            while (auto answer = bob.next()) {
                CHECK(answer->bytes->size() <= 40);
                const auto* a = std::get_if<tepore::protocol::ack>(&answer->packet);
                if (a == nullptr) continue;  // the message itself
                CHECK(user_properties(a->properties).empty());
                if (wanted.properties.size() != small.size()) CHECK_FALSE(a->properties.text(property_id::reason_string));
            }
        }
        CHECK(bob.silent());
    }
}

TEST_CASE("[MQTT5-3.14.2-3] [MQTT5-3.14.2-4] a reason string that would make DISCONNECT larger than the client takes is left out [B-25]") {
    for (const std::uint32_t maximum : {24u, 36u, 1'000u}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", client5({long_property(property_id::maximum_packet_size, maximum)}));
        bob.send(packet(0x90, {u16(1), properties(), u8(0)}));  // SUBACK is a server's
        const auto said = bob.next();
        REQUIRE(said);
        CHECK(said->bytes->size() <= maximum);
        const auto& goodbye = std::get<tepore::protocol::disconnect>(said->packet);
        CHECK(code_of(goodbye.code) == code_of(reason::protocol_error));
        CHECK(goodbye.properties.text(property_id::reason_string).has_value() == (maximum == 1'000));
        CHECK(user_properties(goodbye.properties).empty());
        CHECK(bob.closed());
    }
}
