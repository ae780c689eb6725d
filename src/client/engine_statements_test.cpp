// Statements of MQTT 5.0 that bind a client and have no better place, byte by byte where bytes matter.
#include "client/conversation.hpp"
#include "client/validity.hpp"

using namespace tepore;
using namespace tepore::mqtt_client;
using namespace tepore::mqtt_client::testing;
using enum mqtt_qos;
using protocol::property_id;

namespace {

using bytes = std::vector<std::uint8_t>;

client_options amy5() {
    auto options = amy(mqtt_version::v5);
    options.topic_alias_maximum = 0;
    return options;
}

/// A connected 5.0 client that has said CONNECT.
struct online {
    explicit online(client_options options = amy5(), protocol::property_view told = {}) : talk(std::move(options)) {
        talk.connect({.properties = told});
    }
    conversation talk;
};

/// The server says this to a client that has one QoS 2 message under way (identifier 1): the end, with this code.
void ends_with(std::initializer_list<std::uint8_t> said, reason code) {
    online with;
    with.talk.publish("a", "", exactly_once);
    (void)with.talk.expect<protocol::publish>();
    with.talk.broker_says_bytes(said);
    CHECK(with.talk.expect<protocol::disconnect>().code == code);
    CHECK(with.talk.silent());
    with.talk.expect_close();
}

bytes hello_of(const client_options& options) {
    conversation talk(options);
    talk.open();
    return talk.expect_bytes();
}

/// The flags of CONNECT: the byte after name and level.
std::uint8_t flags_of(const client_options& options) {
    return hello_of(options).at(9);
}

}  // namespace

TEST_CASE(
    "[MQTT5-3.1.2-1] [MQTT5-3.1.2-3] [MQTT5-3.1.2-11] [MQTT5-3.1.2-13] [MQTT5-3.1.2-16] [MQTT5-3.1.2-18] [MQTT5-3.1.3-3] the plainest "
    "CONNECT of 5.0, byte by byte") {
    auto options = amy5();
    options.receive_maximum = 7;
    options.packet_bytes_max = 1000;
    CHECK(hello_of(options) == bytes{0x10, 24, 0, 4, 'M', 'Q', 'T', 'T', 5, 0x02, 0, 30, 8, 0x21, 0, 7, 0x27, 0, 0, 3, 0xE8, 0, 3, 'a', 'm', 'y'});
}

TEST_CASE("[MQTT5-3.1.2-9] [MQTT5-3.1.2-12] [MQTT5-3.1.2-17] [MQTT5-3.1.2-19] [MQTT5-3.1.3-1] what the flags of CONNECT announce follows, in order") {
    auto options = amy5();
    options.receive_maximum = 7;
    options.packet_bytes_max = 1000;
    options.user_name = "u";
    options.password = "p";
    options.will = message{.topic = "w", .payload = "x"};
    const auto hello = hello_of(options);
    CHECK(hello.at(9) == 0xC6);
    const bytes payload(hello.begin() + 21, hello.end());
    CHECK(payload == bytes{0, 3, 'a', 'm', 'y', 0, 0, 1, 'w', 0, 1, 'x', 0, 1, 'u', 0, 1, 'p'});
    for (const auto q : {at_most_once, at_least_once, exactly_once}) {
        options.will->qos = q;
        CHECK((flags_of(options) >> 3 & 3) == static_cast<int>(q));
    }
    options.will->retain = true;
    CHECK((flags_of(options) & 0x20) != 0);
    auto password_only = amy5();
    password_only.password = "p";
    CHECK(flags_of(password_only) == 0x42);
    auto name_only = amy5();
    name_only.user_name = "u";
    CHECK(flags_of(name_only) == 0x82);
}

