// The sender's half of QoS 0, 1 and 2, the queue and its bounds.
#include "client/conversation.hpp"

using namespace tepore;
using namespace tepore::mqtt_client;
using namespace tepore::mqtt_client::testing;
using enum mqtt_qos;

TEST_CASE("[MQTT-4.3.1-1] [MQTT-3.3.1-2] [MQTT-2.3.1-5] [MQTT5-4.3.1-1] QoS 0: no identifier, no DUP, acknowledged when the network took it") {
    conversation talk;
    talk.connect();
    talk.block(true);
    const auto id = talk.publish("a", "1");
    CHECK(!talk.done(id));
    talk.block(false);
    CHECK(talk.expect_bytes() == std::vector<std::uint8_t>{0x30, 4, 0, 1, 'a', '1'});
    CHECK(talk.result(id).ok());
}

TEST_CASE("[MQTT-4.3.2-1] [MQTT-2.3.1-1] [MQTT5-4.3.2-1] [MQTT5-4.3.2-2] [MQTT5-4.3.2-3] QoS 1: an identifier, no DUP, unacknowledged until PUBACK") {
    conversation talk;
    talk.connect();
    const auto id = talk.publish("a", "1", at_least_once);
    const auto sent = talk.expect<protocol::publish>();
    CHECK(sent.id != 0);
    CHECK(!sent.dup);
    CHECK(sent.qos == protocol::qos::at_least_once);
    CHECK(!talk.done(id));
    talk.broker_acks(packet_type::puback, sent.id);
    CHECK(talk.result(id).ok());
}

TEST_CASE(
    "[MQTT-4.3.3-1] [MQTT-2.3.1-6] [MQTT5-4.3.3-1] [MQTT5-4.3.3-2] [MQTT5-4.3.3-3] [MQTT5-4.3.3-4] [MQTT5-4.3.3-5] QoS 2: PUBLISH, PUBREC, PUBREL, "
    "PUBCOMP") {
    for (const auto v : {mqtt_version::v3_1_1, mqtt_version::v5}) {
        conversation talk(amy(v));
        talk.connect();
        const auto id = talk.publish("a", "1", exactly_once);
        const auto sent = talk.expect<protocol::publish>();
        CHECK(!sent.dup);
        talk.broker_acks(packet_type::pubrec, sent.id);
        CHECK(talk.expect_ack(packet_type::pubrel).id == sent.id);
        CHECK(!talk.done(id));
        talk.broker_acks(packet_type::pubcomp, sent.id);
        CHECK(talk.result(id).ok());
        CHECK(talk.silent());
    }
}

TEST_CASE("a PUBREC that comes twice is released twice") {
    conversation talk;
    talk.connect();
    talk.publish("a", "1", exactly_once);
    const auto sent = talk.expect<protocol::publish>();
    for (int i = 0; i < 2; ++i) {
        talk.broker_acks(packet_type::pubrec, sent.id);
        CHECK(talk.expect_ack(packet_type::pubrel).id == sent.id);
    }
}

TEST_CASE("[MQTT-2.3.1-2] [MQTT-2.3.1-3] [MQTT5-2.2.1-3] an identifier is not used again before its answer") {
    auto options = amy();
    options.inflight_max = 65'535;
    options.queue_messages_max = 100'000;
    conversation talk(options);
    talk.connect();
    talk.publish("stuck", "", exactly_once);
    const auto stuck = talk.expect<protocol::publish>().id;
    for (int i = 0; i < 70'000; ++i) {
        const auto id = talk.publish("a", "", at_least_once);
        if (talk.silent()) break;  // the identifiers have gone round to the stuck one
        const auto sent = talk.expect<protocol::publish>();
        REQUIRE(sent.id != stuck);
        REQUIRE(sent.id != 0);
        talk.broker_acks(packet_type::puback, sent.id);
        REQUIRE(talk.result(id).ok());
    }
    talk.broker_acks(packet_type::pubrec, stuck);
    (void)talk.expect_ack(packet_type::pubrel);
    CHECK(talk.silent());  // the identifier waits for PUBCOMP
    talk.broker_acks(packet_type::pubcomp, stuck);
    CHECK(talk.expect<protocol::publish>().id == stuck);
}

