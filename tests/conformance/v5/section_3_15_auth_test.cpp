// MQTT 5.0, 3.15: what AUTH looks like, from the client and from the server. Its use is in the files of 4.12.
#include "conformance/v5/scram_dialogue.hpp"

using namespace tepore::conformance;

namespace {

/// The packet gets this code in DISCONNECT on a connection that stands, and in CONNACK while it is being made.
void check_told(const wire& offending, reason code) {
    CAPTURE(offending);
    broker_room broker(with_users());
    scram_user amy;
    auto standing = log_in(broker, amy);
    standing.send(offending);
    check_disconnected(standing, code);

    scram_user bob("bob", "hidden");
    auto coming = open5(broker, connect_with({method(), says(bob.first())}, "tablet"));
    (void)expect_auth(coming);
    coming.send(offending);
    check_told_and_closed(coming, code);
}

}  // namespace

TEST_CASE("[MQTT5-3.15.1-1] reserved bits of AUTH's first byte that are not 0 make it malformed") {
    for (unsigned flags = 1; flags < 16; ++flags)
        check_told(packet(0xF0 | flags, {u8(go_on), properties({method(), says("x")})}), reason::malformed_packet);
}

TEST_CASE("[MQTT5-3.15.2-1] an AUTH with a reason code that no client sends is a protocol error") {
    for (const unsigned code : {0x00u, 0x01u, 0x04u, 0x17u, 0x1Au, 0x80u, 0x87u, 0x8Cu, 0xFFu})
        check_told(auth_bytes(code, {method(), says("x")}), reason::protocol_error);
}

TEST_CASE("[MQTT5-3.15.2-1] the server's AUTH packets say Continue authentication, and Success at the end of a re-authentication") {
    broker_room broker(with_users());
    scram_user amy;
    auto phone = open5(broker, connect_with({method(), says(amy.first())}));
    const auto challenge = expect_auth(phone);
    CHECK(challenge.code == 0x18);
    phone.send(auth_bytes(go_on, {method(), says(amy.answer(challenge))}));
    CHECK(phone.expect_connack().code == 0);
    phone.send(auth_bytes(once_more, {method(), says(amy.first())}));
    const auto again = expect_auth(phone);
    CHECK(again.code == 0x18);
    phone.send(auth_bytes(go_on, {method(), says(amy.answer(again))}));
    CHECK(expect_auth(phone).code == 0x00);
}

TEST_CASE("[MQTT5-3.15.2-1] AUTH: no method, and anything twice, is a protocol error; a truncated one is malformed") {
    check_told(packet(0xF0), reason::protocol_error);  // the short form is Success
    check_told(auth_bytes(go_on, {}), reason::protocol_error);
    check_told(auth_bytes(go_on, {says("x")}), reason::protocol_error);
    check_told(auth_bytes(go_on, {method(), method()}), reason::protocol_error);
    check_told(auth_bytes(go_on, {method(), says("x"), says("x")}), reason::protocol_error);
    check_told(auth_bytes(go_on, {method(), text_property(property_id::reason_string, "x"), text_property(property_id::reason_string, "x")}),
               reason::protocol_error);
    check_told(packet(0xF0, {u8(go_on)}), reason::malformed_packet);
    check_told(packet(0xF0, {u8(go_on), u8(5), method()}), reason::malformed_packet);
    check_told(packet(0xF0, {u8(go_on), properties({method()}), u8(0)}), reason::malformed_packet);
}

TEST_CASE("[MQTT5-3.15.2-2] [MQTT5-3.15.2-3] user properties and a reason string are taken; the server sends neither, so no AUTH grows by them") {
    broker_room broker(with_users());
    scram_user amy;
    auto phone = open5(broker, connect_with({method(), says(amy.first()), user_property("a", "b")}));
    const auto challenge = expect_auth(phone);
    const wire bare = auth_bytes(go_on, {method(), says(*challenge.data)});
    CHECK(challenge.bytes == bare);
    phone.send(auth_bytes(go_on, {user_property("a", "b"), method(), text_property(property_id::reason_string, "why not"), user_property("a", "b"),
                                  says(amy.answer(challenge))}));
    CHECK(phone.expect_connack().code == 0);
}

TEST_CASE("[MQTT5-3.15.2-2] [MQTT5-3.1.2-24] an AUTH that is larger than the client takes is not sent, also when it comes again") {
    std::size_t size = 0;
    {
        broker_room broker(with_users());
        scram_user amy;
        auto phone = open5(broker, connect_with({method(), says(amy.first())}));
        size = expect_auth(phone).bytes.size();
    }
    for (const bool fits : {true, false}) {
        broker_room broker(with_users());
        scram_user amy;
        const auto most = long_property(property_id::maximum_packet_size, static_cast<std::uint32_t>(fits ? size : size - 1));
        auto phone = open5(broker, connect_with({method(), says(amy.first()), most}));
        if (fits) {
            CHECK(expect_auth(phone).code == 0x18);
            CHECK(phone.silent());
        } else {
            check_told_and_closed(phone, reason::packet_too_large);
        }
    }
}

TEST_CASE("[MQTT5-3.1.0-1] AUTH is no first packet") {
    broker_room broker(with_users());
    auto stranger = open5(broker, auth_bytes(go_on, {method(), says("n,,n=amy,r=x")}));
    CHECK(stranger.closed());
}

TEST_CASE("[MQTT-2.2.1] 3.1.1 has no AUTH: packet type 15 closes the connection") {
    auto o = with_users();
    broker_room broker(o);
    auto old = broker.connect("old", {.user_name = "amy", .password = "secret"});
    old.send(auth_bytes(once_more, {method(), says("n,,n=amy,r=x")}));
    CHECK(old.closed());
}
