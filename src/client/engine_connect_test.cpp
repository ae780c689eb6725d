// CONNECT, CONNACK, keep-alive, the end of a connection.
#include "client/conversation.hpp"
#include "client/validity.hpp"

using namespace tepore;
using namespace tepore::mqtt_client;
using namespace tepore::mqtt_client::testing;

TEST_CASE("[MQTT-3.1.0-1] [MQTT5-3.1.0-1] the first packet is CONNECT, whatever else waits") {
    conversation talk;
    talk.publish("a", "early");
    talk.subscribe("b");
    CHECK(talk.silent());
    talk.open();
    CHECK(talk.expect<protocol::connect>().client_id == "amy");
    CHECK(talk.silent());
    talk.broker_says(protocol::connack{});
    (void)talk.expect<protocol::subscribe>();
    CHECK(talk.expect<protocol::publish>().topic == "a");
}

TEST_CASE("[MQTT-3.1.2-9] [MQTT-3.1.2-19] [MQTT-3.1.2-21] [MQTT-3.1.3-1] [MQTT-3.1.3-3] a whole CONNECT, byte by byte") {
    auto options = amy();
    options.user_name = "u";
    options.password = "p";
    options.will = message{.topic = "w", .payload = "x", .qos = mqtt_qos::exactly_once, .retain = true};
    options.keep_alive = 300s;
    conversation talk(options);
    talk.open();
    CHECK(talk.expect_bytes() == std::vector<std::uint8_t>{0x10, 27,  0, 4, 'M', 'Q', 'T', 'T', 4, 0xF6, 1,   44, 0, 3,  'a',
                                                           'm',  'y', 0, 1, 'w', 0,   1,   'x', 0, 1,    'u', 0,  1, 'p'});
}

TEST_CASE(
    "[MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15] [MQTT-3.1.2-18] [MQTT-3.1.2-20] without will, user and password their flags and fields are "
    "absent") {
    conversation talk;
    talk.open();
    CHECK(talk.expect_bytes() == std::vector<std::uint8_t>{0x10, 15, 0, 4, 'M', 'Q', 'T', 'T', 4, 0x02, 0, 30, 0, 3, 'a', 'm', 'y'});
}

TEST_CASE("[MQTT5-3.1.2-9] [MQTT5-3.1.3-1] a 5.0 CONNECT carries its properties and those of the will") {
    auto options = amy(mqtt_version::v5);
    options.session_expiry_s = 3600;
    options.receive_maximum = 7;
    options.packet_bytes_max = 1000;
    options.will_delay_s = 5;
    options.will = message{.topic = "w", .payload = "x", .properties = {.message_expiry_s = 9, .content_type = "text/plain"}};
    conversation talk(options);
    talk.open();
    const auto hello = talk.expect<protocol::connect>();
    using enum protocol::property_id;
    CHECK(hello.properties.number(session_expiry_interval) == 3600);
    CHECK(hello.properties.number(receive_maximum) == 7);
    CHECK(hello.properties.number(maximum_packet_size) == 1000);
    CHECK(hello.properties.number(topic_alias_maximum) == 32);
    REQUIRE(hello.will);
    CHECK(hello.will->properties.number(will_delay_interval) == 5);
    CHECK(hello.will->properties.number(message_expiry_interval) == 9);
    CHECK(hello.will->properties.text(content_type) == "text/plain");
}

