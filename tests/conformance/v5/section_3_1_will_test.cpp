// MQTT 5.0, 3.1.2.5 and 3.1.3.2: the will, its properties and its delay.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

namespace {

connect_options with(connect_options o, std::string_view payload, const wire& will_properties = {}, tepore::protocol::qos q = qos_0,
                     bool retain = false) {
    o.will = will("amy/status", payload, q, retain);
    o.will->properties = property_view(will_properties);
    return o;
}

wire delay(std::uint32_t seconds) {
    return long_property(property_id::will_delay_interval, seconds);
}

struct scene {
    broker_room broker{options()};
    peer bob = broker.connect("bob", client5());
    scene() { bob.subscribe("#", qos_2); }
};

}  // namespace

TEST_CASE("[MQTT5-3.1.2-7] [MQTT5-3.1.2-8] [MQTT5-3.1.2-10] a connection that breaks publishes the will, once, with its QoS") {
    scene s;
    for (const auto q : every_qos) {
        auto amy = s.broker.connect("amy", with(client5(), "gone", {}, q));
        CHECK(s.bob.silent());
        amy.drop();
        const auto gone = s.bob.take();
        CHECK(gone.topic == "amy/status");
        CHECK(gone.qos == q);
        CHECK(s.bob.silent());
    }
}

TEST_CASE("[MQTT5-3.1.2-10] a will that was published is not published when the session goes on and breaks again") {
    scene s;
    auto amy = s.broker.connect("amy", with(returning5(), "gone"));
    amy.drop();
    CHECK(s.bob.take().payload == "gone");
    amy = s.broker.connect("amy", returning5());
    amy.drop();
    s.broker.advance(2h);  // past the session's end
    CHECK(s.bob.silent());
}

TEST_CASE("[MQTT5-3.1.2-14] [MQTT5-3.1.2-15] will retain: as a retained message or not") {
    for (const bool retain : {false, true}) {
        scene s;
        auto amy = s.broker.connect("amy", with(client5(), "gone", {}, qos_1, retain));
        amy.drop();
        CHECK(s.bob.take().payload == "gone");
        auto late = s.broker.connect("late", client5());
        late.subscribe("amy/status");
        if (retain) CHECK(late.expect_publish().retain);
        CHECK(late.silent());
    }
}