TEST_CASE("[MQTT5-3.1.3-4] [MQTT5-3.1.3-11] [MQTT5-3.1.3-12] [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.7-1] no ill-formed string leaves us") {
    const std::string_view surrogate = "\xED\xA0\x80";
    const std::string_view null("a\0b", 3);
    for (const auto& bad : {std::string(surrogate), std::string(null)}) {
        const auto refused = [&](auto change) {
            auto options = amy5();
            options.will = message{.topic = "w"};
            change(options);
            return fault_of(options).has_value();
        };
        CHECK(!refused([](auto&) {}));
        CHECK(refused([&](auto& o) { o.client_id = bad; }));
        CHECK(refused([&](auto& o) { o.user_name = bad; }));
        CHECK(refused([&](auto& o) { o.will->topic = bad; }));
        CHECK(refused([&](auto& o) { o.connect_user_properties = {{bad, "v"}}; }));
        online with;
        auto& talk = with.talk;
        CHECK(talk.outcome_of(talk.publish(bad)) == outcome::refused);
        CHECK(talk.outcome_of(talk.subscribe(bad)) == outcome::refused);
        CHECK(talk.outcome_of(talk.unsubscribe({bad})) == outcome::refused);
        CHECK(talk.outcome_of(talk.publish_message({.topic = "a", .properties = {.content_type = bad}})) == outcome::refused);
        CHECK(talk.outcome_of(talk.publish_message({.topic = "a", .properties = {.response_topic = bad}})) == outcome::refused);
        CHECK(talk.outcome_of(talk.publish_message({.topic = "a", .properties = {.user = {{"k", bad}}}})) == outcome::refused);
        CHECK(talk.silent());
    }
}

TEST_CASE("[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] an ill-formed string from the server ends the connection") {
    ends_with({0x30, 4, 0, 1, 0xFF, 0}, reason::malformed_packet);
    ends_with({0x30, 4, 0, 1, 0x00, 0}, reason::malformed_packet);
}

TEST_CASE("[MQTT5-1.5.5-1] variable byte integers are as short as they can be, and must be") {
    online with;
    const auto id_of = [&](std::uint32_t id) {
        with.talk.subscribe_with({{"a"}}, {.subscription_id = id});
        const auto sent = with.talk.expect_bytes();
        return bytes(sent.begin() + 4, sent.end() - 4);  // property length, identifier
    };
    CHECK(id_of(127) == bytes{2, 0x0B, 0x7F});
    CHECK(id_of(128) == bytes{3, 0x0B, 0x80, 0x01});
    ends_with({0xD0, 0x80, 0x00}, reason::malformed_packet);
    ends_with({0x30, 0x85, 0x00, 0, 1, 'a', 0, 'x'}, reason::malformed_packet);
}

TEST_CASE(
    "[MQTT5-2.2.1-2] [MQTT5-2.2.2-1] [MQTT5-3.3.2-1] [MQTT5-3.3.4-6] PUBLISH at QoS 0: the topic, no identifier, an empty property length, the "
    "payload") {
    online with;
    with.talk.publish_message({.topic = "a", .payload = "x", .properties = {.subscription_ids = {5}}});
    CHECK(with.talk.expect_bytes() == bytes{0x30, 5, 0, 1, 'a', 0, 'x'});
}

TEST_CASE(
    "[MQTT5-3.6.1-1] [MQTT5-3.8.1-1] [MQTT5-3.10.1-1] [MQTT5-2.1.3-1] the flags of PUBREL, SUBSCRIBE and UNSUBSCRIBE; codes of success are left "
    "out") {
    online with;
    auto& talk = with.talk;
    talk.subscribe("a");
    CHECK(talk.expect_bytes() == bytes{0x82, 7, 0, 1, 0, 0, 1, 'a', 0});
    talk.unsubscribe({"a"});
    CHECK(talk.expect_bytes() == bytes{0xA2, 6, 0, 2, 0, 0, 1, 'a'});
    talk.publish("a", "", exactly_once);
    CHECK(talk.expect_bytes() == bytes{0x34, 6, 0, 1, 'a', 0, 3, 0});
    talk.broker_acks(packet_type::pubrec, 3);
    CHECK(talk.expect_bytes() == bytes{0x62, 2, 0, 3});
}

