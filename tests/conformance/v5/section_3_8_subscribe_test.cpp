// MQTT 5.0, 3.8 SUBSCRIBE and 3.9 SUBACK.
#include "conformance/v5/subscriptions.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT5-3.8.1-1] SUBSCRIBE with other header flags than 0010: 0x81") {
    for (unsigned flags = 0; flags < 16; ++flags) {
        if (flags == 2) continue;
        CAPTURE(flags);
        check_disconnects(packet(0x80 | flags, {u16(1), properties(), text("a"), u8(0)}), reason::malformed_packet);
    }
}

TEST_CASE("[MQTT5-3.8.3-1] a filter that is not UTF-8: 0x81") {
    for (const auto bad : {"\xC0\xAF"sv, "a\xED\xA0\x80"sv, "\xF4\x90\x80\x80"sv, "a\0b"sv, "\x80"sv})
        check_disconnects(subscribe5_bytes(1, bad, 0), reason::malformed_packet);
    check_disconnects(packet(0x82, {u16(1), properties(), u16(9), raw("a"), u8(0)}), reason::malformed_packet);  // longer than the packet
}

TEST_CASE("[MQTT5-3.8.3-2] SUBSCRIBE without a filter: 0x82") {
    check_disconnects(packet(0x82, {u16(1), properties()}), reason::protocol_error);
    check_disconnects(packet(0x82, {u16(1), properties({subscription_identifier(1)})}), reason::protocol_error);
}

TEST_CASE("5.0 section 3.8: SUBSCRIBE with a part missing: 0x81") {
    check_disconnects(packet(0x82), reason::malformed_packet);
    check_disconnects(packet(0x82, {u8(0)}), reason::malformed_packet);
    check_disconnects(packet(0x82, {u16(1)}), reason::malformed_packet);                                         // no property length
    check_disconnects(packet(0x82, {u16(1), u8(5)}), reason::malformed_packet);                                  // no properties
    check_disconnects(packet(0x82, {u16(1), properties(), text("a")}), reason::malformed_packet);                // no options
    check_disconnects(packet(0x82, {u16(1), properties(), text("a"), u8(0), u8(0)}), reason::malformed_packet);  // half a second filter
}

TEST_CASE("[MQTT5-3.8.3-5] reserved bits of the options: 0x81") {
    for (const unsigned byte : {0x40u, 0x80u, 0xC0u, 0xC5u}) {
        CAPTURE(byte);
        check_disconnects(subscribe5_bytes(1, "a", byte), reason::malformed_packet);
    }
    check_disconnects(packet(0x82, {u16(1), properties(), text("a"), u8(0), text("b"), u8(0x40)}), reason::malformed_packet);
}

TEST_CASE("5.0 section 3.8.3.1: QoS 3 and Retain Handling 3 are protocol errors") {
    check_disconnects(subscribe5_bytes(1, "a", 0x03), reason::protocol_error);
    check_disconnects(subscribe5_bytes(1, "a", 0x30), reason::protocol_error);
    check_disconnects(subscribe5_bytes(1, "a", 0x33), reason::protocol_error);
}

TEST_CASE("[B-21] 5.0 section 3.8.2.1.2: a subscription identifier of 0, two of them, or one too long") {
    check_disconnects(subscribe5_bytes(1, "a", 0, properties({subscription_identifier(0)})), reason::protocol_error);
    check_disconnects(subscribe5_bytes(1, "a", 0, properties({subscription_identifier(1), subscription_identifier(1)})), reason::protocol_error);
    check_disconnects(subscribe5_bytes(1, "a", 0, properties({wire{0x0B, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}})), reason::malformed_packet);
    check_disconnects(subscribe5_bytes(1, "a", 0, properties({wire{0x0B, 0x81, 0x00}})), reason::malformed_packet);  // not the shortest form of 1
}

