// What survives a lost connection, and what becomes of the rest.
#include "client/conversation.hpp"

using namespace tepore;
using namespace tepore::mqtt_client;
using namespace tepore::mqtt_client::testing;
using enum mqtt_qos;

namespace {

client_options keeping_amy(mqtt_version v = mqtt_version::v3_1_1) {
    auto options = amy(v);
    options.clean_start = false;
    options.session_expiry_s = 3600;
    return options;
}

}  // namespace

TEST_CASE(
    "[MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.6.0-1] [MQTT-2.3.1-3] [MQTT-3.1.2-4] [MQTT-4.1.0-1] [MQTT5-4.4.0-1] [MQTT5-3.3.1-1] [MQTT5-4.6.0-1] "
    "[MQTT5-4.1.0-1] a resumed session: same packets, same identifiers, "
    "DUP, "
    "same order; PUBRELs are repeated as such") {
    for (const auto v : {mqtt_version::v3_1_1, mqtt_version::v5}) {
        conversation talk(keeping_amy(v));
        CHECK(!talk.connect().clean_start);
        std::vector<operation_id> operations;
        std::vector<packet_id> ids;
        for (const auto* payload : {"1", "2", "3", "4"}) {
            operations.push_back(talk.publish("a", payload, payload[0] % 2 == 0 ? at_least_once : exactly_once));
            ids.push_back(talk.expect<protocol::publish>().id);
        }
        talk.broker_acks(packet_type::pubrec, ids[2]);
        (void)talk.expect_ack(packet_type::pubrel);
        talk.drop();
        talk.publish("a", "5", at_least_once);
        CHECK(!talk.connect({.session_present = true}).clean_start);

        CHECK(talk.expect_ack(packet_type::pubrel).id == ids[2]);
        for (const auto i : {0u, 1u, 3u}) {
            const auto again = talk.expect<protocol::publish>();
            CHECK(again.id == ids[i]);
            CHECK(again.dup);
            CHECK(as_text(again.payload) == std::to_string(i + 1));
        }
        const auto fresh = talk.expect<protocol::publish>();
        CHECK(as_text(fresh.payload) == "5");
        CHECK(!fresh.dup);

        talk.broker_acks(packet_type::pubcomp, ids[2]);
        talk.broker_acks(packet_type::puback, ids[1]);
        CHECK(talk.result(operations[2]).ok());
        CHECK(talk.result(operations[1]).ok());
        CHECK(!talk.done(operations[0]));
    }
}

TEST_CASE("[MQTT-4.3.3-1] [MQTT5-4.3.3-6] PUBLISH is not sent again once PUBREL was, and PUBRELs are repeated in the order of the PUBRECs") {
    conversation talk(keeping_amy());
    talk.connect();
    std::vector<packet_id> ids;
    for (int i = 0; i < 3; ++i) {
        talk.publish("a", "", exactly_once);
        ids.push_back(talk.expect<protocol::publish>().id);
    }
    for (const auto i : {1u, 2u, 0u}) {
        talk.broker_acks(packet_type::pubrec, ids[i]);
        (void)talk.expect_ack(packet_type::pubrel);
    }
    talk.drop();
    talk.connect({.session_present = true});
    for (const auto i : {1u, 2u, 0u}) CHECK(talk.expect_ack(packet_type::pubrel).id == ids[i]);
    CHECK(talk.silent());
}

TEST_CASE("[MQTT5-4.4.0-1] nothing is sent again on a connection that stands") {
    conversation talk;
    talk.connect();
    talk.publish("a", "", at_least_once);
    (void)talk.expect<protocol::publish>();
    for (int i = 0; i < 300; ++i) {
        talk.advance(10s);
        talk.broker_says(protocol::pingresp{});
    }
    REQUIRE(talk.engine.online());
    while (!talk.silent()) (void)talk.expect<protocol::pingreq>();
}

