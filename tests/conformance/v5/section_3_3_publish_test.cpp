// MQTT 5.0, 3.3: PUBLISH: its format, and the properties that travel with the message. Topic aliases, expiry, and RETAIN have files of their own.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

namespace {

/// All properties that a message carries to its receivers, with user properties before, between and after the others.
wire carried() {
    return join({user_property("b", "1"), byte_property(property_id::payload_format_indicator, 1),
                 text_property(property_id::content_type, "text/plain"), user_property("a", "2"),
                 text_property(property_id::response_topic, "reply/to"), user_property("b", "1"),
                 text_property(property_id::correlation_data, "\0\x01\xFF"sv), user_property("", "")});
}

}  // namespace

TEST_CASE(
    "[MQTT5-3.3.2-4] [MQTT5-3.3.2-15] [MQTT5-3.3.2-16] [MQTT5-3.3.2-17] [MQTT5-3.3.2-18] [MQTT5-3.3.2-20] properties reach every receiver unaltered "
    "and in order: "
    "live, queued, retained, sent again") {
    broker_room broker(options());
    auto live = broker.connect("live", client5());
    live.subscribe("t", qos_0);
    auto sent_again = broker.connect("again", returning5());
    sent_again.subscribe("t", qos_2);
    auto away = broker.connect("away", returning5());
    away.subscribe("t", qos_1);
    away.drop();
    auto old_one = broker.connect("old");
    old_one.subscribe("t", qos_0);
    for (const auto& hop : {wire{}, short_property(property_id::topic_alias, 1)}) {  // what stays here makes no difference
        auto amy = broker.connect("amy", client5());
        amy.send(publish5_bytes(0x35, "t", "x", 1, properties({hop, carried()})));
        CHECK(live.take().properties == carried());
        CHECK(sent_again.expect_publish().properties == carried());
        sent_again.drop();
        sent_again = broker.connect("again", returning5());
        CHECK(sent_again.take().properties == carried());
        away = broker.connect("away", returning5());
        CHECK(away.take().properties == carried());
        away.drop();
        auto late = broker.connect("late", client5());
        late.subscribe("t", qos_0);
        CHECK(late.expect_publish().properties == carried());
        CHECK(old_one.raw() == publish_bytes(0x30, "t", "x"));  // 3.1.1 has none
    }
}

TEST_CASE("3.1.1 and 5.0: a message of 3.1.1 reaches a client of 5.0 with an empty property block") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("t", qos_1);
    auto amy = broker.connect("amy");
    amy.publish("t", "x", qos_1);
    CHECK(bob.raw() == publish5_bytes(0x32, "t", "x", 1));
    amy.publish("t", "x", qos_0);
    CHECK(bob.raw() == publish5_bytes(0x30, "t", "x"));
}

TEST_CASE("[MQTT5-3.3.1-1] [MQTT5-3.3.1-3] DUP is the sender's own: 0 at first whatever came in, 1 when the message is sent again") {
    for (const unsigned first : {0x3Au, 0x3Cu}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", returning5());
        bob.subscribe("a", qos_2);
        auto amy = broker.connect("amy", client5());
        amy.send(publish5_bytes(first, "a", "x", 1));
        CHECK_FALSE(bob.expect_publish().dup);
        for (int attempt = 0; attempt < 3; ++attempt) {
            bob.drop();
            bob = broker.connect("bob", returning5());
            CHECK(bob.expect_publish().dup);
        }
    }
}

TEST_CASE("[MQTT5-3.3.1-2] DUP at QoS 0 is malformed, and never sent") {
    check_disconnects(publish5_bytes(0x38, "a", "x"), reason::malformed_packet);
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_0);
    auto amy = broker.connect("amy", client5());
    amy.send(publish5_bytes(0x3A, "a", "x", 1));
    CHECK(bob.raw() == publish5_bytes(0x30, "a", "x"));
}

TEST_CASE("[MQTT5-3.3.1-4] QoS 3 is malformed") {
    for (const unsigned first : {0x36u, 0x37u, 0x3Eu, 0x3Fu})
        check_disconnects(packet(first, {text("a"), u16(1), properties()}), reason::malformed_packet);
}

TEST_CASE("[MQTT5-3.3.2-1] a PUBLISH whose topic is missing, cut, or not UTF-8 is malformed") {
    check_disconnects(packet(0x30), reason::malformed_packet);
    check_disconnects(packet(0x30, {u8(0)}), reason::malformed_packet);
    check_disconnects(packet(0x30, {u16(5), raw("abcd")}), reason::malformed_packet);
    check_disconnects(packet(0x32, {text("a"), u8(0)}), reason::malformed_packet);
    for (const auto bad : {"\xC0\x80"sv, "\xED\xA0\x80"sv, "\xFF"sv, "a\0b"sv})
        check_disconnects(publish5_bytes(0x30, bad, "x"), reason::malformed_packet);
}

