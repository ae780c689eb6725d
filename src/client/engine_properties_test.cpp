// Every property of 5.0 that a client may set goes out, and every one that a server may send is told. Those of messages: engine_receive_test.cpp
// and engine_publish_test.cpp.
#include <algorithm>

#include "client/conversation.hpp"
#include "client/validity.hpp"

using namespace tepore;
using namespace tepore::mqtt_client;
using namespace tepore::mqtt_client::testing;
using enum mqtt_qos;
using enum protocol::property_id;

namespace {

std::string users_of(protocol::property_view view) {
    std::string all;
    for (const auto& p : view) {
        if (p.id == user_property) all += std::string(p.text) + "=" + std::string(p.value) + ";";
    }
    return all;
}

const user_properties two{{"k", "1"}, {"k", "2"}};

}  // namespace

TEST_CASE("[MQTT5-2.2.2-1] CONNECT: every property, and none that was not asked for") {
    auto options = amy(mqtt_version::v5);
    options.session_expiry_s = 3600;
    options.receive_maximum = 7;
    options.packet_bytes_max = 1000;
    options.topic_alias_maximum = 9;
    options.request_response_information = true;
    options.request_problem_information = false;
    options.connect_user_properties = two;
    options.will_delay_s = 5;
    options.will = message{.topic = "w", .payload = "x"};
    options.will->properties = {9, true, "text/plain", "answers", "c", two, {}};
    conversation talk(options);
    const auto hello = talk.connect();
    const auto& p = hello.properties;
    CHECK(p.number(session_expiry_interval) == 3600);
    CHECK(p.number(receive_maximum) == 7);
    CHECK(p.number(maximum_packet_size) == 1000);
    CHECK(p.number(topic_alias_maximum) == 9);
    CHECK(p.number(request_response_information) == 1);
    CHECK(p.number(request_problem_information) == 0);
    CHECK(users_of(p) == "k=1;k=2;");
    REQUIRE(hello.will);
    const auto& w = hello.will->properties;
    CHECK(w.number(will_delay_interval) == 5);
    CHECK(w.number(message_expiry_interval) == 9);
    CHECK(w.number(payload_format_indicator) == 1);
    CHECK(w.text(content_type) == "text/plain");
    CHECK(w.text(response_topic) == "answers");
    CHECK(as_text(*w.data(correlation_data)) == "c");
    CHECK(users_of(w) == "k=1;k=2;");

    auto few = amy(mqtt_version::v5);
    few.topic_alias_maximum = 0;
    conversation plain(few);
    const auto bare = plain.connect();
    for (const auto id : {session_expiry_interval, topic_alias_maximum, request_response_information, request_problem_information})
        CHECK(!bare.properties.number(id));
    CHECK(users_of(bare.properties).empty());
}

TEST_CASE("what the user may not say in CONNECT is told before it is said") {
    auto options = amy(mqtt_version::v5);
    options.connect_user_properties = {{"k", "\xff"}};
    CHECK(fault_of(options).value_or("") == "the value of a user property is not well-formed UTF-8 (or contains U+0000)");
    options.connect_user_properties.assign(1001, {"k", "v"});
    CHECK(fault_of(options).value_or("") == "there are more than 1,000 user properties for CONNECT");
}

TEST_CASE("CONNACK: every property is told") {
    auto options = amy(mqtt_version::v5);
    options.session_expiry_s = 3600;
    conversation talk(options);
    protocol::property_builder said;
    said.number(session_expiry_interval, 60).number(receive_maximum, 5).number(maximum_qos, 1).number(retain_available, 0);
    said.number(maximum_packet_size, 2000).text(assigned_client_identifier, "other").number(topic_alias_maximum, 3).text(reason_string, "welcome");
    said.user("k", "1").user("k", "2").number(wildcard_subscription_available, 0).number(subscription_identifier_available, 0);
    said.number(shared_subscription_available, 0).number(server_keep_alive, 44).text(response_information, "answers/");
    talk.connect({.properties = said.view()});
    REQUIRE(talk.last_connected);
    const auto& told = *talk.last_connected;
    CHECK(told.session_expiry_s == 60);
    CHECK(told.receive_maximum == 5);
    CHECK(told.maximum_qos == at_least_once);
    CHECK(!told.retain_available);
    CHECK(told.packet_bytes_max == 2000);
    CHECK(told.client_id == "other");
    CHECK(told.topic_alias_maximum == 3);
    CHECK(told.reason_string == "welcome");
    CHECK(told.user == two);
    CHECK(!told.wildcard_subscriptions);
    CHECK(!told.subscription_ids);
    CHECK(!told.shared_subscriptions);
    CHECK(told.keep_alive == 44s);
    CHECK(told.response_information == "answers/");
}

