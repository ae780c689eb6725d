// MQTT 5.0, 4.12: enhanced authentication before CONNACK, with the server's method SCRAM-SHA-256.
#include "conformance/v5/scram_dialogue.hpp"

using namespace tepore::conformance;
using namespace std::string_literals;

namespace {

/// A client whose exchange has begun, and what it was asked.
struct half_way {
    broker_room broker;
    scram_user amy;
    peer phone;
    received_auth challenge;

    explicit half_way(room_options o = with_users())
        : broker(std::move(o)), phone(open5(broker, connect_with({method(), says(amy.first())}))), challenge(expect_auth(phone)) {}
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    REQUIRE(text.find(from) != text.npos);
    text.replace(text.find(from), from.size(), to);
    return text;
}

}  // namespace

TEST_CASE("[MQTT5-4.12.0-1] a method that is not offered is refused with Bad authentication method, and closed") {
    for (const auto name : {"SCRAM-SHA-1"sv, "PLAIN"sv, ""sv, "scram-sha-256"sv, "SCRAM-SHA-256-PLUS"sv}) {
        CAPTURE(name);
        broker_room broker(with_users());
        check_refused(broker, connect_with({method(name), says("n,,n=amy,r=x")}), reason::bad_authentication_method);
    }
    broker_room open_house(options());  // nobody has a password here
    check_refused(open_house, connect_with({method(), says("n,,n=amy,r=x")}), reason::bad_authentication_method);
    auto o = with_users();
    o.scram = false;
    broker_room passwords_only(o);
    check_refused(passwords_only, connect_with({method(), says("n,,n=amy,r=x")}), reason::bad_authentication_method);
}

TEST_CASE("[MQTT5-4.12.0-2] a server that needs more sends AUTH with Continue authentication, and then CONNACK with the last data") {
    half_way begun;
    CHECK(begun.challenge.code == 0x18);
    CHECK(begun.challenge.data->starts_with("r=client1server"));
    CHECK(begun.phone.silent());
    begun.phone.send(auth_bytes(go_on, {method(), says(begun.amy.answer(begun.challenge))}));
    const auto in = begun.phone.expect_connack();
    CHECK(in.code == 0);
    const auto last = in.properties.data(property_id::authentication_data);
    REQUIRE(last);
    CHECK(begun.amy.believes(tepore::as_text(*last)));
    CHECK(begun.phone.subscribe("a", qos_1) == 1);
    begun.phone.publish("a", "x");
    CHECK(begun.phone.take().payload == "x");
}

TEST_CASE("[MQTT5-4.12.0-2] a client that says nothing first is asked to begin") {
    broker_room broker(with_users());
    scram_user amy;
    auto phone = open5(broker, connect_with({method()}));
    const auto asked = expect_auth(phone);
    CHECK(asked.code == 0x18);
    CHECK(!asked.data);
    phone.send(auth_bytes(go_on, {method(), says(amy.first())}));
    phone.send(auth_bytes(go_on, {method(), says(amy.answer(expect_auth(phone)))}));
    CHECK(phone.expect_connack().code == 0);
}

TEST_CASE("[MQTT5-4.12.0-4] wrong password, no user, user without verifier: all look alike, and get CONNACK with Not authorized and the end") {
    auto o = with_users();
    o.users["old"] = "secret";
    o.without_verifier = {"old"};
    broker_room broker(o);
    auto watcher = log_in(broker, *std::make_unique<scram_user>("bob", "hidden"), "watcher");
    watcher.subscribe("#");
    for (const auto& [name, password] : {std::pair{"amy", "guess"}, std::pair{"nobody", "secret"}, std::pair{"old", "secret"}}) {
        CAPTURE(name);
        scram_user user(name, password);
        auto phone = open5(broker, connect_with({method(), says(user.first())}, "watcher"));
        const auto challenge = expect_auth(phone);
        CHECK(challenge.code == 0x18);
        CHECK(challenge.data->ends_with("==,i=4096"));  // a salt of 16 bytes, and the iterations that others have
        phone.send(auth_bytes(go_on, {method(), says(user.answer(challenge))}));
        check_told_and_closed(phone, reason::not_authorized);
    }
    CHECK(watcher.silent());  // nobody took its session over
    watcher.send_pingreq();
    watcher.expect_pingresp();
}

