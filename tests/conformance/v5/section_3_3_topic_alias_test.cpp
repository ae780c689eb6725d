// MQTT 5.0, 3.3.2.3.4: topic aliases, both ways.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

namespace {

wire aliased(std::string_view topic, unsigned alias, std::string_view payload, unsigned first = 0x30, unsigned id = 0) {
    return publish5_bytes(first, topic, payload, id, properties({short_property(property_id::topic_alias, alias)}));
}

connect_options takes(unsigned aliases) {
    return client5({short_property(property_id::topic_alias_maximum, aliases)});
}

std::optional<std::uint32_t> alias_of(const received_publish& p) {
    return number_of(p, property_id::topic_alias);
}

}  // namespace

// ---- from the client -------------------------------------------------------------------------------------------------------------------------

TEST_CASE("[MQTT5-3.3.2-12] every alias from 1 to the maximum is accepted, set, used and set anew; receivers see topics only [B-26]") {
    constexpr unsigned maximum = 20;
    broker_room broker(options([](auto& l) { l.topic_alias_maximum = maximum; }));
    auto bob = broker.connect("bob", client5());
    bob.subscribe("#");
    auto amy = broker.connect("amy", client5());
    for (unsigned alias = 1; alias <= maximum; ++alias) {
        amy.send(aliased("t/" + std::to_string(alias), alias, "set"));
        const auto got = bob.expect_publish();
        CHECK(got.topic == "t/" + std::to_string(alias));
        CHECK(got.properties.empty());
    }
    for (unsigned alias = maximum; alias >= 1; --alias) {
        amy.send(aliased("", alias, "used"));
        CHECK(bob.expect_publish().topic == "t/" + std::to_string(alias));
    }
    amy.send(aliased("other", 3, "set anew"));
    CHECK(bob.expect_publish().topic == "other");
    amy.send(aliased("", 3, "used"));
    CHECK(bob.expect_publish().topic == "other");
    amy.send(aliased("other", 4, "two aliases for one topic"));
    amy.send(aliased("", 4, "x"));
    CHECK(bob.expect_publish().topic == "other");
    CHECK(bob.expect_publish().topic == "other");
}

TEST_CASE("[MQTT5-3.3.2-8] [MQTT5-3.3.2-9] [MQTT5-3.2.2-17] alias 0, or one above the maximum: 0x94 [B-26]") {
    check_disconnects(aliased("a", 0, "x"), reason::topic_alias_invalid);
    broker_room broker(options([](auto& l) { l.topic_alias_maximum = 5; }));
    check_disconnects(broker, aliased("a", 6, "x"), reason::topic_alias_invalid);
    check_disconnects(broker, aliased("", 65'535, "x"), reason::topic_alias_invalid);
}

TEST_CASE("[MQTT5-3.2.2-18] a server that takes no aliases: 0x94") {
    broker_room broker(options([](auto& l) { l.topic_alias_maximum = 0; }));
    check_disconnects(broker, aliased("a", 1, "x"), reason::topic_alias_invalid);
}

TEST_CASE("5.0 section 3.3.2.3.4: an empty topic with an alias that was not set, or without an alias: 0x82") {
    check_disconnects(aliased("", 1, "x"), reason::protocol_error);
    check_disconnects(publish5_bytes(0x30, "", "x"), reason::protocol_error);
    check_disconnects(join({aliased("", 2, "x")}), reason::protocol_error);
}

TEST_CASE("[MQTT5-3.3.2-7] an alias ends with its connection, also when the session goes on [B-26]") {
    broker_room broker(options());
    auto amy = broker.connect("amy", returning5());
    amy.send(aliased("a", 1, "x"));
    amy.drop();
    amy = broker.connect("amy", returning5());
    amy.send(aliased("", 1, "x"));
    check_disconnected(amy, reason::protocol_error);
}

TEST_CASE("5.0 section 3.3.2.3.4: aliases of two clients, and of the two directions, have nothing to do with each other") {
    broker_room broker(options());
    auto bob = broker.connect("bob", takes(1));
    bob.subscribe("long/topic/#");
    auto amy = broker.connect("amy", client5());
    auto carl = broker.connect("carl", client5());
    amy.send(aliased("long/topic/amy", 1, "x"));
    carl.send(aliased("long/topic/carl", 1, "x"));
    CHECK(bob.expect_publish().topic == "long/topic/amy");
    CHECK(bob.expect_publish().topic == "long/topic/carl");
    amy.send(aliased("", 1, "y"));
    const auto got = bob.expect_publish();
    CHECK(got.topic.empty());
    CHECK(alias_of(got) == 1);
    bob.send(aliased("", 1, "bob did not set it"));
    check_disconnected(bob, reason::protocol_error);
}

TEST_CASE("5.0 section 3.3.2.3.4: a PUBLISH that is refused, or came before, sets its alias all the same") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a");
    auto amy = broker.connect("amy", client5());
    amy.send(aliased("$SYS/forged", 1, "x", 0x32, 1));
    CHECK(code_of(amy.expect_ack(packet_type::puback).code) == 0x87);
    amy.send(aliased("", 1, "x", 0x32, 2));
    CHECK(code_of(amy.expect_ack(packet_type::puback).code) == 0x87);
    amy.send(aliased("a", 2, "once", 0x34, 3));
    amy.send(aliased("a", 3, "once", 0x3C, 3));  // the same message again, with another alias
    amy.send(aliased("", 3, "alias of a repetition"));
    CHECK(bob.take().payload == "once");
    CHECK(bob.take().payload == "alias of a repetition");
    CHECK(bob.silent());
}

TEST_CASE("5.0 section 3.3.2.3.4: QoS 1 and 2, retained messages and messages across shards work with aliases") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    std::vector<peer> receivers;
    for (int i = 0; i < 6; ++i) {
        receivers.push_back(broker.connect("r" + std::to_string(i), client5()));
        receivers.back().subscribe("room/+", qos_2);
    }
    amy.send(aliased("room/1", 1, "set", 0x31));
    amy.send(aliased("", 1, "one", 0x33, 1));
    CHECK(amy.expect_ack(packet_type::puback).id == 1);
    amy.send(aliased("", 1, "two", 0x35, 2));
    CHECK(amy.expect_ack(packet_type::pubrec).id == 2);
    for (auto& r : receivers) {
        for (const auto payload : {"set"sv, "one"sv, "two"sv}) {
            const auto got = r.take();
            CHECK(got.topic == "room/1");
            CHECK(got.payload == payload);
        }
    }
    auto late = broker.connect("late", client5());
    late.subscribe("#");
    CHECK(late.expect_publish().topic == "room/1");
}

