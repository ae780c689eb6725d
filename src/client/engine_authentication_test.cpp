// Enhanced authentication (5.0: 4.12) from the client's side, with a method of which the test says every word.
#include "client/conversation.hpp"
#include "client/validity.hpp"

using namespace tepore;
using namespace tepore::mqtt_client;
using namespace tepore::mqtt_client::testing;
using protocol::property_id;
using question = authentication_asked::question;

namespace {

constexpr std::string_view method = "GS2-TEST";

/// Has a name only: the tests answer in its place.
struct named final : authenticator {
    std::string method() const override { return std::string(::method); }
    authentication_step begin() override { return {}; }
    authentication_step challenge(const std::optional<std::string>&) override { return {}; }
    std::optional<std::string> success(const std::optional<std::string>&) override { return {}; }
};

client_options with_method() {
    auto options = amy(mqtt_version::v5);
    options.authentication = std::make_shared<named>();
    return options;
}

struct talk : conversation {
    explicit talk(client_options options = with_method()) : conversation(std::move(options)) {}

    void open(authentication_step first = {"first", {}}) {
        engine.opened(now, now + 10s, first);
        look();
    }
    void answer(authentication_step step, std::uint32_t exchange) {
        engine.authentication_answered(exchange, std::move(step), now);
        look();
    }
    void answer(authentication_step step) { answer(std::move(step), last_asked.exchange); }
    /// What the method was asked.
    authentication_asked expect_question(question what) {
        REQUIRE(!asked.empty());
        last_asked = asked.front();
        asked.pop_front();
        CHECK(static_cast<int>(last_asked.what) == static_cast<int>(what));
        return last_asked;
    }
    void broker_asks(reason code, std::optional<std::string_view> data, std::string_view name = method) {
        protocol::property_builder properties;
        properties.text(property_id::authentication_method, name);
        if (data) properties.data(property_id::authentication_data, as_bytes(*data));
        broker_says(protocol::auth{code, properties.view()});
    }
    void broker_lets_in(std::optional<std::string_view> data = "last", std::string_view name = method) {
        protocol::property_builder properties;
        if (!name.empty()) properties.text(property_id::authentication_method, name);
        if (data) properties.data(property_id::authentication_data, as_bytes(*data));
        broker_says(protocol::connack{false, 0, properties.view()});
    }
    /// An AUTH from the client with the method's name.
    std::optional<std::string> expect_auth(reason code) {
        const auto sent = expect<protocol::auth>();
        CHECK(sent.code == code);
        CHECK(sent.properties.text(property_id::authentication_method) == method);
        const auto data = sent.properties.data(property_id::authentication_data);
        return data ? std::optional(std::string(as_text(*data))) : std::nullopt;
    }
    void log_in() {
        open();
        (void)expect<protocol::connect>();
        broker_lets_in();
        (void)expect_question(question::success);
        answer({});
        REQUIRE(engine.online());
    }
    operation_id reauthenticate() {
        const auto id = engine.reauthenticate(now);
        look();
        return id;
    }
    /// The client says goodbye with this code, and closes.
    std::string expect_goodbye(reason code) {
        CHECK(expect<protocol::disconnect>().code == code);
        CHECK(silent());
        return expect_close();
    }

    authentication_asked last_asked;
};

}  // namespace

TEST_CASE("[MQTT5-4.12.0-3] the client answers AUTH with AUTH, Continue authentication, until CONNACK") {
    talk t;
    t.open();
    const auto hello = t.expect<protocol::connect>();
    CHECK(hello.properties.text(property_id::authentication_method) == method);
    CHECK(as_text(hello.properties.data(property_id::authentication_data).value()) == "first");
    for (const std::string round : {"1", "2", "3"}) {
        t.broker_asks(reason::continue_authentication, "question " + round);
        CHECK(t.expect_question(question::challenge).data == "question " + round);
        CHECK(t.silent());
        t.answer({"answer " + round, {}});
        CHECK(t.expect_auth(reason::continue_authentication) == "answer " + round);
    }
    t.broker_lets_in();
    CHECK(t.expect_question(question::success).data == "last");
    CHECK(!t.engine.online());
    t.answer({});
    CHECK(t.engine.online());
    CHECK(t.last_connected);
}

TEST_CASE("[MQTT5-4.12.0-3] a method without data sends none") {
    talk t;
    t.open({});
    CHECK(!t.expect<protocol::connect>().properties.data(property_id::authentication_data));
    t.broker_asks(reason::continue_authentication, std::nullopt);
    CHECK(!t.expect_question(question::challenge).data);
    t.answer({});
    CHECK(!t.expect_auth(reason::continue_authentication));
    t.broker_lets_in(std::nullopt);
    CHECK(!t.expect_question(question::success).data);
}