TEST_CASE("[MQTT5-4.12.0-4] a stranger is asked the same each time, and strangers are asked different things") {
    broker_room broker(with_users());
    const auto salt_for = [&](const char* name) {
        scram_user user(name, "x");
        auto phone = open5(broker, connect_with({method(), says(user.first())}));
        const auto challenge = expect_auth(phone);
        return challenge.data->substr(challenge.data->find(",s="));
    };
    CHECK(salt_for("eve") == salt_for("eve"));
    CHECK(salt_for("eve") != salt_for("mallory"));
    CHECK(salt_for("amy") == salt_for("amy"));
}

TEST_CASE("[MQTT5-4.12.0-4] messages of the method that are not what they must be end in CONNACK with Not authorized") {
    const auto first = "n,,n=amy,r=client1"s;
    for (const auto& message : {std::string(), std::string("n,,"), "p=tls-unique,,n=amy,r=x"s, "n,a=bob,n=amy,r=x"s, "n,,n=,r=x"s,
                                "n,,n=a\x01my,r=x"s, "n,,r=x"s, "n,,n=amy,r=" + std::string(300, 'x'), "n,,n=" + std::string(5000, 'x') + ",r=x"}) {
        CAPTURE(message);
        broker_room broker(with_users());
        auto phone = open5(broker, connect_with({method(), says(message)}));
        check_told_and_closed(phone, reason::not_authorized);
    }
    const auto answers = [](std::function<std::string(const std::string&)> change) {
        half_way begun;
        begun.phone.send(auth_bytes(go_on, {method(), says(change(begun.amy.answer(begun.challenge)))}));
        check_told_and_closed(begun.phone, reason::not_authorized);
    };
    answers([](const auto&) { return std::string(); });
    answers([&](const auto&) { return first; });
    answers([](const auto& a) { return a.substr(0, a.size() - 4); });
    answers([](const auto& a) { return replaced(a, "r=client1", "r=client2"); });
    answers([](const auto& a) { return replaced(a, "c=biws", "c=eSws"); });
    answers([](const auto& a) { return a + std::string(5000, 'x'); });
}

TEST_CASE("[MQTT5-4.12.0-4] an answer that was overheard opens nothing: the server's nonce is another each time") {
    broker_room broker(with_users());
    scram_user amy;
    auto phone = open5(broker, connect_with({method(), says(amy.first())}));
    const auto overheard = amy.answer(expect_auth(phone));
    phone.send(auth_bytes(go_on, {method(), says(overheard)}));
    REQUIRE(phone.expect_connack().code == 0);

    auto thief = open5(broker, connect_with({method(), says("n,,n=amy,r=client1")}, "thief"));
    (void)expect_auth(thief);
    thief.send(auth_bytes(go_on, {method(), says(overheard)}));
    check_told_and_closed(thief, reason::not_authorized);
}

TEST_CASE("[MQTT5-4.12.0-5] every AUTH and the CONNACK name the method of CONNECT") {
    half_way begun;
    CHECK(begun.challenge.method == scram);
    begun.phone.send(auth_bytes(go_on, {method(), says(begun.amy.answer(begun.challenge))}));
    CHECK(begun.phone.expect_connack().properties.text(property_id::authentication_method) == scram);
    begun.phone.send(auth_bytes(once_more, {method(), says(begun.amy.first())}));
    const auto again = expect_auth(begun.phone);
    CHECK(again.method == scram);
    begun.phone.send(auth_bytes(go_on, {method(), says(begun.amy.answer(again))}));
    CHECK(expect_auth(begun.phone).method == scram);
}

TEST_CASE("[MQTT5-4.12.0-5] an AUTH with another method than CONNECT's is a protocol error") {
    half_way begun;
    begun.phone.send(auth_bytes(go_on, {method("PLAIN"), says(begun.amy.answer(begun.challenge))}));
    check_told_and_closed(begun.phone, reason::protocol_error);
}