TEST_CASE("[MQTT-4.1.0-2] [MQTT5-4.1.0-1] however long the connection stands, the session's state stays with it") {
    conversation talk;
    talk.connect();
    const auto id = talk.publish("a", "", exactly_once);
    const auto sent = talk.expect<protocol::publish>();
    talk.broker_publishes("b", "", protocol::qos::exactly_once, 7);
    (void)talk.expect_ack(packet_type::pubrec);
    for (int tick = 0; tick < 24 * 360; ++tick) {  // a day; no PINGREQ waits longer than ten seconds for its answer
        talk.advance(10s);
        talk.broker_says(protocol::pingresp{});
    }
    REQUIRE(talk.engine.online());
    while (!talk.silent()) (void)talk.expect<protocol::pingreq>();
    talk.broker_publishes("b", "", protocol::qos::exactly_once, 7, true);
    (void)talk.expect_ack(packet_type::pubrec);
    CHECK(talk.messages.size() == 1);
    talk.broker_acks(packet_type::pubrec, sent.id);
    (void)talk.expect_ack(packet_type::pubrel);
    talk.broker_acks(packet_type::pubcomp, sent.id);
    CHECK(talk.result(id).ok());
}

TEST_CASE("[MQTT-3.1.2-6] [MQTT5-3.1.2-4] a clean session carries nothing over: QoS 1 is published anew, QoS 2 is told as unknown") {
    conversation talk;
    CHECK(talk.connect().clean_start);
    const auto one = talk.publish("a", "1", at_least_once);
    const auto two = talk.publish("a", "2", exactly_once);
    const auto three = talk.publish("a", "3", exactly_once);
    (void)talk.expect<protocol::publish>();
    (void)talk.expect<protocol::publish>();
    const auto third = talk.expect<protocol::publish>();
    talk.broker_acks(packet_type::pubrec, third.id);
    (void)talk.expect_ack(packet_type::pubrel);
    talk.drop();
    CHECK(talk.outcome_of(two) == outcome::unknown);
    CHECK(talk.outcome_of(three) == outcome::unknown);
    CHECK(!talk.done(one));
    talk.publish("a", "4", at_least_once);

    CHECK(talk.connect().clean_start);
    const auto anew = talk.expect<protocol::publish>();
    CHECK(as_text(anew.payload) == "1");
    CHECK(!anew.dup);
    CHECK(as_text(talk.expect<protocol::publish>().payload) == "4");
    CHECK(talk.silent());
    talk.broker_acks(packet_type::puback, anew.id);
    CHECK(talk.result(one).ok());
}

TEST_CASE("[MQTT5-3.2.2-5] a session that the broker lost is discarded") {
    conversation talk(keeping_amy(mqtt_version::v5));
    talk.connect();
    const auto one = talk.publish("a", "1", at_least_once);
    const auto two = talk.publish("a", "2", exactly_once);
    (void)talk.expect<protocol::publish>();
    (void)talk.expect<protocol::publish>();
    talk.drop();
    CHECK(!talk.done(two));
    talk.connect({.session_present = false});
    CHECK(talk.outcome_of(two) == outcome::unknown);
    const auto anew = talk.expect<protocol::publish>();
    CHECK(as_text(anew.payload) == "1");
    CHECK(!anew.dup);
    CHECK(talk.silent());
    talk.broker_acks(packet_type::puback, anew.id);
    CHECK(talk.result(one).ok());
}

TEST_CASE("[MQTT-3.2.2-1] [MQTT5-3.2.2-4] a session where we have none closes the connection") {
    for (const auto v : {mqtt_version::v3_1_1, mqtt_version::v5}) {
        conversation talk(amy(v));
        talk.open();
        (void)talk.expect<protocol::connect>();
        talk.broker_says(protocol::connack{.session_present = true});
        CHECK(talk.expect_close().find("session") != std::string::npos);
        CHECK(!talk.last_connected);
    }
}

TEST_CASE("[MQTT5-3.1.2-23] 5.0: the clean start is asked for once, then the session lives as long as its expiry says") {
    auto options = amy(mqtt_version::v5);
    options.session_expiry_s = 3600;
    conversation talk(options);
    CHECK(talk.connect().clean_start);
    talk.publish("a", "1", exactly_once);
    const auto sent = talk.expect<protocol::publish>();
    talk.drop();
    CHECK(!talk.connect({.session_present = true}).clean_start);
    const auto again = talk.expect<protocol::publish>();
    CHECK(again.id == sent.id);
    CHECK(again.dup);
}