TEST_CASE("CONNACK that says nothing means the standard's values; 3.1.1 has no subscription identifiers") {
    for (const auto v : {mqtt_version::v5, mqtt_version::v3_1_1}) {
        conversation talk(amy(v));
        talk.connect();
        const auto& told = *talk.last_connected;
        CHECK(told.receive_maximum == 65'535);
        CHECK(told.packet_bytes_max == 268'435'460);
        CHECK(told.maximum_qos == exactly_once);
        CHECK(told.topic_alias_maximum == 0);
        CHECK((told.retain_available && told.wildcard_subscriptions && told.shared_subscriptions));
        CHECK(told.subscription_ids == (v == mqtt_version::v5));
        CHECK(told.keep_alive == 30s);
        CHECK(told.client_id == "amy");
    }
}

TEST_CASE("a refusal and the broker's DISCONNECT are told with code, words, another server and user properties") {
    protocol::property_builder said;
    said.text(reason_string, "gone").text(server_reference, "other:1883").user("k", "1").user("k", "2");
    const auto is_told = [](const server_goodbye& told, std::uint8_t code) {
        CHECK(told.code == code);
        CHECK(told.reason_string == "gone");
        CHECK(told.server_reference == "other:1883");
        CHECK(told.user == two);
    };
    conversation refused(amy(mqtt_version::v5));
    refused.open();
    refused.broker_says(protocol::connack{.code = 0x9C, .properties = said.view()});
    REQUIRE(refused.last_refused);
    is_told(*refused.last_refused, 0x9C);

    conversation ended(amy(mqtt_version::v5));
    ended.connect();
    ended.broker_says(protocol::disconnect{reason::server_moved, said.view()});
    REQUIRE(ended.last_goodbye);
    is_told(*ended.last_goodbye, 0x9D);
    CHECK(ended.expect_close() == "the broker ended the connection: Server moved (0x9D): gone; it names another server: other:1883");
}

TEST_CASE("an answer's words are told, of every kind of answer") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    protocol::property_builder said;
    said.text(reason_string, "because").user("k", "1").user("k", "2");
    const auto is_told = [&](operation_id id, outcome wanted) {
        CHECK(talk.outcome_of(id) == wanted);
        CHECK(talk.result(id).reason_string == "because");
        CHECK(talk.result(id).user == two);
    };
    const auto one = talk.publish("a", "", at_least_once);
    talk.broker_says(protocol::ack{packet_type::puback, talk.expect<protocol::publish>().id, reason::no_matching_subscribers, said.view()});
    is_told(one, outcome::acknowledged);
    const auto two_ = talk.publish("a", "", exactly_once);
    talk.broker_says(protocol::ack{packet_type::pubrec, talk.expect<protocol::publish>().id, reason::not_authorized, said.view()});
    is_told(two_, outcome::refused);
    CHECK(talk.result(two_).text == "the broker refused it: Not authorized (0x87): because");
    const std::vector<std::uint8_t> no{0x87};
    const auto three = talk.subscribe("a");
    talk.broker_says(protocol::suback{talk.expect<protocol::subscribe>().id, said.view(), no});
    is_told(three, outcome::refused);
    const auto four = talk.unsubscribe({"a"});
    talk.broker_says(protocol::unsuback{talk.expect<protocol::unsubscribe>().id, said.view(), no});
    is_told(four, outcome::refused);
}

