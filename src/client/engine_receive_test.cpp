// The receiver's half of QoS 0, 1 and 2; topic aliases.
#include "client/conversation.hpp"

using namespace tepore;
using namespace tepore::mqtt_client;
using namespace tepore::mqtt_client::testing;
using protocol::qos;

namespace {

void publish_with_alias(conversation& talk, std::string_view topic, std::uint16_t alias) {
    protocol::property_builder properties;
    properties.number(protocol::property_id::topic_alias, alias);
    talk.broker_says(protocol::publish{.topic = topic, .payload = as_bytes("x"), .properties = properties.view()});
}

}  // namespace

TEST_CASE("[MQTT-3.3.4-1] [MQTT5-3.3.4-1] the answer to a PUBLISH is what its QoS asks for") {
    for (const auto v : {mqtt_version::v3_1_1, mqtt_version::v5}) {
        conversation talk(amy(v));
        talk.connect();
        talk.broker_publishes("a", "0");
        CHECK(talk.silent());
        talk.broker_publishes("a", "1", qos::at_least_once, 11);
        CHECK(talk.expect_ack(packet_type::puback).id == 11);
        talk.broker_publishes("a", "2", qos::exactly_once, 12);
        CHECK(talk.expect_ack(packet_type::pubrec).id == 12);
        talk.broker_acks(packet_type::pubrel, 12);
        CHECK(talk.expect_ack(packet_type::pubcomp).id == 12);
        for (const auto* payload : {"0", "1", "2"}) CHECK(talk.expect_message().payload == payload);
    }
}

TEST_CASE("[MQTT-4.3.2-2] [MQTT5-4.3.2-4] [MQTT5-4.3.2-5] QoS 1: each PUBLISH is a new one, whatever its DUP and identifier") {
    conversation talk;
    talk.connect();
    for (int i = 0; i < 3; ++i) {
        talk.broker_publishes("a", "1", qos::at_least_once, 5, i != 0);
        CHECK(talk.expect_ack(packet_type::puback).id == 5);
        CHECK(talk.expect_message().dup == (i != 0));
    }
}

TEST_CASE(
    "[MQTT-4.3.3-2] [MQTT5-4.3.3-8] [MQTT5-4.3.3-10] [MQTT5-4.3.3-11] [MQTT5-4.3.3-12] QoS 2: delivered once until released, then the identifier is "
    "new") {
    conversation talk;
    talk.connect();
    for (int i = 0; i < 3; ++i) {
        talk.broker_publishes("a", "first", qos::exactly_once, 5, i != 0);
        CHECK(talk.expect_ack(packet_type::pubrec).id == 5);
    }
    CHECK(talk.messages.size() == 1);
    talk.broker_acks(packet_type::pubrel, 5);
    CHECK(talk.expect_ack(packet_type::pubcomp).id == 5);
    talk.broker_publishes("a", "second", qos::exactly_once, 5);
    CHECK(talk.expect_ack(packet_type::pubrec).id == 5);
    CHECK(talk.messages.size() == 2);
}

TEST_CASE("[MQTT-4.3.3-2] a QoS 2 message repeated over a reconnect is delivered once, as long as the session lives") {
    auto options = amy();
    options.clean_start = false;
    conversation talk(options);
    talk.connect();
    talk.broker_publishes("a", "once", qos::exactly_once, 5);
    (void)talk.expect_ack(packet_type::pubrec);
    talk.drop();
    talk.connect({.session_present = true});
    talk.broker_publishes("a", "once", qos::exactly_once, 5, true);
    CHECK(talk.expect_ack(packet_type::pubrec).id == 5);
    CHECK(talk.messages.size() == 1);
    talk.drop();
    talk.connect({.session_present = false});
    talk.broker_publishes("a", "another session's", qos::exactly_once, 5);
    CHECK(talk.messages.size() == 2);
}

TEST_CASE("a PUBREL for an unknown identifier is completed, 5.0 says that it was not found") {
    conversation old;
    old.connect();
    old.broker_acks(packet_type::pubrel, 9);
    CHECK(old.expect_ack(packet_type::pubcomp).id == 9);
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    talk.broker_acks(packet_type::pubrel, 9);
    CHECK(talk.expect_ack(packet_type::pubcomp).code == reason::packet_identifier_not_found);
}

