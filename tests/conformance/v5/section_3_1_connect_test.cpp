// MQTT 5.0, 3.1: what a CONNECT must look like, and who may come in. Sessions, wills and keep alive have files of their own.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

namespace {

constexpr unsigned all_flags = clean_session | will_flag | will_qos(1) | will_retain | user_name_flag | password_flag;

/// Every field that CONNECT can have.
connect5_bytes full_connect() {
    return {
        .flags = all_flags, .client_id = text("full"), .after_id = join({will_bytes("will/topic", "will message"), text("user"), text("password")})};
}

}  // namespace

TEST_CASE("[MQTT5-3.1.0-1] a first packet other than CONNECT closes the connection without a word, and has no effect") {
    const wire firsts[] = {
        publish5_bytes(0x31, "a", "x"),
        publish5_bytes(0x33, "a", "x", 1),
        publish5_bytes(0x35, "a", "x", 1),
        packet(0x40, {u16(1)}),
        packet(0x50, {u16(1)}),
        packet(0x62, {u16(1)}),
        packet(0x70, {u16(1)}),
        subscribe5_bytes(1, "a", 0),
        unsubscribe5_bytes(1, "a"),
        pingreq,
        packet(0xE0),
        packet(0xF0, {u8(0), properties()}),
        packet(0x20, {u16(0), properties()}),
    };
    for (const auto& first : firsts) {
        CAPTURE(first[0]);
        broker_room broker(options());
        auto bob = broker.connect("bob", client5());
        bob.subscribe("#", qos_2);
        auto stranger = open5(broker, join({first, connect5_bytes{}.whole()}));
        CHECK(stranger.closed());
        CHECK(bob.silent());
        bob.subscribe("a");
        CHECK(bob.silent());  // and nothing was retained
    }
}

TEST_CASE("[MQTT5-3.1.0-2] [MQTT5-3.2.0-2] a second CONNECT is a protocol error, and the will is published; there is no second CONNACK") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("#");
    auto options_of_amy = client5();
    options_of_amy.will = will("amy/status", "gone");
    auto amy = broker.connect("amy", options_of_amy);
    amy.send(connect5_bytes{.client_id = text("amy")}.whole());
    check_disconnected(amy, reason::protocol_error);
    CHECK(bob.expect_publish().topic == "amy/status");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-3.1.2-1] a protocol name that is not MQTT's is closed without a word") {
    for (const auto name : {"MQTX"sv, "mqtt"sv, "Mqtt"sv, ""sv, "M"sv, "MQT"sv, "MQTTT"sv, "HTTP"sv, "MQTT\0"sv}) {
        CAPTURE(name);
        broker_room broker(options());
        auto stranger = open5(broker, connect5_bytes{.name = name}.whole());
        CHECK(stranger.closed());
    }
}

TEST_CASE("[MQTT5-3.1.2-2] an unknown protocol version is told that it is not accepted, and closed") {
    // In the form of 3.1.1, where its standard asks for it (MQTT-3.1.2-2); 5.0 leaves the server free.
    for (const unsigned level : {0u, 1u, 2u, 3u, 6u, 7u, 255u}) {
        CAPTURE(level);
        broker_room broker(options());
        check_refused_with(broker, connect5_bytes{.level = level}.whole(), 1);
    }
}

TEST_CASE("[MQTT5-3.1.2-3] the reserved connect flag must be 0") {
    check_refused(connect5_bytes{.flags = clean_session | 1}.whole(), reason::malformed_packet);
}

TEST_CASE("[MQTT5-3.1.2-11] [MQTT5-3.1.2-13] will QoS and will retain without a will") {
    for (const unsigned flags : {will_qos(1), will_qos(2), will_qos(3), will_retain, will_retain | will_qos(1)}) {
        CAPTURE(flags);
        check_refused(connect5_bytes{.flags = clean_session | flags}.whole(), reason::malformed_packet);
    }
}

TEST_CASE("[MQTT5-3.1.2-12] will QoS 0, 1 and 2 are possible, 3 is not") {
    for (const unsigned qos : {0u, 1u, 2u, 3u}) {
        CAPTURE(qos);
        const connect5_bytes first{.flags = clean_session | will_flag | will_qos(qos), .after_id = will_bytes("a", "x")};
        if (qos == 3) {
            check_refused(first.whole(), reason::malformed_packet);
        } else {
            broker_room broker(options());
            CHECK(open5(broker, first.whole()).expect_connack().code == 0);
        }
    }
}

