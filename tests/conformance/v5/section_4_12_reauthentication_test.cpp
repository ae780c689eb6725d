// MQTT 5.0, 4.12.1: authentication again, on a connection that stands.
#include "conformance/v5/scram_dialogue.hpp"

using namespace tepore::conformance;

namespace {

/// A client that is in, and somebody who listens to everything.
struct house {
    broker_room broker{with_users()};
    scram_user bob{"bob", "hidden"};
    scram_user amy;
    peer watcher = log_in(broker, bob, "watcher");
    peer phone = log_in(broker, amy);

    house() { watcher.subscribe("#", qos_2); }
    /// AUTH 0x19 with the first message; the answer to the challenge.
    std::string begin() {
        phone.send(auth_bytes(once_more, {method(), says(amy.first())}));
        const auto challenge = expect_auth(phone);
        CHECK(challenge.code == 0x18);
        return amy.answer(challenge);
    }
};

}  // namespace

TEST_CASE("[MQTT5-4.12.1-1] a client authenticates again at any time, as often as it likes") {
    house h;
    for (int round = 0; round < 3; ++round) {
        h.phone.send(auth_bytes(go_on, {method(), says(h.begin())}));
        const auto end = expect_auth(h.phone);
        CHECK(end.code == 0x00);
        CHECK(h.amy.believes(end.data.value()));
        CHECK(h.phone.silent());
    }
    h.phone.publish("a", "still here", qos_1);
    CHECK(h.watcher.take().payload == "still here");
}

TEST_CASE("[MQTT5-4.12.1-1] a client that says nothing first is asked to begin, here too") {
    house h;
    h.phone.send(auth_bytes(once_more, {method()}));
    CHECK(!expect_auth(h.phone).data);
    h.phone.send(auth_bytes(go_on, {method(), says(h.amy.first())}));
    h.phone.send(auth_bytes(go_on, {method(), says(h.amy.answer(expect_auth(h.phone)))}));
    CHECK(expect_auth(h.phone).code == 0x00);
}

TEST_CASE("[MQTT5-4.12.1-1] another method than before is a protocol error") {
    for (const auto name : {"SCRAM-SHA-1"sv, ""sv}) {
        house h;
        h.phone.send(auth_bytes(once_more, {method(name), says(h.amy.first())}));
        check_disconnected(h.phone, reason::protocol_error);
    }
    house h;
    const auto answer = h.begin();
    h.phone.send(auth_bytes(go_on, {method("PLAIN"), says(answer)}));
    check_disconnected(h.phone, reason::protocol_error);
}

TEST_CASE("[MQTT5 4.12.1] messages flow both ways while a client authenticates again") {
    house h;
    h.phone.subscribe("to/phone", qos_2);
    const auto answer = h.begin();
    scram_user bob("bob", "hidden");
    auto other = log_in(h.broker, bob, "other");
    other.publish("to/phone", "1", qos_2);
    CHECK(h.phone.take().payload == "1");
    h.phone.publish("from/phone", "2", qos_2);
    CHECK(h.watcher.take().payload == "1");
    CHECK(h.watcher.take().payload == "2");
    h.phone.subscribe("more");
    h.phone.send_pingreq();
    h.phone.expect_pingresp();
    h.phone.send(auth_bytes(go_on, {method(), says(answer)}));
    CHECK(expect_auth(h.phone).code == 0x00);
    h.watcher.publish("more", "3");
    CHECK(h.phone.take().payload == "3");
}

TEST_CASE("[MQTT5-4.12.1-2] a re-authentication that fails ends in DISCONNECT with Not authorized; the session's will is published") {
    const auto fails = [](std::function<wire(house&)> last) {
        house h;
        scram_user amy;
        const auto connect = connect5_bytes{.flags = clean_session | will_flag,
                                            .property_block = properties({method(), says(amy.first())}),
                                            .client_id = text("tablet"),
                                            .after_id = will_bytes("gone", "tablet")};
        h.phone = open5(h.broker, connect.whole());
        h.phone.send(auth_bytes(go_on, {method(), says(amy.answer(expect_auth(h.phone)))}));
        REQUIRE(h.phone.expect_connack().code == 0);
        h.phone.send(last(h));
        check_disconnected(h.phone, reason::not_authorized);
        CHECK(h.watcher.take().payload == "tablet");
    };
    fails([](house& h) { return auth_bytes(go_on, {method(), says(h.begin() + "x")}); });
    fails([](house&) { return auth_bytes(once_more, {method(), says("nonsense")}); });
    fails([](house& h) {
        scram_user guess("amy", "guess");
        h.phone.send(auth_bytes(once_more, {method(), says(guess.first())}));
        return auth_bytes(go_on, {method(), says(guess.answer(expect_auth(h.phone)))});
    });
    // Another user, even with the right password: who a connection belongs to does not change.
    fails([](house&) {
        scram_user bob("bob", "hidden");
        return auth_bytes(once_more, {method(), says(bob.first())});
    });
}

TEST_CASE("[MQTT5-4.12.1-2] a re-authentication that is not finished in time fails, however much else the client says") {
    house h;
    (void)h.begin();
    for (int second = 0; second < 9; ++second) {
        h.broker.advance(1s);
        h.phone.send_pingreq();
        h.phone.expect_pingresp();
    }
    h.broker.advance(2s);
    check_disconnected(h.phone, reason::not_authorized);
}

TEST_CASE("[MQTT5 4.12.1] a re-authentication that was finished has no time limit any more") {
    house h;
    h.phone.send(auth_bytes(go_on, {method(), says(h.begin())}));
    CHECK(expect_auth(h.phone).code == 0x00);
    h.broker.advance(1h);
    CHECK(h.phone.silent());
}

TEST_CASE("[MQTT5 4.12.1] AUTH out of turn is a protocol error: a continuation of nothing, a beginning in the middle") {
    house h;
    h.phone.send(auth_bytes(go_on, {method(), says("c=biws,r=client1server1,p=AAAA")}));
    check_disconnected(h.phone, reason::protocol_error);
    house other;
    (void)other.begin();
    other.phone.send(auth_bytes(once_more, {method(), says(other.amy.first())}));
    check_disconnected(other.phone, reason::protocol_error);
}