TEST_CASE("a PUBREC for an unknown identifier is released, 5.0 says that it was not found") {
    conversation old;
    old.connect();
    old.broker_acks(packet_type::pubrec, 9);
    CHECK(old.expect_ack(packet_type::pubrel).id == 9);
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    talk.broker_acks(packet_type::pubrec, 9);
    CHECK(talk.expect_ack(packet_type::pubrel).code == reason::packet_identifier_not_found);
}

TEST_CASE("[MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT5-4.6.0-2] [MQTT5-4.6.0-3] [MQTT5-2.2.1-5] acknowledgements leave in the order of receipt") {
    conversation talk;
    talk.connect();
    std::vector<std::uint8_t> burst;
    const auto add = [&](qos q, packet_id id) {
        const protocol::publish p{.topic = "a", .qos = q, .id = id};
        const auto size = protocol::encoded_size(p, version::v3_1_1);
        burst.resize(burst.size() + size);
        protocol::encode(p, version::v3_1_1, byte_span(burst).last(size));
    };
    for (const auto id : std::initializer_list<packet_id>{7, 3, 9}) {
        add(qos::at_least_once, id);
        add(qos::exactly_once, static_cast<packet_id>(id + 100));
    }
    talk.broker_says_bytes(burst);
    for (const auto id : std::initializer_list<packet_id>{7, 3, 9}) {
        CHECK(talk.expect_ack(packet_type::puback).id == id);
        CHECK(talk.expect_ack(packet_type::pubrec).id == id + 100);
    }
}

TEST_CASE("[MQTT-4.5.0-2] [MQTT5-4.5.0-2] a message nobody asked for is acknowledged all the same") {
    conversation talk;
    talk.connect();
    talk.broker_publishes("never/subscribed", "", qos::at_least_once, 1);
    CHECK(talk.expect_ack(packet_type::puback).id == 1);
}

TEST_CASE("[MQTT-6.0.0-2] [MQTT5-6.0.0-2] packets may come in any pieces") {
    std::vector<std::uint8_t> stream;
    for (int i = 0; i < 5; ++i) {
        const std::string payload(static_cast<std::size_t>(i * 100), static_cast<char>('a' + i));
        const protocol::publish p{.topic = "t", .payload = as_bytes(payload), .qos = qos::at_least_once, .id = static_cast<packet_id>(i + 1)};
        const auto size = protocol::encoded_size(p, version::v3_1_1);
        stream.resize(stream.size() + size);
        protocol::encode(p, version::v3_1_1, byte_span(stream).last(size));
    }
    for (const std::size_t piece : {1u, 2u, 3u, 7u, 64u, 1000u}) {
        conversation talk;
        talk.connect();
        for (std::size_t at = 0; at < stream.size(); at += piece)
            talk.broker_says_bytes(byte_view(stream).subspan(at, std::min(piece, stream.size() - at)));
        REQUIRE(talk.messages.size() == 5);
        for (int i = 0; i < 5; ++i) CHECK(talk.expect_message().payload.size() == static_cast<std::size_t>(i * 100));
        CHECK(talk.engine.online());
    }
}

TEST_CASE("[MQTT5-3.3.2-13] [MQTT5-3.3.2-19] a message's properties are told, of several subscription identifiers each") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    protocol::property_builder properties;
    using enum protocol::property_id;
    properties.number(payload_format_indicator, 1).number(message_expiry_interval, 7).text(content_type, "t").text(response_topic, "r");
    properties.data(correlation_data, as_bytes("c")).user("k", "v").number(subscription_identifier, 4).number(subscription_identifier, 268'435'455);
    talk.broker_says(protocol::publish{.topic = "a", .payload = as_bytes("x"), .retain = true, .properties = properties.view()});
    const auto m = talk.expect_message();
    CHECK(m.retain);
    CHECK(m.properties.payload_is_utf8 == true);
    CHECK(m.properties.message_expiry_s == 7);
    CHECK(m.properties.content_type == "t");
    CHECK(m.properties.response_topic == "r");
    CHECK(m.properties.correlation_data == "c");
    REQUIRE(m.properties.user.size() == 1);
    CHECK(m.properties.user[0].second == "v");
    CHECK(m.properties.subscription_ids == std::vector<std::uint32_t>{4, 268'435'455});
}