TEST_CASE("options that make no CONNECT are told in words") {
    auto options = amy();
    CHECK(!fault_of(options));
    SUBCASE("[MQTT-3.1.2-22] a password without a user name in 3.1.1") {
        options.password = "p";
        CHECK(fault_of(options)->find("MQTT-3.1.2-22") != std::string::npos);
        options.version = mqtt_version::v5;
        CHECK(!fault_of(options));
    }
    SUBCASE("[MQTT-3.1.3-7] a kept session without a client id in 3.1.1") {
        options.client_id = "";
        CHECK(!fault_of(options));
        options.clean_start = false;
        CHECK(fault_of(options)->find("MQTT-3.1.3-7") != std::string::npos);
    }
    SUBCASE("[MQTT-3.1.2-14] a will QoS of 3") {
        options.will = message{.topic = "w", .qos = static_cast<mqtt_qos>(3)};
        CHECK(fault_of(options));
    }
    SUBCASE("[MQTT-3.1.3-10] a will topic that is not UTF-8") {
        options.will = message{.topic = "\xff"};
        CHECK(fault_of(options));
    }
    SUBCASE("[MQTT-3.1.3-11] [MQTT5-3.1.3-12] a user name that is not UTF-8") {
        options.user_name = "\xc0\x80";
        CHECK(fault_of(options));
    }
    SUBCASE("[MQTT-3.1.3-4] [MQTT5-3.1.3-4] a client id that is not UTF-8") {
        options.client_id = "\xed\xa0\x80";
        CHECK(fault_of(options));
    }
    SUBCASE("a keep alive beyond 16 bits") {
        options.keep_alive = 65'536s;
        CHECK(fault_of(options));
    }
    SUBCASE("limits of nothing") {
        options.receive_maximum = 0;
        CHECK(fault_of(options));
    }
}

TEST_CASE("[MQTT-3.1.3-2] [MQTT5-3.1.3-2] one client id for the client's whole life; an assigned one is kept") {
    auto options = amy(mqtt_version::v5);
    options.client_id = "";
    conversation talk(options);
    talk.open();
    CHECK(talk.expect<protocol::connect>().client_id.empty());
    protocol::property_builder told;
    told.text(protocol::property_id::assigned_client_identifier, "broker-made");
    talk.broker_says(protocol::connack{.properties = told.view()});
    REQUIRE(talk.last_connected);
    CHECK(talk.last_connected->client_id == "broker-made");
    talk.drop();
    talk.open();
    CHECK(talk.expect<protocol::connect>().client_id == "broker-made");
}

TEST_CASE("a refusal is told in words and closes") {
    SUBCASE("3.1.1") {
        conversation talk;
        talk.open();
        (void)talk.expect<protocol::connect>();
        talk.broker_says(protocol::connack{.code = 4});
        CHECK(talk.expect_close() == "the broker refused the connection: wrong user name or password");
        CHECK(talk.last_refusal == 4);
        CHECK(!talk.last_connected);
    }
    SUBCASE("[MQTT5-4.13.2-1] 5.0, with the broker's own words") {
        conversation talk(amy(mqtt_version::v5));
        talk.open();
        (void)talk.expect<protocol::connect>();
        protocol::property_builder told;
        told.text(protocol::property_id::reason_string, "come back tomorrow");
        talk.broker_says(protocol::connack{.code = 0x89, .properties = told.view()});
        const auto why = talk.expect_close();
        CHECK(why.find("(0x89): come back tomorrow") != std::string::npos);
        CHECK(talk.silent());
    }
}

TEST_CASE("no CONNACK in time ends the connection") {
    conversation talk;
    talk.open();
    talk.advance(9s);
    CHECK(!talk.engine.wants_close());
    talk.advance(1s);
    CHECK(talk.expect_close().find("did not answer CONNECT in time") != std::string::npos);
}

TEST_CASE("[MQTT-3.1.2-23] [MQTT5-3.1.2-20] a quiet client sends PINGREQ before its keep alive is over") {
    auto options = amy();
    options.keep_alive = 20s;
    conversation talk(options);
    talk.connect();
    talk.advance(14s);
    CHECK(talk.silent());
    talk.advance(1s);
    (void)talk.expect<protocol::pingreq>();
    talk.broker_says(protocol::connack{});  // not an answer
    talk.expect_close();
}