TEST_CASE("[MQTT5-3.1.3-9] [MQTT5-3.1.2-8] a will with a delay waits, and is not sent when the client returns in time") {
    scene s;
    auto amy = s.broker.connect("amy", with(returning5(), "gone", delay(10)));
    amy.drop();
    s.broker.advance(9s);
    CHECK(s.bob.silent());
    amy = s.broker.connect("amy", with(returning5(), "gone again", delay(10)));
    s.broker.advance(60s);
    CHECK(s.bob.silent());
    amy.drop();
    s.broker.advance(9'900ms);
    CHECK(s.bob.silent());
    s.broker.advance(200ms);
    CHECK(s.bob.take().payload == "gone again");
    s.broker.advance(2h);
    CHECK(s.bob.silent());
}

TEST_CASE("[MQTT5-3.1.2-8] the end of the session sends the will before its delay is over") {
    scene s;
    auto amy = s.broker.connect("amy", with(returning5(5), "session over", delay(60)));
    amy.drop();
    s.broker.advance(4'900ms);
    CHECK(s.bob.silent());
    s.broker.advance(200ms);
    CHECK(s.bob.take().payload == "session over");

    amy = s.broker.connect("amy", with(client5(), "no session", delay(60)));
    amy.drop();  // the session ends with the connection
    CHECK(s.bob.take().payload == "no session");

    amy = s.broker.connect("amy", with(returning5(60), "shortened", delay(60)));
    amy.send(disconnect5_bytes(4, properties({session_expiry(0)})));
    CHECK(amy.closed());
    CHECK(s.bob.take().payload == "shortened");
    s.broker.advance(2h);
    CHECK(s.bob.silent());
}

TEST_CASE("[MQTT5-3.1.2-8] a takeover with Clean Start 1 ends the session, so the old will is sent in spite of its delay") {
    scene s;
    auto old_one = s.broker.connect("amy", with(returning5(), "old", delay(60)));
    auto o = returning5();
    o.clean = true;
    auto new_one = s.broker.connect("amy", o);
    check_disconnected(old_one, reason::session_taken_over);
    CHECK(s.bob.take().payload == "old");
    new_one.drop();
    s.broker.advance(2h);
    CHECK(s.bob.silent());
}

TEST_CASE("[MQTT5-3.1.3-9] [MQTT5-3.1.2-8] a takeover with Clean Start 0: a will without delay is sent, one with a delay is not") {
    scene s;
    auto old_one = s.broker.connect("amy", with(returning5(), "at once"));
    auto next = s.broker.connect("amy", with(returning5(), "delayed", delay(60)));
    CHECK(s.bob.take().payload == "at once");
    auto last = s.broker.connect("amy", returning5());
    check_disconnected(next, reason::session_taken_over);
    s.broker.advance(2h);
    CHECK(s.bob.silent());
    last.drop();
    s.broker.advance(2h);
    CHECK(s.bob.silent());
}

TEST_CASE("[MQTT5-3.1.2-8] Clean Start 1 after the connection broke: the session ends, and the waiting will goes out") {
    scene s;
    auto amy = s.broker.connect("amy", with(returning5(), "gone", delay(60)));
    amy.drop();
    auto o = returning5();
    o.clean = true;
    amy = s.broker.connect("amy", o);
    CHECK(s.bob.take().payload == "gone");
}

TEST_CASE("[MQTT5-3.14.4-3] DISCONNECT 0x00 discards a will with a delay too, and a later connection without a will has none") {
    scene s;
    auto amy = s.broker.connect("amy", with(returning5(60), "gone", delay(10)));
    amy.disconnect();
    s.broker.advance(2min);
    CHECK(s.bob.silent());
}

TEST_CASE(
    "[MQTT5-3.1.3-10] [MQTT5-3.3.2-4] [MQTT5-3.3.2-15] [MQTT5-3.3.2-16] [MQTT5-3.3.2-18] [MQTT5-3.3.2-20] the will's properties reach its receivers, "
    "in order; the delay is the server's") {
    scene s;
    const auto carried = join({byte_property(property_id::payload_format_indicator, 1), text_property(property_id::content_type, "text/plain"),
                               user_property("b", "1"), text_property(property_id::response_topic, "reply/to"), user_property("a", "2"),
                               text_property(property_id::correlation_data, "\x01\x02"), user_property("b", "1")});
    const auto all = join({delay(1), carried});
    auto amy = s.broker.connect("amy", with(returning5(), "gone", all));
    amy.drop();
    s.broker.advance(2s);
    CHECK(s.bob.take().properties == carried);
}

TEST_CASE("[MQTT5-3.3.2-6] the will's message expiry begins with its publication") {
    scene s;
    const auto expires = join({delay(10), long_property(property_id::message_expiry_interval, 5)});
    auto carl = s.broker.connect("carl", returning5());
    carl.subscribe("amy/status", qos_1);
    carl.drop();
    auto amy = s.broker.connect("amy", with(returning5(), "gone", expires, qos_1, true));
    s.broker.advance(60s);
    amy.drop();
    s.broker.advance(11s);
    const auto gone = s.bob.take();
    CHECK(number_of(gone, property_id::message_expiry_interval) == 5);
    s.broker.advance(2s);
    carl = s.broker.connect("carl", returning5());
    CHECK(number_of(carl.take(), property_id::message_expiry_interval) == 2);  // published three seconds ago
    s.broker.advance(3s);
    auto late = s.broker.connect("late", client5());
    late.subscribe("amy/status");
    CHECK(late.silent());  // the retained one is gone too [MQTT5-3.3.2-5]
}

TEST_CASE("[MQTT5-3.1.2-8] the will of a CONNECT that is refused is not published") {
    auto o = options([](auto& l) { l.maximum_qos = qos_0; });
    broker_room broker(o);
    auto bob = broker.connect("bob", client5());
    bob.subscribe("#");
    check_refused(broker, connect5_bytes{.flags = clean_session | will_flag | will_qos(1), .after_id = will_bytes("a", "x")}.whole(),
                  reason::qos_not_supported);
    broker.advance(1h);
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-3.1.3-11] [MQTT5-3.3.2-2] a will topic with wildcards, or one of the server's own: 0x90, 0x87") {
    const auto with_topic = [](std::string_view topic) {
        return connect5_bytes{.flags = clean_session | will_flag, .after_id = will_bytes(topic, "x")}.whole();
    };
    for (const auto topic : {"#"sv, "a/+"sv, "a+"sv}) check_refused(with_topic(topic), reason::topic_name_invalid);
    check_refused(with_topic("$SYS/broker/uptime"), reason::not_authorized);
}

TEST_CASE("5.0 section 3.1.3.2.3: a will that says it is UTF-8 and is not: 0x99, when the server looks") {
    const auto first = [](unsigned indicator, std::string_view payload) {
        return connect5_bytes{.flags = clean_session | will_flag,
                              .after_id = will_bytes("a", payload, properties({byte_property(property_id::payload_format_indicator, indicator)}))}
            .whole();
    };
    broker_room strict(options([](auto& l) { l.validate_payload_format = true; }));
    check_refused(strict, first(1, "\xFF\xFE"), reason::payload_format_invalid);
    CHECK(open5(strict, first(0, "\xFF\xFE")).expect_connack().code == 0);
    CHECK(open5(strict, first(1, "gr\xC3\xBC\xC3\x9F dich")).expect_connack().code == 0);
    broker_room easy(options());
    CHECK(open5(easy, first(1, "\xFF\xFE")).expect_connack().code == 0);
}