TEST_CASE("5.0: a broker that keeps no session makes every start a clean one") {
    auto options = amy(mqtt_version::v5);
    options.session_expiry_s = 3600;
    conversation talk(options);
    protocol::property_builder told;
    told.number(protocol::property_id::session_expiry_interval, 0);
    talk.connect({.properties = told.view()});
    const auto id = talk.publish("a", "1", exactly_once);
    talk.drop();
    CHECK(talk.outcome_of(id) == outcome::unknown);
    CHECK(talk.connect().clean_start);
}

TEST_CASE("what the network never took was never sent: it waits again, even QoS 2 in a clean session") {
    conversation talk;
    talk.connect();
    talk.block(true);
    const auto zero = talk.publish("a", "0");
    const auto two = talk.publish("a", "2", exactly_once);
    talk.drop();
    talk.block(false);
    CHECK(talk.outcome_of(zero) == outcome::unknown);
    CHECK(!talk.done(two));
    talk.connect();
    const auto sent = talk.expect<protocol::publish>();
    CHECK(as_text(sent.payload) == "2");
    CHECK(!sent.dup);
}

TEST_CASE("a PUBLISH half taken by the network may have arrived: DUP in the resumed session") {
    conversation talk(keeping_amy());
    talk.connect();
    talk.block(true);
    talk.publish("a", "2", exactly_once);
    talk.engine.output_taken(1, talk.now);
    talk.drop();
    talk.block(false);
    talk.connect({.session_present = true});
    CHECK(talk.expect<protocol::publish>().dup);
}

TEST_CASE("[MQTT5-4.3.3-6] PUBREC for a PUBLISH that the network never took: released all the same, and not published again") {
    conversation talk(keeping_amy());
    talk.connect();
    talk.block(true);
    const auto two = talk.publish("a", "2", exactly_once);
    talk.broker_acks(packet_type::pubrec, 1);  // a broker that answers what it cannot have
    talk.drop();
    talk.block(false);
    talk.connect({.session_present = true});
    CHECK(talk.expect_ack(packet_type::pubrel).id == 1);
    talk.broker_acks(packet_type::pubcomp, 1);
    CHECK(talk.outcome_of(two) == outcome::acknowledged);
    CHECK(talk.silent());
}

TEST_CASE("two losses in a row: order, identifiers and outcomes hold") {
    conversation talk(keeping_amy());
    talk.connect();
    std::vector<operation_id> operations;
    for (const auto* payload : {"1", "2", "3"}) operations.push_back(talk.publish("a", payload, at_least_once));
    for (int i = 0; i < 3; ++i) (void)talk.expect<protocol::publish>();
    for (int loss = 0; loss < 5; ++loss) {
        talk.drop();
        talk.block(loss % 2 == 0);
        talk.open();
        talk.drop();
        talk.block(false);
        talk.connect({.session_present = true});
        for (const auto* payload : {"1", "2", "3"}) {
            const auto again = talk.expect<protocol::publish>();
            CHECK(as_text(again.payload) == payload);
            CHECK(again.dup);
        }
    }
    for (const auto id : std::initializer_list<packet_id>{1, 2, 3}) talk.broker_acks(packet_type::puback, id);
    for (const auto id : operations) CHECK(talk.result(id).ok());
}

TEST_CASE("an answer for a repeated packet that has not been repeated yet counts") {
    auto options = keeping_amy();
    options.inflight_max = 2;
    conversation talk(options);
    talk.connect();
    const auto one = talk.publish("a", "1", at_least_once);
    const auto two = talk.publish("a", "2", exactly_once);
    const auto first = talk.expect<protocol::publish>();
    const auto second = talk.expect<protocol::publish>();
    talk.drop();
    talk.block(true);
    talk.open();
    talk.block(false);
    talk.broker_says(protocol::connack{.session_present = true});
    talk.broker_acks(packet_type::puback, first.id);
    talk.broker_acks(packet_type::pubrec, second.id);
    talk.broker_acks(packet_type::pubcomp, second.id);
    CHECK(talk.result(one).ok());
    CHECK(talk.result(two).ok());
    CHECK(talk.engine.idle());
}

TEST_CASE("a QoS 1 message that waits to be published anew may expire: it is unknown, for an earlier copy may have arrived") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    const auto id = talk.publish_message({.topic = "a", .qos = at_least_once, .properties = {.message_expiry_s = 5}});
    (void)talk.expect<protocol::publish>();
    talk.drop();
    talk.advance(10s);
    CHECK(talk.outcome_of(id) == outcome::unknown);
}
