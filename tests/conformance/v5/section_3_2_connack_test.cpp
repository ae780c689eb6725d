// MQTT 5.0, 3.2: CONNACK, and what the server announces with it. What is announced must hold: see also the sections of what is limited.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

namespace {

/// CONNACK for a client that connects with these properties.
std::pair<peer, tepore::protocol::connack> answer_to(broker_room& broker, std::initializer_list<wire> each = {}) {
    auto p = open5(broker, connect5_bytes{.property_block = properties(each)}.whole());
    auto a = p.expect_connack();
    return {std::move(p), a};
}

}  // namespace

TEST_CASE("[MQTT5-3.2.0-1] nothing is sent before CONNECT is complete") {
    broker_room broker(options());
    const auto whole = connect5_bytes{}.whole();
    auto amy = open5(broker, wire(whole.begin(), whole.end() - 1));
    CHECK(amy.silent());
    amy.send({whole.back()});
    CHECK(amy.expect_connack().code == 0);
    CHECK(amy.silent());
}

TEST_CASE("[MQTT5-3.2.0-1] CONNACK stands before everything that waited for the session") {
    broker_room broker(options());
    auto bob = broker.connect("raw", returning5());
    bob.subscribe("a", qos_2);
    bob.drop();
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x", qos_2);
    bob = open5(broker, connect5_bytes{.flags = 0}.whole());
    CHECK(bob.expect_connack().session_present);
    CHECK(bob.take().payload == "x");
}

TEST_CASE("[MQTT5-3.2.2-1] [MQTT5-3.2.2-3] [MQTT5-3.1.4-5] CONNACK, byte by byte: flags, 0x00, and the length of the properties") {
    broker_room broker(options());
    for (const unsigned present : {0u, 1u}) {
        auto amy = open5(broker, connect5_bytes{.flags = 0, .property_block = properties({session_expiry(60)})}.whole());
        const auto bytes = amy.raw();
        REQUIRE(bytes.size() >= 5);
        CHECK(bytes[0] == 0x20);
        CHECK(bytes[1] == bytes.size() - 2);
        CHECK(bytes[2] == present);
        CHECK(bytes[3] == 0);
        CHECK(bytes[4] == bytes.size() - 5);
        amy.drop();
    }
}

TEST_CASE(
    "[MQTT5-3.2.2-6] [MQTT5-3.2.2-7] [MQTT5-3.2.2-8] a CONNACK that refuses has Session Present 0 although there is a session, and the connection "
    "ends") {
    broker_room broker(options([](auto& l) { l.maximum_qos = qos_1; }));
    broker.connect("raw", returning5()).drop();
    check_refused(broker, connect5_bytes{.flags = will_flag | will_qos(2), .after_id = will_bytes("a", "x")}.whole(), reason::qos_not_supported);
    bool was_there = false;
    broker.connect("raw", returning5(), &was_there).drop();
    CHECK(was_there);  // and the session was left alone
}