TEST_CASE("[MQTT5-3.1.2-30] [MQTT5-4.12.0-5] nothing but AUTH goes out before CONNACK, and nothing before its data are proven") {
    talk t;
    const auto waiting = t.publish("a", "x", mqtt_qos::at_least_once);
    (void)t.subscribe("b");
    t.open();
    (void)t.expect<protocol::connect>();
    (void)t.publish("a", "y");
    t.advance(5s);
    t.broker_asks(reason::continue_authentication, "?");
    (void)t.expect_question(question::challenge);
    CHECK(t.silent());
    t.answer({"!", {}});
    (void)t.expect_auth(reason::continue_authentication);
    CHECK(t.silent());
    t.broker_lets_in();
    (void)t.expect_question(question::success);
    CHECK(t.silent());
    CHECK(!t.last_connected);
    t.answer({});
    (void)t.expect<protocol::subscribe>();
    t.broker_acks(packet_type::puback, t.expect<protocol::publish>().id);
    CHECK(t.result(waiting).ok());
}

TEST_CASE("[MQTT5 4.12] what comes with and after CONNACK waits until the broker has proven itself, also in pieces") {
    talk t;
    t.open();
    (void)t.expect<protocol::connect>();
    t.broker_lets_in();
    t.broker_publishes("a", "1");
    t.broker_says_bytes({0x30, 4, 0, 1});
    CHECK(t.messages.empty());
    t.broker_says_bytes({'a'});
    (void)t.expect_question(question::success);
    CHECK(t.asked.empty());  // it is asked once
    t.answer({});
    CHECK(t.expect_message().payload == "1");
    CHECK(t.messages.empty());
    t.broker_says_bytes({0, 'x'});
    CHECK(t.messages.size() == 1);
}

TEST_CASE("[MQTT5-4.12.1-2] a broker that proves nothing is left: nothing was sent to it, and the reason is told") {
    talk t;
    (void)t.publish("a", "private");
    t.open();
    (void)t.expect<protocol::connect>();
    t.broker_lets_in();
    (void)t.expect_question(question::success);
    t.answer({std::nullopt, "it does not know the password"});
    CHECK(t.expect_goodbye(reason::unspecified_error) == "authentication failed: it does not know the password");
    CHECK(!t.last_connected);
}

TEST_CASE("[MQTT5 4.12] a method that has no answer ends the connection with its words") {
    talk t;
    t.open({std::nullopt, "no ticket"});
    CHECK(t.silent());
    CHECK(t.expect_close().starts_with("authentication is not possible: no ticket"));
    t.open();
    (void)t.expect<protocol::connect>();
    t.broker_asks(reason::continue_authentication, "?");
    (void)t.expect_question(question::challenge);
    t.answer({std::nullopt, "the ticket is too old"});
    CHECK(t.expect_goodbye(reason::unspecified_error).starts_with("authentication failed: the ticket is too old"));
}

TEST_CASE("[MQTT5 4.12] an answer of a connection that is over goes nowhere") {
    talk t;
    t.open();
    (void)t.expect<protocol::connect>();
    t.broker_asks(reason::continue_authentication, "?");
    const auto old = t.expect_question(question::challenge);
    t.drop();
    t.answer({"too late", {}}, old.exchange);
    t.open();
    (void)t.expect<protocol::connect>();
    t.answer({"too late", {}}, old.exchange);
    CHECK(t.silent());
    t.broker_asks(reason::continue_authentication, "?");
    (void)t.expect_question(question::challenge);
    t.answer({"too late", {}}, old.exchange);
    CHECK(t.silent());
    t.answer({"in time", {}});
    CHECK(t.expect_auth(reason::continue_authentication) == "in time");
}

TEST_CASE("[MQTT5 4.12] a refusal is told as such, and proves nothing") {
    talk t;
    t.open();
    (void)t.expect<protocol::connect>();
    t.broker_says(protocol::connack{false, 0x87, {}});
    CHECK(t.asked.empty());
    CHECK(t.last_refusal == 0x87);
    CHECK(t.expect_close().find("Not authorized") != std::string::npos);
}

TEST_CASE("[MQTT5 4.12] a broker that falls silent in the middle is left in time") {
    talk t;
    t.open();
    (void)t.expect<protocol::connect>();
    t.broker_asks(reason::continue_authentication, "?");
    (void)t.expect_question(question::challenge);
    t.answer({"!", {}});
    (void)t.expect_auth(reason::continue_authentication);
    t.advance(11s);
    CHECK(t.expect_close().find("did not answer CONNECT in time") != std::string::npos);
}