TEST_CASE("SUBSCRIBE and UNSUBSCRIBE: identifier and user properties, also when they are repeated") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    const auto grant = [&] {
        const auto asked = talk.expect<protocol::subscribe>();
        std::string filters;
        for (const auto& one : asked.requests) filters += one.filter;
        talk.broker_grants(asked.id, std::vector<std::uint8_t>(filters.size()));
        return std::to_string(asked.properties.number(subscription_identifier).value_or(0)) + " " + filters + " " + users_of(asked.properties);
    };
    talk.subscribe_with({{"a"}, {"c"}}, {.subscription_id = 268'435'455, .user = two});
    CHECK(grant() == "268435455 ac k=1;k=2;");
    talk.subscribe_with({{"b"}}, {.subscription_id = 1});
    CHECK(grant() == "1 b ");
    talk.subscribe("d");
    CHECK(grant() == "0 d ");
    talk.drop();
    talk.connect();
    std::vector<std::string> again{grant(), grant(), grant()};
    std::ranges::sort(again);
    CHECK(again == std::vector<std::string>{"0 d ", "1 b ", "268435455 ac k=1;k=2;"});
    CHECK(talk.silent());

    talk.unsubscribe({"a"}, two);
    CHECK(users_of(talk.expect<protocol::unsubscribe>().properties) == "k=1;k=2;");

    const auto none = talk.subscribe_with({{"x"}}, {.subscription_id = 268'435'456});
    CHECK(talk.outcome_of(none) == outcome::refused);
    const auto bad = talk.unsubscribe({"x"}, {{"k", "\xff"}});
    CHECK(talk.outcome_of(bad) == outcome::refused);
    CHECK(talk.silent());
}

TEST_CASE("[MQTT5-3.14.2-1] DISCONNECT: reason, session expiry, words and user properties") {
    auto options = amy(mqtt_version::v5);
    options.session_expiry_s = 60;
    conversation talk(options);
    talk.connect();
    talk.disconnect({.with_will = true, .session_expiry_s = 10, .reason_string = "bye", .user = two});
    const auto goodbye = talk.expect<protocol::disconnect>();
    CHECK(goodbye.code == reason::disconnect_with_will);
    CHECK(goodbye.properties.number(session_expiry_interval) == 10);
    CHECK(goodbye.properties.text(reason_string) == "bye");
    CHECK(users_of(goodbye.properties) == "k=1;k=2;");
    talk.expect_close();
}

TEST_CASE("a session that was to end with the connection cannot be given a life at its end (3.14.2.2.2)") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    talk.disconnect({.session_expiry_s = 10});
    CHECK(talk.expect<protocol::disconnect>().properties.empty());
}

TEST_CASE("[MQTT5-3.14.2-3] [MQTT5-3.14.2-4] words that the broker's maximum packet size has no room for are left out of DISCONNECT") {
    auto options = amy(mqtt_version::v5);
    options.session_expiry_s = 60;
    protocol::property_builder said;
    said.number(maximum_packet_size, 12);
    for (const auto& how :
         {disconnect_options{.session_expiry_s = 1, .reason_string = "a long goodbye"}, disconnect_options{.session_expiry_s = 1, .user = two}}) {
        conversation talk(options);
        talk.connect({.properties = said.view()});
        talk.disconnect(how);
        const auto goodbye = talk.expect<protocol::disconnect>();
        CHECK(goodbye.properties.number(session_expiry_interval) == 1);
        CHECK(!goodbye.properties.text(reason_string));
        CHECK(users_of(goodbye.properties).empty());
    }
}

TEST_CASE("3.1.1 knows none of it") {
    auto options = amy();
    options.connect_user_properties = two;
    options.topic_alias_maximum = 9;
    conversation talk(options);
    talk.open();
    CHECK(talk.expect_bytes().size() == 17);
    talk.broker_says(protocol::connack{});
    talk.subscribe_with({{"a"}}, {.subscription_id = 5, .user = two});
    CHECK(talk.expect_bytes() == std::vector<std::uint8_t>{0x82, 6, 0, 1, 0, 1, 'a', 0});
    talk.disconnect({.with_will = true, .reason_string = "bye"});
    CHECK(talk.expect_bytes() == std::vector<std::uint8_t>{0xE0, 0});
}