// ---- to the client ---------------------------------------------------------------------------------------------------------------------------

TEST_CASE("[MQTT5-3.1.2-27] without a Topic Alias Maximum, or with 0, the server sets none [B-27]") {
    for (const auto& o : {client5(), takes(0)}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", o);
        bob.subscribe("#");
        auto amy = broker.connect("amy", client5());
        for (int i = 0; i < 10; ++i) {
            amy.publish("a/rather/long/topic", "x");
            CHECK(bob.raw() == publish5_bytes(0x30, "a/rather/long/topic", "x"));
        }
    }
}

TEST_CASE("[MQTT5-3.1.2-26] [MQTT5-3.3.2-11] aliases stay within the client's maximum, and stand for the topic they were set with [B-27]") {
    for (const unsigned maximum : {1u, 2u, 7u, 65'535u}) {
        CAPTURE(maximum);
        broker_room broker(options());
        auto bob = broker.connect("bob", takes(maximum));
        bob.subscribe("#", qos_1);
        auto amy = broker.connect("amy", client5());
        std::vector<std::string> known(65'536);
        for (unsigned i = 0; i < 600; ++i) {
            const auto topic = "some/rather/long/topic/" + std::to_string(i * i % 17);
            amy.publish(topic, std::to_string(i), static_cast<tepore::protocol::qos>(i % 2));
            const auto got = bob.take();
            CHECK(got.payload == std::to_string(i));
            const auto alias = alias_of(got).value_or(0);
            CHECK(alias <= maximum);
            if (got.topic.empty()) {
                CHECK(alias != 0);
                CHECK(known[alias] == topic);
            } else {
                CHECK(got.topic == topic);
                if (alias != 0) known[alias] = topic;
            }
        }
        // It pays: a topic that comes again and again is left out, whatever it shares its place in the table with.
        for (int i = 0; i < 2; ++i) {
            amy.publish("some/rather/long/topic/again", "x");
            (void)bob.take();
        }
        amy.publish("some/rather/long/topic/again", "x");
        CHECK(bob.take().topic.empty());
    }
}

TEST_CASE("[MQTT5-3.3.2-7] on a new connection every topic is named again before its alias is used, also in what is sent again [B-27]") {
    broker_room broker(options());
    const auto o = returning5(3'600, {short_property(property_id::topic_alias_maximum, 10)});
    auto bob = broker.connect("bob", o);
    bob.subscribe("#", qos_2);
    auto amy = broker.connect("amy", client5());
    for (int i = 0; i < 3; ++i) amy.publish("a/rather/long/topic", std::to_string(i), qos_2);
    const auto first = bob.expect_publish();
    CHECK(first.topic == "a/rather/long/topic");
    CHECK(bob.expect_publish().topic.empty());
    CHECK(bob.expect_publish().topic.empty());
    bob.drop();
    amy.publish("a/rather/long/topic", "3", qos_2);
    bob = broker.connect("bob", o);
    for (int i = 0; i < 3; ++i) {
        const auto again = bob.take();
        CHECK(again.dup);
        CHECK(again.topic == "a/rather/long/topic");
        CHECK_FALSE(alias_of(again));
    }
    CHECK(bob.take().topic == "a/rather/long/topic");
    amy.publish("a/rather/long/topic", "4", qos_2);
    CHECK(bob.take().topic.empty());
}

TEST_CASE("5.0 section 3.3.2.3.4: an alias is set only by a PUBLISH that was sent; one that is too large sets none") {
    broker_room broker(options());
    auto bob =
        broker.connect("bob", client5({short_property(property_id::topic_alias_maximum, 10), long_property(property_id::maximum_packet_size, 100)}));
    bob.subscribe("#");
    auto amy = broker.connect("amy", client5());
    amy.publish("a/rather/long/topic", std::string(200, 'x'));
    CHECK(bob.silent());
    amy.publish("a/rather/long/topic", "x");
    CHECK(bob.expect_publish().topic == "a/rather/long/topic");
    amy.publish("a/rather/long/topic", "x");
    CHECK(bob.expect_publish().topic.empty());
}

TEST_CASE("[MQTT5-3.1.2-24] a message that has room without an alias, but not with one, goes without") {
    broker_room broker(options());
    const std::string_view topic = "another/long/topic";
    const std::string payload(100 - 5 - topic.size(), 'x');
    const auto exactly = publish5_bytes(0x30, topic, payload);
    REQUIRE(exactly.size() == 100);
    auto bob =
        broker.connect("bob", client5({short_property(property_id::topic_alias_maximum, 10), long_property(property_id::maximum_packet_size, 100)}));
    bob.subscribe("#");
    auto amy = broker.connect("amy", client5());
    for (int i = 0; i < 2; ++i) {
        amy.publish(topic, payload);
        CHECK(bob.raw() == exactly);
    }
}