TEST_CASE("[MQTT-4.6.0-4] [MQTT5-4.6.0-4] PUBRELs leave in the order of the PUBRECs") {
    conversation talk;
    talk.connect();
    std::vector<packet_id> ids;
    for (int i = 0; i < 3; ++i) {
        talk.publish("a", "", exactly_once);
        ids.push_back(talk.expect<protocol::publish>().id);
    }
    for (const auto i : {2u, 0u, 1u}) {
        talk.broker_acks(packet_type::pubrec, ids[i]);
        CHECK(talk.expect_ack(packet_type::pubrel).id == ids[i]);
    }
}

TEST_CASE("messages asked for while offline are sent in order, of all QoS") {
    conversation talk;
    for (const auto* payload : {"1", "2", "3", "4"}) talk.publish("a", payload, payload[0] % 2 == 0 ? at_least_once : at_most_once);
    talk.connect();
    for (const auto* payload : {"1", "2", "3", "4"}) CHECK(as_text(talk.expect<protocol::publish>().payload) == payload);
}

TEST_CASE("messages that cannot be published are refused and say why") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    const auto refused_with = [&](message m, reason code) {
        const auto id = talk.publish_message(std::move(m));
        CHECK(talk.outcome_of(id) == outcome::refused);
        CHECK(talk.result(id).code == static_cast<std::uint8_t>(code));
        CHECK(!talk.result(id).text.empty());
        CHECK(talk.silent());
    };
    SUBCASE("[MQTT-3.3.2-2] [MQTT-4.7.1-1] [MQTT5-3.3.2-2] [MQTT5-4.7.0-1] wildcards") {
        refused_with({.topic = "a/+"}, reason::topic_name_invalid);
        refused_with({.topic = "#"}, reason::topic_name_invalid);
    }
    SUBCASE("[MQTT-3.3.2-1] [MQTT-1.5.3-1] [MQTT5-1.5.4-1] not UTF-8") {
        refused_with({.topic = "a\xff"}, reason::topic_name_invalid);
    }
    SUBCASE("[MQTT-1.5.3-2] [MQTT-4.7.3-2] [MQTT5-4.7.3-2] U+0000") {
        refused_with({.topic = std::string("a\0b", 3)}, reason::topic_name_invalid);
    }
    SUBCASE("[MQTT-4.7.3-1] [MQTT5-4.7.3-1] empty") {
        refused_with({.topic = ""}, reason::topic_name_invalid);
    }
    SUBCASE("[MQTT-4.7.3-3] [MQTT5-4.7.3-3] too long") {
        refused_with({.topic = std::string(65'536, 'a')}, reason::topic_name_invalid);
    }
    SUBCASE("[MQTT-3.3.1-4] [MQTT5-3.3.1-4] QoS 3") {
        refused_with({.topic = "a", .qos = static_cast<mqtt_qos>(3)}, reason::qos_not_supported);
    }
    SUBCASE("[MQTT5-3.3.2-14] a response topic with wildcards") {
        refused_with({.topic = "a", .properties = {.response_topic = "b/#"}}, reason::topic_name_invalid);
    }
    SUBCASE("[MQTT5-3.3.2-13] a response topic that is not UTF-8") {
        refused_with({.topic = "a", .properties = {.response_topic = "\xff"}}, reason::topic_name_invalid);
    }
    SUBCASE("[MQTT5-3.3.2-19] a content type that is not UTF-8") {
        refused_with({.topic = "a", .properties = {.content_type = "\xff"}}, reason::malformed_packet);
    }
    SUBCASE("[MQTT5-1.5.7-1] user properties that are not UTF-8") {
        refused_with({.topic = "a", .properties = {.user = {{"\xff", "x"}}}}, reason::malformed_packet);
        refused_with({.topic = "a", .properties = {.user = {{"x", "\xff"}}}}, reason::malformed_packet);
    }
}

TEST_CASE("[MQTT-1.5.3-3] [MQTT5-1.5.4-3] U+FEFF is passed on in both directions") {
    conversation talk;
    talk.connect();
    const std::string topic = "\xEF\xBB\xBF/a";
    talk.publish(topic);
    CHECK(talk.expect<protocol::publish>().topic == topic);
    talk.broker_publishes(topic, "");
    CHECK(talk.expect_message().topic == topic);
}

TEST_CASE("the queue is bounded in messages") {
    auto options = amy();
    options.queue_messages_max = 2;
    conversation talk(options);
    const auto first = talk.publish("a");
    const auto second = talk.subscribe("b");
    const auto third = talk.publish("c");
    CHECK(talk.outcome_of(third) == outcome::refused);
    CHECK(talk.result(third).code == static_cast<std::uint8_t>(reason::quota_exceeded));
    CHECK(!talk.done(first));
    CHECK(!talk.done(second));
    talk.connect();
    CHECK(talk.result(first).ok());
    talk.broker_grants(talk.expect<protocol::subscribe>().id, {0});
    CHECK(talk.result(talk.publish("d")).ok());
}

TEST_CASE("the queue is bounded in bytes, those in flight included") {
    auto options = amy();
    options.queue_bytes_max = 3000;
    conversation talk(options);
    talk.connect();
    const auto first = talk.publish("a", std::string(2000, 'x'), at_least_once);
    const auto second = talk.publish("a", std::string(2000, 'x'), at_least_once);
    CHECK(talk.outcome_of(second) == outcome::refused);
    talk.broker_acks(packet_type::puback, talk.expect<protocol::publish>().id);
    CHECK(talk.result(first).ok());
    talk.publish("a", std::string(2000, 'x'), at_least_once);
    CHECK(!talk.silent());
    CHECK(talk.outcome_of(talk.publish("a", std::string(4000, 'x'))) == outcome::refused);
}

TEST_CASE("at most inflight_max messages wait for their acknowledgement") {
    auto options = amy();
    options.inflight_max = 2;
    conversation talk(options);
    talk.connect();
    for (const auto* payload : {"1", "2", "3"}) talk.publish("a", payload, at_least_once);
    const auto first = talk.expect<protocol::publish>();
    (void)talk.expect<protocol::publish>();
    CHECK(talk.silent());
    talk.broker_acks(packet_type::puback, first.id);
    CHECK(as_text(talk.expect<protocol::publish>().payload) == "3");
}

TEST_CASE("without a choice of inflight_max: 20 in 3.1.1, where the broker cannot ask for fewer; up to 1,000 in 5.0") {
    for (const auto v : {mqtt_version::v3_1_1, mqtt_version::v5}) {
        conversation talk(amy(v));
        talk.connect();
        for (int i = 0; i < 2000; ++i) talk.publish("a", "", at_least_once);
        int sent = 0;
        for (; !talk.silent(); ++sent) (void)talk.expect<protocol::publish>();
        CHECK(sent == (v == mqtt_version::v5 ? 1000 : 20));
    }
}

TEST_CASE("a network that takes nothing leaves messages in the queue") {
    conversation talk;
    talk.connect();
    talk.block(true);
    const std::string big(50'000, 'x');
    for (int i = 0; i < 20; ++i) talk.publish("a", big);
    CHECK(talk.engine.output().size() < 250'000);
    CHECK(talk.engine.waiting() > 10);
    talk.block(false);
    CHECK(talk.engine.waiting() == 0);
    for (int i = 0; i < 20; ++i) CHECK(talk.expect<protocol::publish>().payload.size() == big.size());
}

TEST_CASE("properties travel in 5.0 and are left out in 3.1.1") {
    message m{.topic = "a",
              .properties = {.message_expiry_s = 5,
                             .payload_is_utf8 = true,
                             .content_type = "t",
                             .response_topic = "r",
                             .correlation_data = "c",
                             .user = {{"k", "1"}, {"k", "2"}}}};
    conversation old;
    old.connect();
    old.publish_message(m);
    CHECK(old.expect_bytes() == std::vector<std::uint8_t>{0x30, 3, 0, 1, 'a'});

    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    talk.publish_message(m);
    const auto sent = talk.expect<protocol::publish>();
    using enum protocol::property_id;
    CHECK(sent.properties.number(payload_format_indicator) == 1);
    CHECK(sent.properties.number(message_expiry_interval) == 5);
    CHECK(sent.properties.text(content_type) == "t");
    CHECK(sent.properties.text(response_topic) == "r");
    CHECK(as_text(sent.properties.data(correlation_data).value_or(byte_view{})) == "c");
    std::string users;
    for (const auto& p : sent.properties) {
        if (p.id == user_property) users += std::string(p.text) + "=" + std::string(p.value) + ";";
    }
    CHECK(users == "k=1;k=2;");
    CHECK(!sent.properties.number(subscription_identifier));  // [MQTT5-3.3.4-6]
}

TEST_CASE("a message that waits too long expires; what is left of its life travels with it") {
    conversation talk(amy(mqtt_version::v5));
    const auto brief = talk.publish_message({.topic = "a", .payload = "brief", .properties = {.message_expiry_s = 5}});
    const auto lasting = talk.publish_message({.topic = "a", .payload = "lasting", .properties = {.message_expiry_s = 60}});
    talk.advance(4900ms);
    CHECK(!talk.done(brief));
    talk.advance(100ms);
    CHECK(talk.outcome_of(brief) == outcome::expired);
    talk.advance(5500ms);
    talk.connect();
    const auto sent = talk.expect<protocol::publish>();
    CHECK(as_text(sent.payload) == "lasting");
    CHECK(sent.properties.number(protocol::property_id::message_expiry_interval) == 50);
    CHECK(talk.result(lasting).ok());
}

TEST_CASE("[MQTT5-4.3.3-7] expiry is not applied to what was sent") {
    auto options = amy(mqtt_version::v5);
    options.clean_start = false;
    options.session_expiry_s = 3600;
    conversation talk(options);
    talk.connect();
    const auto id = talk.publish_message({.topic = "a", .qos = exactly_once, .properties = {.message_expiry_s = 5}});
    const auto sent = talk.expect<protocol::publish>();
    talk.advance(10s);
    talk.drop();
    talk.connect({.session_present = true});
    const auto again = talk.expect<protocol::publish>();
    CHECK(again.id == sent.id);
    CHECK(again.dup);
    CHECK(again.properties.number(protocol::property_id::message_expiry_interval) == 5);
    talk.broker_acks(packet_type::pubrec, sent.id);
    (void)talk.expect_ack(packet_type::pubrel);
    talk.broker_acks(packet_type::pubcomp, sent.id);
    CHECK(talk.result(id).ok());
}

TEST_CASE("[MQTT5-4.4.0-2] [MQTT5-4.3.3-4] a code of 0x80 or more ends the flow: refused, and never sent again") {
    auto options = amy(mqtt_version::v5);
    options.clean_start = false;
    options.session_expiry_s = 3600;
    conversation talk(options);
    talk.connect();
    const auto one = talk.publish("a", "1", at_least_once);
    const auto two = talk.publish("a", "2", exactly_once);
    const auto first = talk.expect<protocol::publish>();
    const auto second = talk.expect<protocol::publish>();
    talk.broker_acks(packet_type::puback, first.id, reason::not_authorized);
    talk.broker_acks(packet_type::pubrec, second.id, reason::quota_exceeded);
    CHECK(talk.silent());
    CHECK(talk.outcome_of(one) == outcome::refused);
    CHECK(talk.result(one).code == 0x87);
    CHECK(talk.outcome_of(two) == outcome::refused);
    CHECK(talk.result(two).code == 0x97);
    talk.drop();
    talk.connect({.session_present = true});
    CHECK(talk.silent());
}

TEST_CASE("a code below 0x80 is told and is no refusal; an odd PUBCOMP code neither") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    const auto one = talk.publish("a", "", at_least_once);
    talk.broker_acks(packet_type::puback, talk.expect<protocol::publish>().id, reason::no_matching_subscribers);
    CHECK(talk.result(one).ok());
    CHECK(talk.result(one).code == 0x10);
    const auto two = talk.publish("a", "", exactly_once);
    const auto sent = talk.expect<protocol::publish>();
    talk.broker_acks(packet_type::pubrec, sent.id);
    (void)talk.expect_ack(packet_type::pubrel);
    talk.broker_acks(packet_type::pubcomp, sent.id, reason::packet_identifier_not_found);
    CHECK(talk.result(two).ok());
}

TEST_CASE("operations that nobody wants to hear of complete in silence") {
    conversation talk;
    talk.connect();
    CHECK(talk.engine.publish({.topic = "a", .qos = at_least_once}, talk.now, false) == 0);
    CHECK(talk.engine.publish({.topic = "#"}, talk.now, false) == 0);
    talk.look();
    talk.broker_acks(packet_type::puback, talk.expect<protocol::publish>().id);
    CHECK(talk.engine.idle());
}

TEST_CASE("given up: what never left is cancelled, the rest is unknown") {
    auto options = amy();
    options.inflight_max = 1;
    conversation talk(options);
    talk.connect();
    const auto sent = talk.publish("a", "1", at_least_once);
    const auto waiting = talk.publish("a", "2", at_least_once);
    const auto asked = talk.subscribe("b");
    CHECK(!talk.engine.idle());
    talk.engine.disconnect(talk.now);
    talk.engine.give_up();
    talk.look();
    CHECK(talk.outcome_of(sent) == outcome::unknown);
    CHECK(talk.outcome_of(waiting) == outcome::cancelled);
    CHECK(talk.outcome_of(asked) == outcome::unknown);
    CHECK(talk.engine.idle());
}