TEST_CASE("[MQTT5-3.3.2-2] a topic with wildcards: 0x90") {
    for (const auto topic : {"#"sv, "+"sv, "a/#"sv, "a/+/b"sv, "a#"sv}) {
        CAPTURE(topic);
        check_disconnects(publish5_bytes(0x30, topic, "x"), reason::topic_name_invalid);
        check_disconnects(publish5_bytes(0x34, topic, "x", 1), reason::topic_name_invalid);
    }
}

TEST_CASE("[MQTT5-3.3.2-3] messages arrive under their own topic") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("sport/+/player/#");
    auto amy = broker.connect("amy", client5());
    amy.publish("sport/tennis/player/one", "40:0");
    amy.publish("sport/tennis", "no");
    CHECK(bob.expect_publish().topic == "sport/tennis/player/one");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-2.2.1-2] [MQTT5-2.2.1-3] packet identifier 0 is refused; at QoS 0 there is none") {
    for (const unsigned first : {0x32u, 0x34u}) check_disconnects(publish5_bytes(first, "a", "x", 0), reason::protocol_error);
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x", qos_0);
    CHECK(bob.raw() == publish5_bytes(0x30, "a", "x"));
}

TEST_CASE(
    "[MQTT5-2.2.2-1] [MQTT5-1.5.5-1] a PUBLISH without a property length, with one that is too large or not in its shortest form, is malformed") {
    check_disconnects(packet(0x30, {text("a")}), reason::malformed_packet);
    check_disconnects(packet(0x30, {text("a"), u8(5), raw("x")}), reason::malformed_packet);
    check_disconnects(packet(0x30, {text("a"), u8(0x80), u8(0)}), reason::malformed_packet);
    check_disconnects(packet(0x30, {text("a"), raw("\x80\x80\x80\x80\x01")}), reason::malformed_packet);
    check_disconnects({0x30, 0x84, 0x00, 0, 1, 'a', 0}, reason::malformed_packet);
}

TEST_CASE("[MQTT5-3.3.2-13] [MQTT5-3.3.2-19] [MQTT5-1.5.7-1] texts of PUBLISH that are not well-formed UTF-8 are malformed") {
    for (const auto bad : {"\xC0\x80"sv, "\xED\xA0\x80"sv, "\xFF"sv, "a\0b"sv}) {
        for (const auto& property : {text_property(property_id::content_type, bad), text_property(property_id::response_topic, bad),
                                     user_property(bad, "x"), user_property("x", bad)}) {
            check_disconnects(publish5_bytes(0x30, "a", "x", 0, properties({property})), reason::malformed_packet);
        }
    }
}

TEST_CASE("[MQTT5-3.3.2-14] a response topic with wildcards is a protocol error") {
    for (const auto topic : {"#"sv, "a/+"sv, "a/#"sv}) {
        check_disconnects(publish5_bytes(0x30, "a", "x", 0, properties({text_property(property_id::response_topic, topic)})), reason::protocol_error);
    }
}

TEST_CASE("5.0 section 3.3.2.3: properties that stand twice, have a wrong value, or do not belong into PUBLISH") {
    const auto with = [](std::initializer_list<wire> each) { return publish5_bytes(0x30, "a", "x", 0, properties(each)); };
    for (const auto& one : {byte_property(property_id::payload_format_indicator, 1), long_property(property_id::message_expiry_interval, 1),
                            text_property(property_id::content_type, "a"), text_property(property_id::response_topic, "a"),
                            text_property(property_id::correlation_data, "a"), short_property(property_id::topic_alias, 1)}) {
        CAPTURE(one[0]);
        check_disconnects(with({one, one}), reason::protocol_error);
    }
    check_disconnects(with({byte_property(property_id::payload_format_indicator, 2)}), reason::protocol_error);
    check_disconnects(with({session_expiry(1)}), reason::malformed_packet);
    check_disconnects(with({long_property(property_id::will_delay_interval, 1)}), reason::malformed_packet);
    check_disconnects(with({u8(0x7F)}), reason::malformed_packet);
}

TEST_CASE("[MQTT5-3.3.4-6] a subscription identifier from a client is a protocol error") {
    check_disconnects(publish5_bytes(0x30, "a", "x", 0, properties({varint_property(property_id::subscription_identifier, 1)})),
                      reason::protocol_error);
}

