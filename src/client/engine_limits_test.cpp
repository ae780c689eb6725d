// What a 5.0 broker told in CONNACK binds us.
#include "client/conversation.hpp"

using namespace tepore;
using namespace tepore::mqtt_client;
using namespace tepore::mqtt_client::testing;
using enum mqtt_qos;
using protocol::property_id;

namespace {

struct limited {
    limited(property_id id, std::uint32_t value, client_options options = amy(mqtt_version::v5)) : talk(std::move(options)) {
        told.number(id, value);
        talk.connect({.properties = told.view()});
    }
    void refused_with(operation_id id, reason code) const {
        CHECK(talk.outcome_of(id) == outcome::refused);
        CHECK(talk.result(id).code == static_cast<std::uint8_t>(code));
        CHECK(talk.silent());
    }
    protocol::property_builder told;
    conversation talk;
};

}  // namespace

TEST_CASE("[MQTT5-3.3.4-7] [MQTT5-4.9.0-1] [MQTT5-4.9.0-2] never more unacknowledged messages than the broker's receive maximum") {
    limited with(property_id::receive_maximum, 2);
    auto& talk = with.talk;
    for (const auto* payload : {"1", "2", "3", "4", "5"}) talk.publish("a", payload, payload[0] % 2 == 0 ? at_least_once : exactly_once);
    const auto first = talk.expect<protocol::publish>();   // QoS 2
    const auto second = talk.expect<protocol::publish>();  // QoS 1
    CHECK(talk.silent());
    talk.broker_acks(packet_type::pubrec, first.id);
    (void)talk.expect_ack(packet_type::pubrel);
    CHECK(talk.silent());  // PUBREC gives no quota back, PUBCOMP does
    talk.broker_acks(packet_type::pubcomp, first.id);
    const auto third = talk.expect<protocol::publish>();
    CHECK(talk.silent());
    talk.broker_acks(packet_type::puback, second.id);
    (void)talk.expect<protocol::publish>();
    CHECK(talk.silent());
    talk.broker_acks(packet_type::pubrec, third.id, reason::quota_exceeded);  // a refusal does
    CHECK(as_text(talk.expect<protocol::publish>().payload) == "5");
}

TEST_CASE("[MQTT5-3.3.4-7] a smaller receive maximum after a reconnect holds for repeated messages too") {
    auto options = amy(mqtt_version::v5);
    options.clean_start = false;
    options.session_expiry_s = 60;
    conversation talk(options);
    talk.connect();
    for (const auto* payload : {"1", "2", "3"}) {
        talk.publish("a", payload, at_least_once);
        (void)talk.expect<protocol::publish>();
    }
    talk.drop();
    talk.publish("a", "4", at_least_once);
    protocol::property_builder told;
    told.number(property_id::receive_maximum, 1);
    talk.connect({.session_present = true, .properties = told.view()});
    for (const auto* payload : {"1", "2", "3", "4"}) {
        const auto sent = talk.expect<protocol::publish>();
        CHECK(as_text(sent.payload) == payload);
        CHECK(sent.dup == (payload[0] != '4'));
        CHECK(talk.silent());
        talk.broker_acks(packet_type::puback, sent.id);
    }
}

TEST_CASE("[MQTT5-3.2.2-11] no QoS above the broker's maximum") {
    limited with(property_id::maximum_qos, 1);
    with.refused_with(with.talk.publish("a", "", exactly_once), reason::qos_not_supported);
    with.talk.publish("a", "", at_least_once);
    (void)with.talk.expect<protocol::publish>();
}

TEST_CASE("[MQTT5-3.2.2-14] nothing retained where nothing is retained") {
    limited with(property_id::retain_available, 0);
    with.refused_with(with.talk.publish_message({.topic = "a", .retain = true}), reason::retain_not_supported);
    CHECK(with.talk.result(with.talk.publish("a")).ok());
}

TEST_CASE("[MQTT5-3.2.2-15] no packet above the broker's maximum, to the byte") {
    limited with(property_id::maximum_packet_size, 30);
    auto& talk = with.talk;
    with.refused_with(talk.publish("a", std::string(25, 'x')), reason::packet_too_large);
    CHECK(talk.result(talk.publish("a", std::string(24, 'x'))).ok());
    CHECK(talk.expect_bytes().size() == 30);
    with.refused_with(talk.subscribe(std::string(40, 'x')), reason::packet_too_large);
    with.refused_with(talk.unsubscribe({std::string(40, 'x')}), reason::packet_too_large);
}