TEST_CASE("5.0 section 3.8.2.1: properties of other packets are 0x81, user properties are taken") {
    check_disconnects(subscribe5_bytes(1, "a", 0, properties({short_property(property_id::topic_alias, 1)})), reason::malformed_packet);
    check_disconnects(subscribe5_bytes(1, "a", 0, properties({text_property(property_id::reason_string, "x")})), reason::malformed_packet);
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.send(subscribe5_bytes(7, "a", 1, properties({user_property("a", "1"), user_property("a", "1"), user_property("", "")})));
    CHECK(bob.expect_suback(7) == wire{1});
}

TEST_CASE("[MQTT5-3.8.4-1] [MQTT5-3.8.4-2] [MQTT5-3.8.4-7] SUBSCRIBE is answered by SUBACK with its identifier and the QoS granted") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    for (const unsigned id : {1u, 2u, 300u, 65'535u}) {
        for (unsigned q = 0; q < 3; ++q) {
            bob.send(subscribe5_bytes(id, "a/" + std::to_string(q), q));
            CHECK(bob.raw() == packet(0x90, {u16(id), properties(), u8(q)}));
        }
    }
}

TEST_CASE(
    "[MQTT5-3.8.4-5] [MQTT5-3.8.4-6] [MQTT5-3.9.3-1] [MQTT5-3.9.3-2] [B-41] many filters: one SUBACK, a code for each in their order; one that fails "
    "does "
    "not hinder the others") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.send(packet(0x82, {u16(9), properties(), text("a"), u8(2), text("b#"), u8(0), text("+/c"), u8(1), text("$share/g"), u8(0), text("d"), u8(2),
                           text("a"), u8(0)}));
    CHECK(bob.expect_suback(9) == wire{2, 0x8F, 1, 0x8F, 2, 0});
    auto amy = broker.connect("amy", client5());
    amy.publish("b", "none");
    amy.publish("x/c", "2", qos_2);
    amy.publish("d", "3", qos_2);
    amy.publish("a", "4", qos_2);  // the last request for "a" counts
    CHECK(bob.take().qos == qos_1);
    CHECK(bob.take().qos == qos_2);
    CHECK(bob.take().qos == qos_0);
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-3.8.4-5] the same filter twice in a packet is two SUBSCRIBEs: retained messages twice at Retain Handling 0, once at 1") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "kept", qos_0, true);
    auto bob = broker.connect("bob", client5());
    bob.send(packet(0x82, {u16(9), properties(), text("a"), u8(0), text("a"), u8(0)}));
    CHECK(bob.expect_suback(9) == wire{0, 0});
    CHECK(take_all(bob).size() == 2);
    auto eve = broker.connect("eve", client5());
    eve.send(packet(0x82, {u16(9), properties(), text("a"), u8(0x10), text("a"), u8(0x10)}));
    CHECK(eve.expect_suback(9) == wire{0, 0});
    CHECK(take_all(eve).size() == 1);
}

TEST_CASE("[MQTT5-3.8.4-3] [B-19] a repeated filter replaces the subscription with all its options") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    auto amy = broker.connect("amy", client5());
    CHECK(subscribe5(bob, "a/+", {.qos = qos_2, .retain_as_published = true}, 5) == 2);
    amy.publish("a/b", "x", qos_2, true);
    auto found = bob.take();
    CHECK(found.qos == qos_2);
    CHECK(found.retain);
    CHECK(subscription_identifiers(found) == std::vector<std::uint32_t>{5});

    CHECK(subscribe5(bob, "a/+", {.qos = qos_1, .no_local = true, .retain = retain_handling::do_not_send}) == 1);
    amy.publish("a/b", "y", qos_2, true);
    found = bob.take();
    CHECK(found.qos == qos_1);
    CHECK(!found.retain);
    CHECK(subscription_identifiers(found).empty());
    bob.publish("a/b", "own", qos_0);
    CHECK(bob.silent());

    CHECK(unsubscribe5(bob, "a/+") == 0);
    amy.publish("a/b", "x", qos_2);
    CHECK(bob.silent());  // there was only one
}