TEST_CASE("[MQTT5-3.3.2-10] every alias up to our maximum is taken, and may be given anew") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    for (std::uint16_t alias = client_options().topic_alias_maximum; alias > 0; --alias) {
        publish_with_alias(talk, "t/" + std::to_string(alias), alias);
        publish_with_alias(talk, "", alias);
        for (int i = 0; i < 2; ++i) CHECK(talk.expect_message().topic == "t/" + std::to_string(alias));
    }
    publish_with_alias(talk, "other", 1);
    publish_with_alias(talk, "", 1);
    for (int i = 0; i < 2; ++i) CHECK(talk.expect_message().topic == "other");
}

TEST_CASE("[MQTT5-3.3.2-8] an alias of 0 or above our maximum ends the connection") {
    for (const std::uint16_t alias : {std::uint16_t{0}, static_cast<std::uint16_t>(client_options().topic_alias_maximum + 1)}) {
        conversation talk(amy(mqtt_version::v5));
        talk.connect();
        publish_with_alias(talk, "a", alias);
        CHECK(talk.expect<protocol::disconnect>().code == reason::topic_alias_invalid);
        talk.expect_close();
    }
}

TEST_CASE("[MQTT5-3.3.2-7] aliases do not outlive the connection") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    publish_with_alias(talk, "a", 1);
    talk.drop();
    talk.connect();
    publish_with_alias(talk, "", 1);
    CHECK(talk.expect<protocol::disconnect>().code == reason::protocol_error);
    talk.expect_close();
}

TEST_CASE("more QoS 2 messages than our receive maximum end the connection with 0x93; a released one makes room") {
    auto options = amy(mqtt_version::v5);
    options.receive_maximum = 2;
    conversation talk(options);
    talk.connect();
    talk.broker_publishes("a", "", qos::exactly_once, 1);
    talk.broker_publishes("a", "", qos::exactly_once, 2);
    talk.broker_publishes("a", "", qos::exactly_once, 2, true);  // the same one again
    talk.broker_acks(packet_type::pubrel, 1);
    talk.broker_publishes("a", "", qos::exactly_once, 3);
    for (packet_id id = 10; id < 20; ++id) talk.broker_publishes("a", "", qos::at_least_once, id);  // acknowledged at once
    CHECK(talk.engine.online());
    CHECK(talk.messages.size() == 13);
    for (int i = 0; i < 15; ++i) (void)talk.expect<protocol::ack>();
    talk.broker_publishes("a", "", qos::exactly_once, 4);
    CHECK(talk.expect<protocol::disconnect>().code == reason::receive_maximum_exceeded);
    CHECK(talk.messages.size() == 13);
    talk.expect_close();
}

TEST_CASE("a resumed session counts anew, and may repeat what an earlier receive maximum allowed: mosquitto 2.0 does") {
    auto options = amy(mqtt_version::v5);
    options.receive_maximum = 2;
    options.session_expiry_s = 60;
    conversation talk(options);
    talk.connect();
    talk.broker_publishes("a", "", qos::exactly_once, 1);
    talk.broker_publishes("a", "", qos::exactly_once, 2);
    talk.drop();
    talk.connect({.session_present = true});
    for (packet_id id = 3; id <= 7; ++id) talk.broker_publishes("a", "", qos::exactly_once, id, true);
    CHECK(talk.engine.online());
    CHECK(talk.messages.size() == 7);
}

TEST_CASE("3.1.1 knows no receive maximum") {
    auto options = amy();
    options.receive_maximum = 2;
    conversation talk(options);
    talk.connect();
    for (packet_id id = 1; id <= 50; ++id) talk.broker_publishes("a", "", qos::exactly_once, id);
    CHECK(talk.engine.online());
    CHECK(talk.messages.size() == 50);
}

TEST_CASE("answers that the broker does not read are bounded: reading stops until it does") {
    conversation talk;
    talk.connect();
    talk.block(true);
    packet_id id = 0;
    while (talk.engine.wants_bytes()) {
        REQUIRE(++id < 65'535);
        talk.broker_publishes("a", "", qos::at_least_once, id);
        talk.messages.clear();
        if (id == 65'534) break;
    }
    talk.block(false);
    CHECK(talk.engine.wants_bytes());
}