TEST_CASE("[MQTT5-3.2.2-15] repeated subscriptions are cut to what the broker takes") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    for (int i = 0; i < 6; ++i) talk.subscribed(std::string(8, static_cast<char>('a' + i)));
    talk.subscribed(std::string(50, 'z'));
    talk.drop();
    protocol::property_builder told;
    told.number(property_id::maximum_packet_size, 40);
    talk.connect({.properties = told.view()});
    int packets = 0;
    for (; !talk.silent(); ++packets) CHECK(talk.expect_bytes().size() <= 40);
    CHECK(packets >= 3);
    REQUIRE(talk.lost.size() == 1);
    CHECK(talk.lost[0].code == 0x95);
}

TEST_CASE("no wildcards and no shared subscriptions where the broker has none") {
    limited plain(property_id::wildcard_subscription_available, 0);
    plain.refused_with(plain.talk.subscribe("a/+"), reason::wildcard_subscriptions_not_supported);
    plain.refused_with(plain.talk.subscribe("$share/g/#"), reason::wildcard_subscriptions_not_supported);
    plain.talk.subscribed("$share/g/a");
    limited alone(property_id::shared_subscription_available, 0);
    alone.refused_with(alone.talk.subscribe("$share/g/a"), reason::shared_subscriptions_not_supported);
    alone.talk.subscribed("a/+");
    limited nameless(property_id::subscription_identifier_available, 0);
    nameless.refused_with(nameless.talk.subscribe_with({{"a"}}, {.subscription_id = 3}), reason::subscription_identifiers_not_supported);
    nameless.talk.subscribe_with({{"a"}}, {.subscription_id = 3, .id_is_a_wish = true});
    CHECK(!nameless.talk.expect<protocol::subscribe>().properties.number(property_id::subscription_identifier));
}

TEST_CASE("[MQTT5-3.2.2-15] a broker that takes no packet as large as an acknowledgement gets none, and is left") {
    limited with(property_id::maximum_packet_size, 3);
    auto& talk = with.talk;
    talk.broker_publishes("a", "x", protocol::qos::at_least_once, 1);
    CHECK(talk.silent());
    CHECK(talk.expect_close() == "the broker takes no packets as large as an acknowledgement");
    CHECK(!talk.engine.wants_close());  // the next connection has its own chance
    talk.connect();
}

TEST_CASE("[MQTT5-3.2.2-15] the maximum of a CONNACK that is wrong holds for our goodbye") {
    conversation talk(amy(mqtt_version::v5));
    talk.open();
    (void)talk.expect<protocol::connect>();
    protocol::property_builder told;
    told.number(property_id::maximum_packet_size, 2);
    talk.broker_says(protocol::connack{.session_present = true, .properties = told.view()});
    CHECK(talk.silent());
    CHECK(talk.expect_close().starts_with("the broker broke the protocol: "));
}

TEST_CASE("[MQTT5-3.2.2-11] [MQTT5-3.2.2-14] [MQTT5-3.2.2-15] what a resumed session would repeat is not sent where it is not taken any more") {
    auto options = amy(mqtt_version::v5);
    options.session_expiry_s = 60;
    conversation talk(options);
    talk.connect();
    const auto too_good = talk.publish("a", "", exactly_once);
    const auto kept = talk.publish_message({.topic = "a", .qos = at_least_once, .retain = true});
    const auto large = talk.publish("a", std::string(100, 'x'), at_least_once);
    const auto small = talk.publish("a", "x", at_least_once);
    for (int i = 0; i < 4; ++i) (void)talk.expect<protocol::publish>();
    talk.drop();
    protocol::property_builder told;
    told.number(property_id::maximum_qos, 1).number(property_id::retain_available, 0).number(property_id::maximum_packet_size, 50);
    talk.connect({.session_present = true, .properties = told.view()});
    const auto again = talk.expect<protocol::publish>();
    CHECK(again.dup);
    CHECK(as_text(again.payload) == "x");
    CHECK(talk.silent());
    for (const auto id : {too_good, kept, large}) {
        CHECK(talk.outcome_of(id) == outcome::unknown);
        CHECK(talk.result(id).text.starts_with("it could not be sent again: "));
    }
    CHECK(!talk.done(small));
}

TEST_CASE("limits are the connection's: the next broker may have others") {
    limited with(property_id::maximum_qos, 0);
    with.talk.drop();
    const auto id = with.talk.publish("a", "", exactly_once);
    with.talk.connect();
    CHECK(with.talk.expect<protocol::publish>().qos == protocol::qos::exactly_once);
    CHECK(!with.talk.done(id));
}