TEST_CASE("[MQTT5-3.8.4-4] [B-19] a repeated filter brings the retained messages again at Retain Handling 0, and loses nothing that is under way") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.publish("kept", "kept", qos_1, true);
    auto bob = broker.connect("bob", returning5(3'600, {short_property(property_id::receive_maximum, 10)}));
    bob.subscribe("#", qos_1);
    CHECK(bob.take().payload == "kept");
    for (int n = 0; n < 30; ++n) amy.publish("a", std::to_string(n), qos_1);  // more than fit in flight
    auto found = take(bob, 5);
    bob.send(subscribe5_bytes(77, "#", 1));
    for (int n = 30; n < 40; ++n) amy.publish("a", std::to_string(n), qos_1);
    bool confirmed = false;
    std::size_t kept = 0;
    while (auto one = bob.next()) {
        if (const auto* p = std::get_if<tepore::protocol::publish>(&one->packet)) {
            if (p->retain)
                ++kept;
            else
                found.emplace_back(tepore::as_text(p->payload));
            bob.send(ack(packet_type::puback, p->id));
        } else {
            confirmed = true;
        }
    }
    CHECK(confirmed);
    CHECK(kept == 1);
    CHECK(found == numbers(0, 40));
}

TEST_CASE("[MQTT5-3.8.4-8] a message comes at the lower of its QoS and the QoS granted") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    for (const auto at_most : every_qos) {
        auto bob = broker.connect("bob", client5());
        REQUIRE(bob.subscribe("a", at_most) == granted(at_most));
        for (const auto published : every_qos) {
            amy.publish("a", "x", published);
            CHECK(bob.take().qos == std::min(at_most, published));
            CHECK(bob.silent());
        }
    }
}

TEST_CASE("[MQTT5-3.8.3-3] No Local: a client's own messages do not come back, those of others do") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    auto amy = broker.connect("amy", client5());
    for (const auto q : every_qos) {
        subscribe5(bob, "a", {.qos = q, .no_local = true});
        bob.publish("a", "own", q);
        CHECK(bob.silent());
        amy.publish("a", "amy's", q);
        CHECK(bob.take().payload == "amy's");
    }
    subscribe5(bob, "a", {});
    bob.publish("a", "own");
    CHECK(bob.take().payload == "own");
}

TEST_CASE("[MQTT5-3.8.3-3] No Local is the client's, not the connection's: also after it came back, and for its will") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    subscribe5(bob, "a", {.qos = qos_1, .no_local = true});
    bob.drop();
    bob = broker.connect("bob", returning5());
    bob.publish("a", "own", qos_1);
    CHECK(bob.silent());
    bob.drop();
    auto with_will = returning5();
    with_will.will = will("a", "gone", qos_1);
    bob = broker.connect("bob", with_will);
    bob.drop();
    bob = broker.connect("bob", returning5());
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-3.8.3-4] [MQTT5-4.8.2-1] [B-18] No Local on a shared subscription: 0x82") {
    check_disconnects(subscribe5_bytes(1, "$share/g/a", 0x04), reason::protocol_error);
    check_disconnects(packet(0x82, {u16(1), properties(), text("a"), u8(0x04), text("$share/g/a"), u8(0x05)}), reason::protocol_error);
}

TEST_CASE("[MQTT5-3.8.3-3] [B-20] an option of one subscription is not an option of another that matches too") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    subscribe5(bob, "a/#", {.qos = qos_2, .no_local = true, .retain_as_published = true}, 1);
    subscribe5(bob, "a/+", {.qos = qos_1}, 2);
    bob.send(publish("a/b", "own", qos_2, 1));
    auto found = bob.expect_publish();  // because of "a/+" alone: its QoS, its identifier
    (void)bob.expect_ack(packet_type::pubrec);
    CHECK(found.qos == qos_1);
    CHECK(subscription_identifiers(found) == std::vector<std::uint32_t>{2});
    CHECK(bob.silent());
    auto amy = broker.connect("amy", client5());
    amy.publish("a/b", "hers", qos_2, true);
    found = bob.expect_publish();
    CHECK(found.qos == qos_2);
    CHECK(found.retain);
    CHECK(subscription_identifiers(found).size() == 2);
    CHECK(bob.silent());
}