TEST_CASE(
    "[MQTT5-3.1.2-24] [MQTT5-3.2.2-19] CONNACK is not larger than the client takes: the reason string is left out, and what is needed makes it "
    "0x95") {
    const auto refused = [](std::uint32_t bytes_max) {
        return connect5_bytes{.flags = clean_session | will_flag,
                              .property_block = properties({long_property(property_id::maximum_packet_size, bytes_max)}),
                              .after_id = will_bytes("$SYS/x", "x")}
            .whole();
    };
    broker_room broker(options());
    auto large = open5(broker, refused(1'000));
    CHECK(large.expect_connack().properties.text(property_id::reason_string));
    auto small = open5(broker, refused(5));
    CHECK(small.raw() == wire{0x20, 3, 0, 0x87, 0});
    CHECK(small.closed());
    auto tiny = open5(broker, refused(4));
    CHECK(tiny.closed());

    const auto accepted_with = [](std::uint32_t bytes_max) {
        return connect5_bytes{.property_block = properties({long_property(property_id::maximum_packet_size, bytes_max)}), .client_id = text("")}
            .whole();
    };
    auto enough = open5(broker, accepted_with(100));
    CHECK(enough.expect_connack().code == 0);
    auto too_small = open5(broker, accepted_with(20));
    CHECK(too_small.raw() == wire{0x20, 3, 0, 0x95, 0});
    CHECK(too_small.closed());
}

TEST_CASE("[MQTT5-3.1.2-29] with Request Problem Information 0 CONNACK and DISCONNECT have no reason string") {
    broker_room broker(options());
    const auto block = properties({byte_property(property_id::request_problem_information, 0)});
    auto refused =
        open5(broker, connect5_bytes{.flags = clean_session | will_flag, .property_block = block, .after_id = will_bytes("$SYS/x", "x")}.whole());
    CHECK(refused.raw() == wire{0x20, 3, 0, 0x87, 0});
    auto offender = open5(broker, connect5_bytes{.property_block = block}.whole());
    CHECK(offender.expect_connack().code == 0);
    offender.send(packet(0x36, {text("a"), u16(1), properties()}));
    CHECK(offender.raw() == wire{0xE0, 1, 0x81});
}

TEST_CASE(
    "[MQTT5-3.2.2-9] [MQTT5-3.2.2-10] [MQTT5-3.2.2-12] Maximum QoS: told, subscriptions of every QoS are accepted, wills and messages beyond it are "
    "not") {
    for (const auto maximum : {qos_0, qos_1}) {
        broker_room broker(options([maximum](auto& l) { l.maximum_qos = maximum; }));
        auto [amy, answer] = answer_to(broker);
        CHECK(answer.properties.number(property_id::maximum_qos) == static_cast<unsigned>(maximum));
        auto bob = broker.connect("bob", client5());
        for (const auto q : every_qos) CHECK(bob.subscribe("a", q) <= 2);
        for (const auto q : every_qos) {
            const unsigned bits = static_cast<unsigned>(q) << 1;
            auto carl = broker.connect("carl", client5());
            carl.send(publish5_bytes(0x30 | bits, "a", "x", 1));
            const connect5_bytes first{.flags = clean_session | will_flag | bits << 2, .client_id = text("dora"), .after_id = will_bytes("b", "x")};
            if (q <= maximum) {
                if (q == qos_1) carl.expect_ack(packet_type::puback);
                CHECK(carl.silent());
                CHECK(bob.take().payload == "x");
                CHECK(open5(broker, first.whole()).expect_connack().code == 0);
            } else {
                check_disconnected(carl, reason::qos_not_supported);
                CHECK(bob.silent());
                check_refused(broker, first.whole(), reason::qos_not_supported);
            }
        }
    }
    broker_room broker(options());
    CHECK_FALSE(answer_to(broker).second.properties.number(property_id::maximum_qos));  // absent: 2
}

TEST_CASE("[MQTT5-3.2.2-13] Retain Available 0: told, retained wills and messages are refused with 0x9A, nothing is kept") {
    broker_room broker(options([](auto& l) { l.retain_available = false; }));
    auto [amy, answer] = answer_to(broker);
    CHECK(answer.properties.number(property_id::retain_available) == 0);
    check_disconnects(broker, publish5_bytes(0x31, "a", "x"), reason::retain_not_supported);
    check_disconnects(broker, publish5_bytes(0x33, "a", "x", 1), reason::retain_not_supported);
    check_refused(broker, connect5_bytes{.flags = clean_session | will_flag | will_retain, .after_id = will_bytes("b", "x")}.whole(),
                  reason::retain_not_supported);
    auto old_one = broker.connect("old");
    old_one.send(publish_bytes(0x31, "a", "x"));
    CHECK(old_one.closed());
    auto late = broker.connect("late", client5());
    late.subscribe("#");
    late.subscribe("$SYS/#");
    CHECK(late.silent());
    broker_room usual(options());
    CHECK_FALSE(answer_to(usual).second.properties.number(property_id::retain_available));
}

TEST_CASE("5.0 section 3.2.2.3: receive maximum, maximum packet size and topic alias maximum are told; a default is left out") {
    auto o = options([](auto& l) { l.topic_alias_maximum = 7; });
    o.receive_maximum = 33;
    o.packet_bytes_max = 4'096;
    broker_room broker(o);
    const auto told = answer_to(broker).second.properties;
    CHECK(told.number(property_id::receive_maximum) == 33);
    CHECK(told.number(property_id::maximum_packet_size) == 4'096);
    CHECK(told.number(property_id::topic_alias_maximum) == 7);
    auto none = options([](auto& l) { l.topic_alias_maximum = 0; });
    none.receive_maximum = 65'535;
    broker_room plain(none);
    const auto silent = answer_to(plain).second.properties;
    CHECK_FALSE(silent.number(property_id::receive_maximum));
    CHECK_FALSE(silent.number(property_id::topic_alias_maximum));
}

TEST_CASE("[MQTT5-3.1.2-28] Response Information is told to those who ask, when there is some") {
    broker_room broker(options([](auto& l) { l.response_information = "replies/"; }));
    const auto asked = [](unsigned value) { return byte_property(property_id::request_response_information, value); };
    CHECK_FALSE(answer_to(broker).second.properties.text(property_id::response_information));
    CHECK_FALSE(answer_to(broker, {asked(0)}).second.properties.text(property_id::response_information));
    CHECK(answer_to(broker, {asked(1)}).second.properties.text(property_id::response_information) == "replies/");
    broker_room without(options());
    CHECK_FALSE(answer_to(without, {asked(1)}).second.properties.text(property_id::response_information));
}

TEST_CASE("5.0 section 4.11: a broker that sends its clients elsewhere says where: 0x9C for now, 0x9D for good") {
    using tepore::broker::redirection;
    for (const auto how : {redirection::temporary, redirection::permanent}) {
        broker_room broker(options([how](auto& l) {
            l.redirect = how;
            l.server_reference = "other.example:1883";
        }));
        auto amy = open5(broker, connect5_bytes{}.whole());
        const auto answer = amy.expect_connack();
        CHECK(answer.code == (how == redirection::temporary ? 0x9C : 0x9D));
        CHECK(answer.properties.text(property_id::server_reference) == "other.example:1883");
        CHECK(amy.closed());
        check_refused_with(broker, connect_bytes{}.whole(), 3);  // 3.1.1: server unavailable
    }
}

TEST_CASE("5.0 section 3.14.2.1: a broker that stops says 0x8B, or 0x9C when it knows another") {
    for (const bool known : {false, true}) {
        broker_room broker(options([known](auto& l) {
            if (known) l.server_reference = "other.example";
        }));
        auto amy = broker.connect("amy", client5());
        auto old_one = broker.connect("old");
        broker.shut_down();
        const auto last = amy.expect_disconnect();
        CHECK(code_of(last.code) == (known ? 0x9C : 0x8B));
        CHECK(last.properties.text(property_id::server_reference).value_or("") == (known ? "other.example" : ""));
        CHECK(amy.closed());
        CHECK(old_one.closed());
    }
}