TEST_CASE("[MQTT5-4.12.0-5] [MQTT5-4.12.0-6] a broker that names another method, or one that was not asked for, broke the protocol") {
    SUBCASE("AUTH with another method") {
        talk t;
        t.open();
        (void)t.expect<protocol::connect>();
        t.broker_asks(reason::continue_authentication, "?", "PLAIN");
        CHECK(t.expect_goodbye(reason::protocol_error).find("MQTT5-4.12.0-5") != std::string::npos);
    }
    SUBCASE("CONNACK with another method, or none") {
        for (const auto name : {"PLAIN", ""}) {
            talk t;
            t.open();
            (void)t.expect<protocol::connect>();
            t.broker_lets_in("last", name);
            CHECK(t.asked.empty());
            CHECK(t.expect_goodbye(reason::protocol_error).find("MQTT5-4.12.0-5") != std::string::npos);
        }
    }
    SUBCASE("AUTH, though CONNECT named no method") {
        talk t(amy(mqtt_version::v5));
        t.open({});
        CHECK(!t.expect<protocol::connect>().properties.text(property_id::authentication_method));
        t.broker_asks(reason::continue_authentication, "?");
        CHECK(t.expect_goodbye(reason::protocol_error).find("MQTT5-4.12.0-6") != std::string::npos);
    }
    SUBCASE("CONNACK with a method, though CONNECT named none") {
        talk t(amy(mqtt_version::v5));
        t.open({});
        (void)t.expect<protocol::connect>();
        t.broker_lets_in();
        CHECK(t.expect_goodbye(reason::protocol_error).find("MQTT5-4.12.0-6") != std::string::npos);
    }
}

TEST_CASE("[MQTT5-3.15.2-1] [MQTT5-4.12.0-2] a broker's AUTH out of turn, or with a client's reason code, broke the protocol") {
    SUBCASE("re-authenticate") {
        talk t;
        t.open();
        (void)t.expect<protocol::connect>();
        t.broker_asks(reason::reauthenticate, "?");
        CHECK(t.expect_goodbye(reason::protocol_error).find("MQTT5-3.15.2-1") != std::string::npos);
    }
    SUBCASE("success before CONNACK") {
        talk t;
        t.open();
        (void)t.expect<protocol::connect>();
        t.broker_asks(reason::success, "?");
        (void)t.expect_goodbye(reason::protocol_error);
    }
    SUBCASE("a second question before the first was answered") {
        talk t;
        t.open();
        (void)t.expect<protocol::connect>();
        t.broker_asks(reason::continue_authentication, "1");
        t.broker_asks(reason::continue_authentication, "2");
        (void)t.expect_goodbye(reason::protocol_error);
    }
    SUBCASE("CONNACK before the question was answered") {
        talk t;
        t.open();
        (void)t.expect<protocol::connect>();
        t.broker_asks(reason::continue_authentication, "1");
        t.broker_lets_in();
        (void)t.expect_goodbye(reason::protocol_error);
    }
    SUBCASE("when nobody asked, on a connection that stands") {
        for (const auto code : {reason::continue_authentication, reason::success}) {
            talk t;
            t.log_in();
            t.broker_asks(code, "?");
            (void)t.expect_goodbye(reason::protocol_error);
        }
    }
    SUBCASE("another packet before CONNACK") {
        talk t;
        t.open();
        (void)t.expect<protocol::connect>();
        t.broker_publishes("a", "x");
        (void)t.expect_goodbye(reason::protocol_error);
    }
}

TEST_CASE("[MQTT5-3.15.1-1] AUTH with reserved bits from the broker is malformed") {
    talk t;
    t.open();
    (void)t.expect<protocol::connect>();
    t.broker_says_bytes({0xF1, 6, 0x18, 4, 0x15, 0, 1, 'm'});
    (void)t.expect_goodbye(reason::malformed_packet);
}

TEST_CASE("[MQTT5-4.12.1-1] re-authentication: AUTH with Re-authenticate and the same method, questions and answers, and the end is told once") {
    talk t;
    t.log_in();
    for (int round = 0; round < 2; ++round) {
        const auto id = t.reauthenticate();
        CHECK(!t.engine.idle());
        (void)t.expect_question(question::begin);
        t.answer({"again", {}});
        CHECK(t.expect_auth(reason::reauthenticate) == "again");
        t.broker_asks(reason::continue_authentication, "?");
        CHECK(t.expect_question(question::challenge).data == "?");
        t.answer({"!", {}});
        CHECK(t.expect_auth(reason::continue_authentication) == "!");
        t.broker_asks(reason::success, "last");
        CHECK(!t.done(id));
        CHECK(t.expect_question(question::success).data == "last");
        t.answer({});
        CHECK(t.result(id).ok());
        CHECK(t.engine.idle());
        CHECK(t.engine.online());
    }
    t.advance(20s);
    CHECK(t.engine.online());
}