TEST_CASE("5.0 table 3-8, 0x97: more subscriptions than a session may have; what it has can be renewed") {
    broker_room broker(options([](tepore::broker::limits& l) { l.subscriptions_per_session_max = 3; }));
    auto bob = broker.connect("bob", client5());
    bob.send(packet(0x82, {u16(9), properties(), text("a"), u8(1), text("$share/g/b"), u8(1), text("c"), u8(1), text("d"), u8(1), text("$share/h/b"),
                           u8(1), text("a"), u8(2), text("$share/g/b"), u8(2)}));
    CHECK(bob.expect_suback(9) == wire{1, 1, 1, 0x97, 0x97, 2, 2});
    CHECK(unsubscribe5(bob, "c") == 0);
    CHECK(subscribe5(bob, "d", {}) == 0);
}

TEST_CASE("5.0 table 3-8, 0x8F: more levels than the server allows") {
    broker_room broker(options([](tepore::broker::limits& l) { l.topic_levels_max = 4; }));
    auto bob = broker.connect("bob", client5());
    CHECK(subscribe5(bob, "a/b/c/d", {}) == 0);
    CHECK(subscribe5(bob, "a/b/c/d/e", {}) == 0x8F);
    CHECK(subscribe5(bob, "$share/g/a/b/c/d", {}) == 0);
    CHECK(subscribe5(bob, "$share/g/a/b/c/d/e", {}) == 0x8F);
}

TEST_CASE("5.0 table 3-8 and 3-9, 0x91: the packet identifier of a QoS 2 message that is under way") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.send(publish("x", "x", qos_2, 7));
    (void)bob.expect_ack(packet_type::pubrec);
    bob.send(packet(0x82, {u16(7), properties(), text("a"), u8(1), text("b"), u8(1)}));
    CHECK(bob.expect_suback(7) == wire{0x91, 0x91});
    bob.send(packet(0xA2, {u16(7), properties(), text("a"), text("b")}));
    CHECK(bob.expect_unsuback(7) == wire{0x91, 0x91});
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x");
    CHECK(bob.silent());
    bob.send(ack(packet_type::pubrel, 7));
    (void)bob.expect_ack(packet_type::pubcomp);
    bob.send(packet(0x82, {u16(7), properties(), text("a"), u8(1)}));
    CHECK(bob.expect_suback(7) == wire{1});
}

TEST_CASE("5.0 sections 3.2.2.3.11 to 13: what the server does not offer is announced, and asking for it ends the connection") {
    struct row {
        property_id announced;
        void (*adjust)(tepore::broker::limits&);
        wire asks;
        reason code;
        wire still_allowed;
    };
    const row rows[] = {
        {property_id::wildcard_subscription_available, [](tepore::broker::limits& l) { l.wildcard_subscriptions_available = false; },
         subscribe5_bytes(1, "a/+", 0), reason::wildcard_subscriptions_not_supported,
         subscribe5_bytes(1, "$share/g/a", 0, properties({subscription_identifier(1)}))},
        {property_id::wildcard_subscription_available, [](tepore::broker::limits& l) { l.wildcard_subscriptions_available = false; },
         packet(0x82, {u16(1), properties(), text("a"), u8(0), text("$share/g/#"), u8(0)}), reason::wildcard_subscriptions_not_supported,
         subscribe5_bytes(1, "a", 0)},
        {property_id::subscription_identifier_available, [](tepore::broker::limits& l) { l.subscription_identifiers_available = false; },
         subscribe5_bytes(1, "a", 0, properties({subscription_identifier(1)})), reason::subscription_identifiers_not_supported,
         subscribe5_bytes(1, "$share/g/+", 0)},
        {property_id::shared_subscription_available, [](tepore::broker::limits& l) { l.shared_subscriptions_available = false; },
         subscribe5_bytes(1, "$share/g/a", 0), reason::shared_subscriptions_not_supported,
         subscribe5_bytes(1, "+", 0, properties({subscription_identifier(1)}))},
    };
    for (const auto& one : rows) {
        CAPTURE(code_of(one.code));
        broker_room broker(options(one.adjust));
        auto bob = broker.open();
        bob.set_version(v5);
        bob.send(connect5_bytes{}.whole());
        const auto connack = bob.expect_connack();
        CHECK(connack.properties.number(one.announced) == 0u);
        bob.send(one.still_allowed);
        CHECK(bob.expect_suback(1) == wire{0});
        bob.send(one.asks);
        check_disconnected(bob, one.code);
        auto old = broker.connect("old");
        if (one.announced != property_id::subscription_identifier_available) {
            CHECK(old.subscribe(one.announced == property_id::wildcard_subscription_available ? "a/+" : "$share/g/a") == 0x80);
        }
        CHECK(old.subscribe("a") == 0);
    }
}