TEST_CASE("[MQTT5-3.1.2-9] with the will flag, will properties, topic and payload must be there") {
    const auto with = [](const wire& fields) { return connect5_bytes{.flags = clean_session | will_flag, .after_id = fields}.whole(); };
    check_refused(with({}), reason::malformed_packet);
    check_refused(with(properties()), reason::malformed_packet);
    check_refused(with(join({properties(), text("a")})), reason::malformed_packet);
    check_refused(with(join({text("a"), text("x")})), reason::malformed_packet);  // no property length: 'a' is not one
}

TEST_CASE(
    "[MQTT5-3.1.2-16] [MQTT5-3.1.2-17] [MQTT5-3.1.2-18] [MQTT5-3.1.2-19] user name and password are there when the flags say so, and only then") {
    const auto with = [](unsigned flags, const wire& fields) { return connect5_bytes{.flags = clean_session | flags, .after_id = fields}.whole(); };
    check_refused(with(0, text("user")), reason::malformed_packet);
    check_refused(with(user_name_flag, {}), reason::malformed_packet);
    check_refused(with(user_name_flag, join({text("user"), text("password")})), reason::malformed_packet);
    check_refused(with(password_flag, {}), reason::malformed_packet);
    check_refused(with(user_name_flag | password_flag, text("user")), reason::malformed_packet);
}

TEST_CASE("5.0 section 3.1.2.9: a password without a user name is possible") {
    broker_room broker(options());
    CHECK(open5(broker, connect5_bytes{.flags = clean_session | password_flag, .after_id = text("password")}.whole()).expect_connack().code == 0);
}

TEST_CASE("[MQTT5-3.1.3-1] the fields of CONNECT stand in their order") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("#");
    auto full = open5(broker, full_connect().whole());
    CHECK(full.expect_connack().code == 0);
    full.drop();
    const auto gone = bob.expect_publish();
    CHECK(gone.topic == "will/topic");
    CHECK(gone.payload == "will message");
}

TEST_CASE("[MQTT5-3.1.4-1] a CONNECT cut anywhere, or with surplus bytes, is malformed") {
    const auto body = full_connect().body();
    constexpr std::size_t name_and_level = 7;  // before it is known that the client speaks 5.0, there is no answer
    for (std::size_t cut = 0; cut < body.size(); ++cut) {
        CAPTURE(cut);
        const auto cut_short = packet(0x10, {wire(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(cut))});
        if (cut >= name_and_level) {
            check_refused(cut_short, reason::malformed_packet);
        } else {
            broker_room broker(options());
            CHECK(open5(broker, cut_short).closed());
        }
    }
    check_refused(packet(0x10, {body, u8(0)}), reason::malformed_packet);
}

TEST_CASE("[MQTT5-2.1.3-1] [MQTT5-3.1.4-1] CONNECT with flags in its first byte is malformed") {
    for (unsigned flags = 1; flags < 16; ++flags) check_refused(packet(0x10 | flags, {connect5_bytes{}.body()}), reason::malformed_packet);
}

TEST_CASE("[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-3.1.3-4] [MQTT5-3.1.3-11] [MQTT5-3.1.3-12] strings of CONNECT that are not well-formed UTF-8") {
    for (const auto bad : {"\xC0\x80"sv, "\xED\xA0\x80"sv, "\xF4\x90\x80\x80"sv, "\xFF"sv, "a\0b"sv, "\xE2\x82"sv}) {
        CAPTURE(bad);
        check_refused(connect5_bytes{.client_id = text(bad)}.whole(), reason::malformed_packet);
        check_refused(connect5_bytes{.flags = clean_session | will_flag, .after_id = will_bytes(bad, "x")}.whole(), reason::malformed_packet);
        check_refused(connect5_bytes{.flags = clean_session | user_name_flag, .after_id = text(bad)}.whole(), reason::malformed_packet);
        check_refused(connect5_bytes{.property_block = properties({user_property(bad, "x")})}.whole(), reason::malformed_packet);
        check_refused(connect5_bytes{.property_block = properties({user_property("x", bad)})}.whole(), reason::malformed_packet);
    }
}