TEST_CASE("what else is sent puts PINGREQ off, but only as long as the broker talks too") {
    auto options = amy();
    options.keep_alive = 20s;
    conversation talk(options);
    talk.connect();
    for (int i = 0; i < 10; ++i) {
        talk.advance(10s);
        talk.publish("a");
        talk.broker_publishes("b", "");
        (void)talk.expect<protocol::publish>();
        CHECK(talk.silent());
    }
    talk.advance(10s);
    talk.publish("a");
    (void)talk.expect<protocol::publish>();
    talk.advance(5s);
    (void)talk.expect<protocol::pingreq>();
}

TEST_CASE("an unanswered PINGREQ ends the connection; any word from the broker counts as life") {
    auto options = amy();
    options.keep_alive = 20s;
    options.ping_timeout = 4s;
    conversation talk(options);
    talk.connect();
    talk.advance(15s);
    (void)talk.expect<protocol::pingreq>();
    talk.advance(3s);
    talk.broker_publishes("a", "still here");
    talk.advance(3s);
    CHECK(!talk.engine.wants_close());
    talk.advance(1s);
    CHECK(talk.expect_close() == "the broker did not answer PINGREQ in time");
}

TEST_CASE("PINGRESP starts the next quiet time; keep alive 0 never pings") {
    auto options = amy();
    options.keep_alive = 20s;
    conversation talk(options);
    talk.connect();
    for (int i = 0; i < 3; ++i) {
        talk.advance(15s);
        (void)talk.expect<protocol::pingreq>();
        talk.broker_says(protocol::pingresp{});
    }
    options.keep_alive = 0s;
    conversation mute(options);
    mute.connect();
    mute.advance(24h);
    CHECK(mute.silent());
    CHECK(mute.engine.deadline() == never);
}

TEST_CASE("[MQTT5-3.1.2-21] [MQTT5-3.2.2-21] the server's keep alive is used instead of our own") {
    auto options = amy(mqtt_version::v5);
    options.keep_alive = 300s;
    conversation talk(options);
    protocol::property_builder told;
    told.number(protocol::property_id::server_keep_alive, 8);
    talk.connect(protocol::connack{.properties = told.view()});
    talk.advance(6s);
    (void)talk.expect<protocol::pingreq>();
}

TEST_CASE("while the user wants no messages the broker's silence means nothing, and it still hears from us") {
    auto options = amy();
    options.keep_alive = 20s;
    conversation talk(options);
    talk.connect();
    talk.engine.pause(true, talk.now);
    CHECK(!talk.engine.wants_bytes());
    for (int i = 0; i < 10; ++i) {
        talk.advance(15s);
        (void)talk.expect<protocol::pingreq>();
    }
    CHECK(talk.engine.online());
    talk.engine.pause(false, talk.now);
    CHECK(talk.engine.wants_bytes());
    talk.advance(10s);
    CHECK(talk.engine.wants_close());
}

TEST_CASE("[MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT5-3.14.4-1] [MQTT5-3.14.4-2] after DISCONNECT nothing is sent and the connection is closed") {
    for (const auto v : {mqtt_version::v3_1_1, mqtt_version::v5}) {
        conversation talk(amy(v));
        talk.connect();
        talk.engine.disconnect(talk.now);
        talk.look();
        (void)talk.expect<protocol::disconnect>();
        CHECK(talk.engine.wants_close());
        talk.publish("late");
        talk.broker_publishes("a", "needs an answer", protocol::qos::at_least_once, 1);
        talk.advance(1h);
        CHECK(talk.silent());
        CHECK(talk.expect_close() == "the client was stopped");
    }
}

TEST_CASE("the broker's DISCONNECT is told in words") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    talk.broker_says(protocol::disconnect{.code = reason::session_taken_over});
    CHECK(talk.expect_close().find("(0x8E)") != std::string::npos);
    CHECK(talk.silent());
}

TEST_CASE("a connection that ends before CONNACK says so") {
    conversation talk;
    talk.open();
    talk.drop("connection reset");
    CHECK(talk.last_why == "connection reset (before it answered CONNECT)");
    talk.connect();
    talk.drop("");
    CHECK(talk.last_why == "the broker closed the connection");
}