TEST_CASE(
    "[MQTT5-3.8.3-1] [MQTT5-3.8.3-2] [MQTT5-3.10.3-1] [MQTT5-3.10.3-2] [MQTT5-3.8.3-4] [MQTT5-4.8.2-1] [MQTT5-4.8.2-2] what SUBSCRIBE and "
    "UNSUBSCRIBE may not say is refused here") {
    online with;
    auto& talk = with.talk;
    CHECK(talk.outcome_of(talk.subscribe_all({})) == outcome::refused);
    CHECK(talk.outcome_of(talk.unsubscribe({})) == outcome::refused);
    CHECK(talk.outcome_of(talk.subscribe_all({{.filter = "$share/g/a", .no_local = true}})) == outcome::refused);
    for (const auto* bad : {"$share/g", "$share//a", "$share/g/", "$share/g+/a", "$share/#/a"})
        CHECK(talk.outcome_of(talk.subscribe(bad)) == outcome::refused);
    CHECK(talk.silent());
}

TEST_CASE(
    "[MQTT5-4.7.0-1] [MQTT5-3.3.2-2] [MQTT5-3.3.2-14] [MQTT5-4.7.1-1] [MQTT5-4.7.1-2] [MQTT5-4.7.3-1] [MQTT5-4.7.3-2] [MQTT5-4.7.3-3] topics and "
    "filters that "
    "are none are refused here") {
    online with;
    auto& talk = with.talk;
    const std::string long_one(65'536, 'x');
    for (const auto& topic : {std::string("a/+"), std::string("#"), std::string(), std::string("a\0", 2), long_one})
        CHECK(talk.outcome_of(talk.publish(topic)) == outcome::refused);
    for (const auto& filter :
         {std::string("a/#/b"), std::string("a#"), std::string("a/b+"), std::string("+b/a"), std::string(), std::string("a\0", 2), long_one})
        CHECK(talk.outcome_of(talk.subscribe(filter)) == outcome::refused);
    CHECK(talk.outcome_of(talk.publish_message({.topic = "a", .properties = {.response_topic = "a/+"}})) == outcome::refused);
    CHECK(talk.silent());
}

TEST_CASE("[MQTT5-3.3.1-2] [MQTT5-3.3.1-4] [MQTT5-3.14.1-1] [MQTT5-2.1.3-1] a server's wrong flags: 0x81") {
    ends_with({0x38, 5, 0, 1, 'a', 0, 'x'}, reason::malformed_packet);        // DUP at QoS 0
    ends_with({0x36, 7, 0, 1, 'a', 0, 1, 0, 'x'}, reason::malformed_packet);  // QoS 3
    ends_with({0xE1, 0}, reason::malformed_packet);
    ends_with({0x51, 2, 0, 1}, reason::malformed_packet);
    ends_with({0x60, 2, 0, 1}, reason::malformed_packet);
    ends_with({0xD1, 0}, reason::malformed_packet);
}

TEST_CASE("[MQTT5-3.4.2-1] [MQTT5-3.5.2-1] [MQTT5-3.6.2-1] [MQTT5-3.7.2-1] [MQTT5-3.14.2-1] codes that a packet does not have end the connection") {
    for (const auto header : {std::uint8_t{0x40}, std::uint8_t{0x50}, std::uint8_t{0x62}, std::uint8_t{0x70}})
        ends_with({header, 3, 0, 1, 0x8E}, reason::protocol_error);
    ends_with({0xE0, 1, 0x04}, reason::protocol_error);                       // only clients ask for their will
    ends_with({0xE0, 7, 0x00, 5, 0x11, 0, 0, 0, 9}, reason::protocol_error);  // only clients change the session's expiry
}

TEST_CASE(
    "[MQTT5-3.4.2-2] [MQTT5-3.4.2-3] [MQTT5-3.5.2-2] [MQTT5-3.5.2-3] [MQTT5-3.6.2-2] [MQTT5-3.6.2-3] [MQTT5-3.7.2-2] [MQTT5-3.7.2-3] [MQTT5-2.2.1-5] "
    "our "
    "acknowledgements carry no properties: they fit wherever any fits") {
    protocol::property_builder told;
    told.number(property_id::maximum_packet_size, 6);
    online with(amy5(), told.view());
    auto& talk = with.talk;
    talk.broker_publishes("a", "", protocol::qos::at_least_once, 7);
    CHECK(talk.expect_bytes() == bytes{0x40, 2, 0, 7});
    talk.broker_publishes("a", "", protocol::qos::exactly_once, 8);
    CHECK(talk.expect_bytes() == bytes{0x50, 2, 0, 8});
    talk.broker_acks(packet_type::pubrel, 8);
    CHECK(talk.expect_bytes() == bytes{0x70, 2, 0, 8});
    talk.broker_acks(packet_type::pubrel, 9);
    CHECK(talk.expect_bytes() == bytes{0x70, 3, 0, 9, 0x92});
    talk.broker_acks(packet_type::pubrec, 10);
    CHECK(talk.expect_bytes() == bytes{0x62, 3, 0, 10, 0x92});
    CHECK(talk.engine.online());
}

TEST_CASE("[MQTT5-4.3.3-13] [MQTT5-4.3.3-11] a QoS 2 flow goes on though its message has expired") {
    online with;
    auto& talk = with.talk;
    protocol::property_builder expires;
    expires.number(property_id::message_expiry_interval, 1);
    talk.broker_says(protocol::publish{.topic = "a", .payload = {}, .qos = protocol::qos::exactly_once, .id = 5, .properties = expires.view()});
    (void)talk.expect_ack(packet_type::pubrec);
    talk.advance(10s);
    talk.broker_acks(packet_type::pubrel, 5);
    CHECK(talk.expect_ack(packet_type::pubcomp).code == reason::success);
}

TEST_CASE("the code in DISCONNECT is the one that 4.13 names") {
    ends_with({0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F}, reason::malformed_packet);
    ends_with({0x00, 0}, reason::malformed_packet);
    ends_with({0x30, 0xFF, 0xFF, 0xFF, 0x7F}, reason::packet_too_large);
    ends_with({0x30, 6, 0, 0, 3, 0x23, 0, 33}, reason::topic_alias_invalid);
    ends_with({0x30, 6, 0, 0, 3, 0x23, 0, 0}, reason::topic_alias_invalid);
    ends_with({0x30, 3, 0, 0, 0}, reason::protocol_error);                            // no topic, no alias
    ends_with({0x30, 9, 0, 1, 'a', 5, 0x23, 0, 1, 0x0B, 0}, reason::protocol_error);  // subscription identifier 0
    ends_with({0x30, 8, 0, 1, 'a', 4, 0x01, 0, 0x01, 0}, reason::protocol_error);     // a property twice
    ends_with({0x90, 5, 0, 1, 2, 0x01, 0}, reason::malformed_packet);                 // a property that does not belong here
    ends_with({0x40, 2, 0, 1}, reason::protocol_error);                               // PUBACK for QoS 2
    ends_with({0x70, 2, 0, 1}, reason::protocol_error);                               // PUBCOMP before PUBREC
    ends_with({0x82, 7, 0, 1, 0, 0, 1, 'a', 0}, reason::protocol_error);
    ends_with({0xC0, 0}, reason::protocol_error);
    ends_with({0x20, 3, 0, 0, 0}, reason::protocol_error);
}

TEST_CASE("[MQTT5-4.13.2-1] a server that said no is left, and told nothing more") {
    conversation refused(amy5());
    refused.open();
    (void)refused.expect<protocol::connect>();
    refused.broker_says(protocol::connack{.code = 0x87});
    CHECK(refused.silent());
    refused.expect_close();
    online with;
    with.talk.broker_says(protocol::disconnect{reason::session_taken_over, {}});
    with.talk.publish("a");
    CHECK(with.talk.silent());
    with.talk.expect_close();
}