TEST_CASE("[MQTT5-4.12.0-6] a client that names no method gets no AUTH, and no method in CONNACK; its password counts") {
    broker_room broker(with_users());
    auto old = broker.open();
    old.send(tepore::protocol::connect{.version = v5, .client_id = "old", .user_name = "amy", .password = tepore::as_bytes("secret")});
    const auto in = old.expect_connack();
    CHECK(in.code == 0);
    CHECK(!in.properties.text(property_id::authentication_method));
    CHECK(!in.properties.data(property_id::authentication_data));
    CHECK(old.silent());

    auto nameless = broker.open();
    nameless.send(tepore::protocol::connect{.version = v5, .client_id = "nameless"});
    check_told_and_closed(nameless, reason::not_authorized);
}

TEST_CASE("[MQTT5-4.12.0-7] an AUTH from a client that named no method in CONNECT is a protocol error") {
    for (const unsigned code : {go_on, once_more}) check_disconnects(auth_bytes(code, {method(), says("n,,n=amy,r=x")}), reason::protocol_error);
}

TEST_CASE("[MQTT5-3.1.2-30] before CONNACK anything but AUTH and DISCONNECT is a protocol error") {
    const wire others[] = {
        connect_with({method(), says("n,,n=amy,r=x")}),
        publish5_bytes(0x30, "a", "x"),
        publish5_bytes(0x32, "a", "x", 1),
        packet(0x40, {u16(1)}),
        packet(0x50, {u16(1)}),
        packet(0x62, {u16(1)}),
        packet(0x70, {u16(1)}),
        subscribe5_bytes(1, "a", 0),
        unsubscribe5_bytes(1, "a"),
        pingreq,
        packet(0x20, {u16(0), properties()}),
        packet(0x90, {u16(1), properties(), u8(0)}),
        packet(0xB0, {u16(1), properties(), u8(0)}),
        pingresp,
    };
    for (const auto& other : others) {
        CAPTURE(other[0]);
        half_way begun;
        begun.phone.send(other);
        check_told_and_closed(begun.phone, reason::protocol_error);
    }
}

TEST_CASE("[MQTT5-3.1.2-30] DISCONNECT before CONNACK ends the connection without a word") {
    for (const auto& goodbye : {disconnect_packet, disconnect5_bytes(0), disconnect5_bytes(4), disconnect5_bytes(0x80)}) {
        half_way begun;
        begun.phone.send(goodbye);
        CHECK(begun.phone.closed());
    }
    half_way begun;
    begun.phone.send(disconnect5_bytes(0x8B));  // a server's
    check_told_and_closed(begun.phone, reason::protocol_error);
}

TEST_CASE("[MQTT5-3.1.2-30] what arrives together with the last AUTH is handled after CONNACK") {
    half_way begun;
    begun.phone.send(join({auth_bytes(go_on, {method(), says(begun.amy.answer(begun.challenge))}), pingreq}));
    CHECK(begun.phone.expect_connack().code == 0);
    begun.phone.expect_pingresp();
}

TEST_CASE("[MQTT5 3.1.2.11.10] authentication data without a method is a protocol error, and so is either of them twice") {
    broker_room broker(with_users());
    check_refused(broker, connect_with({says("n,,n=amy,r=x")}), reason::protocol_error);
    check_refused(broker, connect_with({method(), method(), says("n,,n=amy,r=x")}), reason::protocol_error);
    check_refused(broker, connect_with({method(), says("x"), says("x")}), reason::protocol_error);
}

TEST_CASE("[MQTT5 4.12] re-authentication before CONNACK is a protocol error") {
    half_way begun;
    begun.phone.send(auth_bytes(once_more, {method(), says(begun.amy.first())}));
    check_told_and_closed(begun.phone, reason::protocol_error);
}

TEST_CASE("[MQTT5 4.12] AUTH in pieces is put together") {
    half_way begun;
    const auto whole = auth_bytes(go_on, {method(), says(begun.amy.answer(begun.challenge))});
    for (const auto byte : whole) {
        CHECK(begun.phone.silent());
        begun.phone.send({byte});
    }
    CHECK(begun.phone.expect_connack().code == 0);
}