TEST_CASE("[MQTT5 4.12.1] messages flow both ways while the client authenticates again") {
    talk t;
    t.log_in();
    (void)t.reauthenticate();
    (void)t.expect_question(question::begin);
    t.broker_publishes("a", "1");
    CHECK(t.expect_message().payload == "1");
    (void)t.publish("b", "2");
    CHECK(as_text(t.expect<protocol::publish>().payload) == "2");
    t.answer({"again", {}});
    (void)t.expect_auth(reason::reauthenticate);
    t.broker_publishes("a", "3");
    CHECK(t.expect_message().payload == "3");
    (void)t.publish("b", "4");
    CHECK(as_text(t.expect<protocol::publish>().payload) == "4");
}

TEST_CASE("[MQTT5-4.12.1-2] a re-authentication that fails ends the connection, and the operation tells why") {
    talk t;
    t.log_in();
    SUBCASE("the broker says no") {
        const auto id = t.reauthenticate();
        (void)t.expect_question(question::begin);
        t.answer({"again", {}});
        (void)t.expect_auth(reason::reauthenticate);
        t.broker_says(protocol::disconnect{reason::not_authorized, {}});
        CHECK(t.outcome_of(id) == outcome::refused);
        CHECK(t.result(id).code == 0x87);
        CHECK(t.expect_close().find("Not authorized") != std::string::npos);
    }
    SUBCASE("the broker proves nothing") {
        const auto id = t.reauthenticate();
        (void)t.expect_question(question::begin);
        t.answer({"again", {}});
        (void)t.expect_auth(reason::reauthenticate);
        t.broker_asks(reason::success, "nonsense");
        (void)t.expect_question(question::success);
        t.answer({std::nullopt, "wrong signature"});
        CHECK(t.result(id).text == "wrong signature");
        CHECK(t.expect_goodbye(reason::unspecified_error) == "authentication failed: wrong signature");
    }
    SUBCASE("the broker falls silent") {
        const auto id = t.reauthenticate();
        (void)t.expect_question(question::begin);
        t.answer({"again", {}});
        (void)t.expect_auth(reason::reauthenticate);
        t.advance(11s);
        CHECK(t.expect_goodbye(reason::unspecified_error).find("in time") != std::string::npos);
        CHECK(t.outcome_of(id) == outcome::unknown);
    }
    SUBCASE("the network fails") {
        const auto id = t.reauthenticate();
        t.drop();
        CHECK(t.outcome_of(id) == outcome::unknown);
    }
    SUBCASE("the client is stopped") {
        const auto id = t.reauthenticate();
        t.engine.give_up();
        t.look();
        CHECK(t.outcome_of(id) == outcome::unknown);
    }
}

TEST_CASE("[MQTT5-4.12.0-7] a client that logged in without a method never sends AUTH") {
    talk t(amy(mqtt_version::v5));
    t.open({});
    (void)t.expect<protocol::connect>();
    t.broker_says(protocol::connack{});
    REQUIRE(t.engine.online());
    const auto id = t.reauthenticate();
    CHECK(t.outcome_of(id) == outcome::refused);
    CHECK(t.silent());
    CHECK(t.asked.empty());
}

TEST_CASE("re-authentication is refused while there is no connection, and while another one is under way") {
    talk t;
    CHECK(t.result(t.reauthenticate()).text == "the client is not connected");
    t.open();
    CHECK(t.outcome_of(t.reauthenticate()) == outcome::refused);
    (void)t.expect<protocol::connect>();
    t.broker_lets_in();
    CHECK(t.outcome_of(t.reauthenticate()) == outcome::refused);
    (void)t.expect_question(question::success);
    t.answer({});
    const auto first = t.reauthenticate();
    CHECK(t.result(t.reauthenticate()).text == "another re-authentication is under way");
    CHECK(!t.done(first));
}

TEST_CASE("[MQTT5-3.1.2-24] [MQTT5-3.2.2-15] an AUTH that is larger than the broker takes is not sent") {
    talk t;
    t.open();
    (void)t.expect<protocol::connect>();
    protocol::property_builder properties;
    properties.text(property_id::authentication_method, method).number(property_id::maximum_packet_size, 30);
    t.broker_says(protocol::connack{false, 0, properties.view()});
    (void)t.expect_question(question::success);
    t.answer({});
    (void)t.reauthenticate();
    (void)t.expect_question(question::begin);
    t.answer({std::string(30, 'x'), {}});
    CHECK(t.expect_goodbye(reason::unspecified_error).find("as large as AUTH") != std::string::npos);
}

TEST_CASE("only MQTT 5.0 has enhanced authentication") {
    auto options = with_method();
    CHECK(!fault_of(options));
    options.version = mqtt_version::v3_1_1;
    CHECK(fault_of(options) == "only MQTT 5.0 has enhanced authentication");
}