TEST_CASE("5.0 sections 3.2.2.3.11 to 13: what is offered is not denied in CONNACK") {
    broker_room broker(options());
    auto bob = broker.open();
    bob.set_version(v5);
    bob.send(connect5_bytes{}.whole());
    const auto connack = bob.expect_connack();
    for (const auto id :
         {property_id::wildcard_subscription_available, property_id::subscription_identifier_available, property_id::shared_subscription_available})
        CHECK(connack.properties.number(id).value_or(1) == 1u);
}

TEST_CASE(
    "[MQTT5-3.9.2-1] [MQTT5-3.11.2-1] a Reason String says why a filter was refused, unless it would make the packet larger than the client takes") {
    const auto suback_bytes = packet(0x90, {u16(1), properties(), u8(0), u8(0x8F)}).size();
    const auto unsuback_bytes = packet(0xB0, {u16(1), properties(), u8(0x11), u8(0x8F)}).size();
    for (const bool fits : {true, false}) {
        broker_room broker(options());
        // CONNACK must fit too, and does not count here: the limit holds from the first packet.
        auto bob = broker.connect("bob", client5({long_property(property_id::maximum_packet_size, fits ? 1'000 : 30)}));
        bob.send(packet(0x82, {u16(1), properties(), text("a"), u8(0), text("b#"), u8(0)}));
        auto bytes = bob.raw();
        CHECK((bytes.size() > suback_bytes) == fits);
        bob.send(packet(0xA2, {u16(1), properties(), text("c"), text("b#")}));
        bytes = bob.raw();
        CHECK((bytes.size() > unsuback_bytes) == fits);
    }
}

TEST_CASE(
    "[MQTT5-3.9.2-1] [MQTT5-3.9.2-2] [MQTT5-3.11.2-1] [MQTT5-3.11.2-2] nothing beside the codes when the client wants no problem information, or all "
    "went well") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5({byte_property(property_id::request_problem_information, 0)}));
    bob.send(packet(0x82, {u16(1), properties({user_property("k", "v")}), text("a"), u8(0), text("b#"), u8(0)}));
    CHECK(bob.raw() == packet(0x90, {u16(1), properties(), u8(0), u8(0x8F)}));
    bob.send(packet(0xA2, {u16(1), properties({user_property("k", "v")}), text("c"), text("b#")}));
    CHECK(bob.raw() == packet(0xB0, {u16(1), properties(), u8(0x11), u8(0x8F)}));
    auto eve = broker.connect("eve", client5());
    eve.send(subscribe5_bytes(1, "a", 0));
    CHECK(eve.raw() == packet(0x90, {u16(1), properties(), u8(0)}));
    eve.send(unsubscribe5_bytes(1, "a"));
    CHECK(eve.raw() == packet(0xB0, {u16(1), properties(), u8(0)}));
}