TEST_CASE("[MQTT5-3.3.4-1] [MQTT5-3.4.2-1] [MQTT5-3.5.2-1] PUBLISH is answered as its QoS wants; 0x10 says that nobody listens") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.send(publish5_bytes(0x30, "a", "x"));
    CHECK(amy.silent());
    amy.send(publish5_bytes(0x32, "a", "x", 1));
    CHECK(amy.raw() == wire{0x40, 3, 0, 1, 0x10});
    amy.send(publish5_bytes(0x34, "a", "x", 2));
    CHECK(amy.raw() == wire{0x50, 3, 0, 2, 0x10});
    amy.send({0x62, 2, 0, 2});
    CHECK(amy.raw() == wire{0x70, 2, 0, 2});
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a");
    amy.send(publish5_bytes(0x32, "a", "x", 1));
    CHECK(amy.raw() == wire{0x40, 2, 0, 1});
    amy.send(publish5_bytes(0x34, "a", "x", 2));
    CHECK(amy.raw() == wire{0x50, 2, 0, 2});
    auto old_one = broker.connect("old");
    old_one.send(publish_bytes(0x32, "nobody", "x", 1));
    CHECK(old_one.raw() == wire{0x40, 2, 0, 1});
}

TEST_CASE("5.0 section 3.4.2.1: a message that is not allowed is refused with 0x87 where there is an answer, and reaches nobody") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("$SYS/forged", qos_2);
    auto amy = broker.connect("amy", client5());
    amy.send(publish5_bytes(0x30, "$SYS/forged", "x"));
    CHECK(amy.silent());
    amy.send(publish5_bytes(0x32, "$SYS/forged", "x", 1));
    CHECK(code_of(amy.expect_ack(packet_type::puback).code) == 0x87);
    amy.send(publish5_bytes(0x34, "$SYS/forged", "x", 2));
    CHECK(code_of(amy.expect_ack(packet_type::pubrec).code) == 0x87);
    CHECK(amy.silent());
    CHECK(bob.silent());
}

TEST_CASE("5.0 section 3.4.2.1: a topic with more levels than the server keeps: 0x90 in the answer, or DISCONNECT where there is none") {
    std::string deep = "a";
    for (int level = 0; level < 127; ++level) deep += "/a";
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.publish(deep, "x", qos_1);
    deep += "/a";
    amy.send(publish5_bytes(0x32, deep, "x", 1));
    CHECK(code_of(amy.expect_ack(packet_type::puback).code) == 0x90);
    CHECK(amy.silent());
    check_disconnects(publish5_bytes(0x30, deep, "x"), reason::topic_name_invalid);
}

TEST_CASE("5.0 section 3.3.2.3.2: a payload that says it is UTF-8 and is not: 0x99, when the server looks") {
    const auto marked = properties({byte_property(property_id::payload_format_indicator, 1)});
    const auto looks = [](auto& l) { l.validate_payload_format = true; };
    for (const auto bad : {"\xFF"sv, "\xC0\x80"sv, "ok\xED\xA0\x80"sv, "\0\xFF"sv}) {
        broker_room broker(options(looks));
        auto amy = broker.connect("amy", client5());
        amy.send(publish5_bytes(0x32, "a", bad, 1, marked));
        CHECK(code_of(amy.expect_ack(packet_type::puback).code) == 0x99);
        amy.send(publish5_bytes(0x34, "a", bad, 2, marked));
        CHECK(code_of(amy.expect_ack(packet_type::pubrec).code) == 0x99);
        CHECK(amy.silent());
        check_disconnects(broker, publish5_bytes(0x30, "a", bad, 0, marked), reason::payload_format_invalid);
    }
    broker_room broker(options(looks));
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a");
    auto amy = broker.connect("amy", client5());
    amy.send(publish5_bytes(0x30, "a", "gr\xC3\xBC\xC3\x9F\0!"sv, 0, marked));  // U+0000 is a character
    CHECK(bob.expect_publish().payload == "gr\xC3\xBC\xC3\x9F\0!"sv);
    amy.send(publish5_bytes(0x30, "a", "\xFF", 0));
    CHECK(bob.expect_publish().payload == "\xFF");
    broker_room easy(options());
    auto carl = easy.connect("carl", client5());
    carl.subscribe("a", qos_1);
    carl.send(publish5_bytes(0x30, "a", "\xFF", 0, marked));
    CHECK(carl.expect_publish().payload == "\xFF");
}

TEST_CASE("5.0 section 3.1.2.11.4: a packet above the server's maximum: 0x95, as soon as its length is known") {
    auto o = options();
    o.packet_bytes_max = 1'024;
    broker_room broker(o);
    const auto fits = publish5_bytes(0x30, "a", std::string(1'024 - 7, 'x'));
    REQUIRE(fits.size() == 1'024);
    auto amy = broker.connect("amy", client5());
    amy.send(fits);
    CHECK(amy.silent());
    const auto large = publish5_bytes(0x30, "a", std::string(1'024 - 6, 'x'));
    check_disconnects(broker, wire(large.begin(), large.begin() + 3), reason::packet_too_large);
}