TEST_CASE("[MQTT5 4.12] an AUTH before CONNACK is no larger than CONNECT may be") {
    half_way begun;
    begun.phone.send(join({u8(0xF0), length(20'000)}));
    check_told_and_closed(begun.phone, reason::packet_too_large);
}

TEST_CASE("[MQTT5 4.12] an exchange that is not finished in time is ended, however often the client speaks") {
    half_way begun;
    begun.broker.advance(9s);
    CHECK(begun.phone.silent());
    begun.phone.send({0xF0});
    begun.broker.advance(2s);
    check_told_and_closed(begun.phone, reason::not_authorized);
}

TEST_CASE("[MQTT5 4.12] a client that vanishes in the middle leaves nothing behind") {
    half_way begun;
    begun.phone.drop();
    scram_user amy;
    auto phone = log_in(begun.broker, amy);
    CHECK(phone.subscribe("a") == 0);
}

TEST_CASE("[MQTT5 4.12] the rest of CONNECT counts after the exchange: session, will, keep alive, assigned client identifier") {
    broker_room broker(with_users());
    scram_user bob("bob", "hidden");
    auto watcher = log_in(broker, bob, "watcher");
    watcher.subscribe("#");

    scram_user amy;
    const auto connect = connect5_bytes{.flags = will_flag,
                                        .keep_alive_s = 10,
                                        .property_block = properties({method(), says(amy.first()), session_expiry(100)}),
                                        .client_id = text("phone"),
                                        .after_id = will_bytes("gone", "amy")};
    auto phone = open5(broker, connect.whole());
    phone.send(auth_bytes(go_on, {method(), says(amy.answer(expect_auth(phone)))}));
    CHECK(!phone.expect_connack().session_present);
    phone.subscribe("later", qos_1);
    broker.advance(16s);
    check_disconnected(phone, reason::keep_alive_timeout);
    CHECK(watcher.expect_publish().payload == "amy");
    watcher.unsubscribe("#");
    watcher.publish("later", "kept", qos_1);

    auto back =
        open5(broker, connect5_bytes{.flags = 0, .property_block = properties({method(), says(amy.first())}), .client_id = text("phone")}.whole());
    back.send(auth_bytes(go_on, {method(), says(amy.answer(expect_auth(back)))}));
    CHECK(back.expect_connack().session_present);
    CHECK(back.take().payload == "kept");

    auto unnamed = open5(broker, connect_with({method(), says(amy.first())}, ""));
    unnamed.send(auth_bytes(go_on, {method(), says(amy.answer(expect_auth(unnamed)))}));
    CHECK(!unnamed.expect_connack().properties.text(property_id::assigned_client_identifier).value_or("").empty());
}

TEST_CASE("[MQTT5 4.12] a session is taken over only by who has proven to be a user") {
    broker_room broker(with_users());
    scram_user amy;
    auto first = log_in(broker, amy);
    scram_user again;
    auto second = open5(broker, connect_with({method(), says(again.first())}));
    const auto challenge = expect_auth(second);
    CHECK(first.silent());
    second.send(auth_bytes(go_on, {method(), says(again.answer(challenge))}));
    CHECK(second.expect_connack().code == 0);
    check_disconnected(first, reason::session_taken_over);
}

TEST_CASE("[MQTT5 4.12] where passwords are turned off, enhanced authentication is the only way in") {
    auto o = with_users();
    o.password_login = false;
    broker_room broker(o);
    auto new_one = broker.open();
    new_one.send(tepore::protocol::connect{.version = v5, .client_id = "new", .user_name = "amy", .password = tepore::as_bytes("secret")});
    check_told_and_closed(new_one, reason::not_authorized);
    auto old_one = broker.open();
    old_one.send(tepore::protocol::connect{.client_id = "old", .user_name = "amy", .password = tepore::as_bytes("secret")});
    CHECK(old_one.expect_connack().code == 5);
    CHECK(old_one.closed());
    scram_user amy;
    auto phone = log_in(broker, amy);
    CHECK(phone.silent());
}
