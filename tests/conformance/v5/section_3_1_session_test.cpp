// MQTT 5.0, 3.1.2.4, 3.1.2.11.2 and 4.1: Clean Start, Session Expiry Interval, takeover.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

namespace {

/// Connects and says whether a session was there.
bool present(broker_room& broker, std::string_view id, connect_options o) {
    bool was_there = false;
    auto p = broker.connect(id, std::move(o), &was_there);
    p.drop();
    return was_there;
}

}  // namespace

TEST_CASE(
    "[MQTT5-3.1.2-4] [MQTT5-3.2.2-2] [MQTT5-3.1.4-4] Clean Start 1 discards the session: subscriptions, queue, flights; retained messages stay "
    "[B-12]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    bob.subscribe("a/#", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.publish("a/retained", "stays", qos_1, true);
    amy.publish("a/1", "in flight", qos_2);
    (void)look(bob);
    bob.drop();
    amy.publish("a/2", "queued", qos_2);
    bool was_there = true;
    bob = broker.connect("bob", client5({session_expiry(3'600)}), &was_there);
    CHECK_FALSE(was_there);
    CHECK(bob.silent());
    amy.publish("a/3", "not subscribed", qos_2);
    CHECK(bob.silent());
    bob.subscribe("a/#");
    CHECK(bob.expect_publish().payload == "stays");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-3.1.2-5] [MQTT5-3.2.2-3] [MQTT5-3.1.2-23] Clean Start 0 continues the session: subscriptions, queue, flights [B-11]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    bob.subscribe("a/#", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.publish("a/1", "in flight", qos_1);
    const auto first = bob.expect_publish();
    bob.drop();
    amy.publish("a/2", "queued", qos_2);
    bool was_there = false;
    bob = broker.connect("bob", returning5(), &was_there);
    CHECK(was_there);
    const auto again = bob.take();
    CHECK(again.id == first.id);
    CHECK(again.dup);
    CHECK(bob.take().payload == "queued");
    amy.publish("a/3", "subscribed", qos_2);
    CHECK(bob.take().payload == "subscribed");
}

TEST_CASE("[MQTT5-3.1.2-6] [MQTT5-3.2.2-3] Clean Start 0 without a session makes a new one [B-11]") {
    broker_room broker(options());
    CHECK_FALSE(present(broker, "bob", returning5()));
    CHECK(present(broker, "bob", returning5()));
}

TEST_CASE("[MQTT5-3.1.3-2] the client identifier names the session") {
    broker_room broker(options());
    CHECK_FALSE(present(broker, "bob", returning5()));
    CHECK_FALSE(present(broker, "Bob", returning5()));
    CHECK(present(broker, "bob", returning5()));
}

TEST_CASE("[MQTT5-4.1.0-2] a session ends with its connection when the expiry is 0 or absent, whatever Clean Start said") {
    for (const auto& o : {client5(), client5({session_expiry(0)}), returning5(0), connect_options{.version = v5, .clean = false}}) {
        broker_room broker(options());
        CHECK_FALSE(present(broker, "bob", o));
        CHECK_FALSE(present(broker, "bob", returning5()));
    }
}

TEST_CASE("[MQTT5-4.1.0-2] [MQTT5-3.1.2-23] a session is there until its expiry has passed, counted from the end of its connection [B-10]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5(60));
    broker.advance(2h);  // [MQTT5-4.1.0-1]
    bob.drop();
    broker.advance(59s);
    CHECK(present(broker, "bob", returning5(60)));
    broker.advance(59s);
    CHECK(present(broker, "bob", returning5(60)));
    broker.advance(61s);
    CHECK_FALSE(present(broker, "bob", returning5(60)));
}

TEST_CASE("[MQTT5-4.1.0-1] the state of a session is kept while its connection is open, also when it has no expiry") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_1);
    auto amy = broker.connect("amy", client5());
    broker.advance(24h * 7);
    amy.publish("a", "x", qos_1);
    CHECK(bob.take().payload == "x");
}

TEST_CASE("5.0 section 3.1.2.11.2: 0xFFFFFFFF does not expire [B-10]") {
    broker_room broker(options());
    CHECK_FALSE(present(broker, "bob", returning5(0xFFFF'FFFF)));
    broker.advance(24h * 7);  // not longer: the broker speaks of $SYS every few seconds of it
    CHECK(present(broker, "bob", returning5()));
}

TEST_CASE("[MQTT5-4.1.0-2] what an expired session was subscribed to is gone with it [B-10]") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5(60));
    bob.subscribe("a", qos_2);
    bob.drop();
    auto amy = broker.connect("amy", client5());
    broker.advance(61s);
    amy.publish("a", "x", qos_2);
    bob = broker.connect("bob", returning5(60));
    CHECK(bob.silent());
    amy.publish("a", "y", qos_2);
    CHECK(bob.silent());
}

TEST_CASE("5.0 section 3.2.2.3.2: the server's own limit of the expiry is told, and holds") {
    broker_room broker(options([](auto& l) { l.session_expiry_max_s = 60; }));
    auto bob = open5(broker, connect5_bytes{.flags = 0, .property_block = properties({session_expiry(3'600)}), .client_id = text("bob")}.whole());
    CHECK(bob.expect_connack().properties.number(property_id::session_expiry_interval) == 60);
    auto amy = open5(broker, connect5_bytes{.property_block = properties({session_expiry(60)}), .client_id = text("amy")}.whole());
    CHECK_FALSE(amy.expect_connack().properties.number(property_id::session_expiry_interval));
    bob.drop();
    broker.advance(61s);
    CHECK_FALSE(present(broker, "bob", returning5()));
}

TEST_CASE("5.0 section 3.14.2.2.2: DISCONNECT changes the expiry") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5(60));
    bob.send(disconnect5_bytes(0, properties({session_expiry(600)})));
    CHECK(bob.closed());
    broker.advance(590s);
    bool was_there = false;
    bob = broker.connect("bob", returning5(60), &was_there);
    CHECK(was_there);
    bob.send(disconnect5_bytes(0, properties({session_expiry(0)})));  // ends at once
    CHECK(bob.closed());
    CHECK_FALSE(present(broker, "bob", returning5(60)));
}

TEST_CASE("5.0 section 3.14.2.2.2: DISCONNECT must not set an expiry when CONNECT had 0: 0x82, and the session ends") {
    for (const auto& o : {client5(), client5({session_expiry(0)})}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", o);
        bob.send(disconnect5_bytes(0, properties({session_expiry(60)})));
        check_disconnected(bob, reason::protocol_error);
        CHECK_FALSE(present(broker, "bob", returning5()));
    }
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.send(disconnect5_bytes(0, properties({session_expiry(0)})));
    CHECK(bob.closed());
}

TEST_CASE("[MQTT5-3.1.4-3] a second connection of a client: the first is told 0x8E and closed [B-7]") {
    for (const bool clean : {true, false}) {
        CAPTURE(clean);
        broker_room broker(options());
        auto o = returning5();
        o.clean = clean;
        auto old_one = broker.connect("bob", o);
        bool was_there = false;
        auto new_one = broker.connect("bob", o, &was_there);
        CHECK(was_there != clean);
        check_disconnected(old_one, reason::session_taken_over);
        CHECK(new_one.silent());
    }
}

TEST_CASE("[MQTT5-3.1.4-3] takeover moves what is in flight to the new connection, and the identifiers of QoS 2 received [B-7]") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    auto old_one = broker.connect("bob", returning5());
    old_one.subscribe("a", qos_2);
    amy.publish("a", "1", qos_2);
    const auto first = old_one.expect_publish();
    old_one.send(publish5_bytes(0x34, "b", "once", 9));
    old_one.expect_ack(packet_type::pubrec);
    amy.subscribe("b", qos_2);
    auto new_one = broker.connect("bob", returning5());
    const auto again = new_one.take();
    CHECK(again.dup);
    CHECK(again.id == first.id);
    new_one.send(publish5_bytes(0x3C, "b", "once", 9));
    new_one.expect_ack(packet_type::pubrec);
    CHECK(amy.silent());  // it came before amy subscribed, and is the same message still
}

TEST_CASE("[MQTT5-3.1.4-3] a client of 3.1.1 takes over from one of 5.0, and the reverse") {
    broker_room broker(options());
    auto first = broker.connect("bob", returning5(0xFFFF'FFFF));
    first.subscribe("a", qos_1);
    bool was_there = false;
    auto second = broker.connect("bob", persistent(), &was_there);
    CHECK(was_there);
    check_disconnected(first, reason::session_taken_over);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x", qos_1);
    CHECK(second.expect_publish().payload == "x");
    auto third = broker.connect("bob", returning5(), &was_there);
    CHECK(was_there);
    CHECK(second.closed());  // 3.1.1 has no DISCONNECT from the server
    CHECK(third.take().dup);
}

TEST_CASE("[MQTT5-3.1.3-6] [MQTT5-3.1.3-7] [MQTT5-3.2.2-16] an empty client identifier is replaced by a new one, with either Clean Start [B-30]") {
    broker_room broker(options());
    std::vector<std::string> given;
    for (const unsigned flags : {clean_session, 0u, clean_session, 0u}) {
        auto stranger =
            open5(broker, connect5_bytes{.flags = flags, .property_block = properties({session_expiry(60)}), .client_id = text("")}.whole());
        const auto answer = stranger.expect_connack();
        CHECK(answer.code == 0);
        CHECK_FALSE(answer.session_present);
        const auto id = answer.properties.text(property_id::assigned_client_identifier);
        REQUIRE(id);
        CHECK_FALSE(id->empty());
        for (const auto& other : given) CHECK(other != *id);
        given.emplace_back(*id);
        stranger.drop();
    }
    for (const auto& id : given) CHECK(present(broker, id, returning5()));  // "as if the client had provided it"
    auto named = open5(broker, connect5_bytes{}.whole());
    CHECK_FALSE(named.expect_connack().properties.text(property_id::assigned_client_identifier));
}