TEST_CASE("5.0 section 3.1.2.11: properties of CONNECT that stand twice or have a value that is not allowed: 0x82") {
    const wire once[] = {
        session_expiry(1),
        short_property(property_id::receive_maximum, 5),
        long_property(property_id::maximum_packet_size, 1'000),
        short_property(property_id::topic_alias_maximum, 5),
        byte_property(property_id::request_response_information, 1),
        byte_property(property_id::request_problem_information, 1),
    };
    for (const auto& one : once) {
        CAPTURE(one[0]);
        check_refused(connect5_bytes{.property_block = properties({one, one})}.whole(), reason::protocol_error);
    }
    const wire wrong[] = {
        short_property(property_id::receive_maximum, 0),
        long_property(property_id::maximum_packet_size, 0),
        byte_property(property_id::request_response_information, 2),
        byte_property(property_id::request_problem_information, 2),
        text_property(property_id::authentication_data, "without a method"),
    };
    for (const auto& one : wrong) {
        CAPTURE(one[0]);
        check_refused(connect5_bytes{.property_block = properties({one})}.whole(), reason::protocol_error);
    }
}

TEST_CASE("5.0 section 2.2.2.2: a property that CONNECT or a will may not have is malformed") {
    check_refused(connect5_bytes{.property_block = properties({short_property(property_id::topic_alias, 1)})}.whole(), reason::malformed_packet);
    check_refused(connect5_bytes{.property_block = properties({text_property(property_id::reason_string, "x")})}.whole(), reason::malformed_packet);
    check_refused(connect5_bytes{.property_block = properties({u16(0x7F00)})}.whole(), reason::malformed_packet);
    const auto with_will = [](const wire& property) {
        return connect5_bytes{.flags = clean_session | will_flag, .after_id = will_bytes("a", "x", properties({property}))}.whole();
    };
    check_refused(with_will(session_expiry(1)), reason::malformed_packet);
    check_refused(with_will(short_property(property_id::topic_alias, 1)), reason::malformed_packet);
}

TEST_CASE("[MQTT5-2.2.2-1] CONNECT without a Property Length, or with one that is wrong, is malformed") {
    check_refused(connect5_bytes{.property_block = {}, .client_id = {}}.whole(), reason::malformed_packet);
    check_refused(connect5_bytes{.property_block = length(200)}.whole(), reason::malformed_packet);
    check_refused(connect5_bytes{.property_block = {0x85, 0x00, 0x11, 0, 0, 0, 1}}.whole(), reason::malformed_packet);  // [MQTT5-1.5.5-1]
    check_refused(connect5_bytes{.property_block = join({u8(3), session_expiry(1)})}.whole(), reason::malformed_packet);
}

TEST_CASE("[MQTT5-3.1.3-5] client identifiers of 1 to 23 letters and digits are accepted; others too") {
    broker_room broker(options());
    for (const auto id : {"a"sv, "Z"sv, "0123456789abcdefghijklm"sv, "nopqrstuvwxyzABCDEFGHIJ"sv, "KLMNOPQRSTUVWXYZ"sv, "with space/+#$"sv}) {
        CAPTURE(id);
        CHECK(open5(broker, connect5_bytes{.client_id = text(id)}.whole()).expect_connack().code == 0);
    }
    const std::string longest(10'000, 'x');
    CHECK(open5(broker, connect5_bytes{.client_id = text(longest)}.whole()).expect_connack().code == 0);
}

TEST_CASE("[MQTT5-1.5.4-3] U+FEFF in a client identifier is a character: two identifiers, two sessions") {
    broker_room broker(options());
    auto plain = broker.connect("amy", client5());
    auto marked = broker.connect(
        "\xEF\xBB\xBF"
        "amy",
        client5());
    CHECK(plain.silent());
    CHECK(marked.silent());
}

TEST_CASE("[MQTT5-3.1.4-6] nothing that follows a refused CONNECT is processed") {
    broker_room broker(options([](auto& l) { l.maximum_qos = qos_1; }));
    auto bob = broker.connect("bob", client5());
    bob.subscribe("#");
    const connect5_bytes refused{.flags = clean_session | will_flag | will_qos(2), .after_id = will_bytes("a", "x")};
    check_refused(broker, join({refused.whole(), publish5_bytes(0x31, "a", "x"), pingreq}), reason::qos_not_supported);
    CHECK(bob.silent());
}

TEST_CASE("5.0 section 3.1.4: packets sent before CONNACK came are processed after it") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("#");
    auto amy = open5(broker, join({connect5_bytes{}.whole(), publish5_bytes(0x30, "a", "x"), pingreq}));
    CHECK(amy.expect_connack().code == 0);
    amy.expect_pingresp();
    CHECK(bob.expect_publish().payload == "x");
}

TEST_CASE("[MQTT5-3.1.4-2] users: a wrong password gets 0x86, none at all 0x87, and the connection ends") {
    auto o = options();
    o.users = {{"amy", "secret"}};
    broker_room broker(o);
    check_refused(broker, connect5_bytes{}.whole(), reason::not_authorized);
    check_refused(broker,
                  connect5_bytes{.flags = clean_session | user_name_flag | password_flag, .after_id = join({text("amy"), text("wrong")})}.whole(),
                  reason::bad_user_name_or_password);
    auto amy = client5();
    amy.user_name = "amy";
    amy.password = "secret";
    CHECK(broker.connect("amy", amy).silent());
}

TEST_CASE("5.0 section 3.1.2.11.4: a CONNECT that is too large is told 0x95 before it is whole") {
    broker_room broker(options());
    const auto whole = connect5_bytes{.client_id = text(std::string(20'000, 'x'))}.whole();
    check_refused(broker, wire(whole.begin(), whole.begin() + 100), reason::packet_too_large);
    auto old_one = broker.open();
    const auto old_whole = connect_bytes{.payload = text(std::string(20'000, 'x'))}.whole();
    old_one.send(wire(old_whole.begin(), old_whole.begin() + 100));
    CHECK(old_one.closed());  // 3.1.1 has no word for it
}

TEST_CASE("MQTT 3.1: MQIsdp with level 3 is served") {
    broker_room broker(options());
    const connect_bytes first{.name = "MQIsdp", .level = 3, .flags = 0, .payload = text("old")};
    auto old_one = broker.open();
    old_one.send(first.whole());
    CHECK(old_one.raw() == accepted);
    old_one.send(packet(0x82, {u16(1), text("a/#"), u8(1)}));
    CHECK(old_one.raw() == packet(0x90, {u16(1), u8(1)}));
    old_one.send(packet(0x8A, {u16(2), text("b"), u8(0)}));  // 3.1 sends DUP when it asks again
    CHECK(old_one.raw() == packet(0x90, {u16(2), u8(0)}));
    auto amy = broker.connect("amy", client5());
    amy.publish("a/b", "new", qos_1);
    CHECK(old_one.raw() == publish_bytes(0x32, "a/b", "new", 1));
    amy.subscribe("from/old", qos_2);
    old_one.send(publish_bytes(0x34, "from/old", "old", 5));
    CHECK(old_one.raw() == packet(0x50, {u16(5)}));
    old_one.send(packet(0x6A, {u16(5)}));  // PUBREL again
    CHECK(old_one.raw() == packet(0x70, {u16(5)}));
    CHECK(amy.take().payload == "old");
    old_one.send(packet(0xAA, {u16(3), text("b")}));
    CHECK(old_one.raw() == packet(0xB0, {u16(3)}));
    old_one.drop();
    old_one = broker.open();
    old_one.send(first.whole());
    CHECK(old_one.raw() == join({accepted, publish_bytes(0x3A, "a/b", "new", 1)}));  // the session is there; 3.1 has no flag that says so
}

TEST_CASE("MQTT 3.1: nonsense is refused as in 3.1.1") {
    broker_room broker(options());
    check_refused_with(broker, connect_bytes{.name = "MQIsdp", .level = 3, .payload = text("")}.whole(), 2);
    check_refused_with(broker, connect_bytes{.name = "MQIsdp", .level = 4, .payload = text("a")}.whole(), 1);
    check_refused_without_connack(connect_bytes{
        .name = "MQIsdp", .level = 3, .flags = clean_session | will_qos(3) | will_flag, .payload = join({text("a"), text("t"), text("x")})}
                                      .whole());
    auto old_one = broker.open();
    old_one.send(join({connect_bytes{.name = "MQIsdp", .level = 3}.whole(), packet(0x86, {u16(1), text("a"), u8(0)})}));
    CHECK(old_one.raw() == accepted);
    CHECK(old_one.closed());
}
