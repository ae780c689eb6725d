// SUBSCRIBE, UNSUBSCRIBE, and what becomes of subscriptions when the session is lost.
#include "client/conversation.hpp"

using namespace tepore;
using namespace tepore::mqtt_client;
using namespace tepore::mqtt_client::testing;
using enum mqtt_qos;

namespace {

std::vector<std::string> filters_of(const protocol::subscribe& s) {
    std::vector<std::string> filters;
    for (const auto& request : s.requests) filters.emplace_back(request.filter);
    return filters;
}

}  // namespace

TEST_CASE("[MQTT-3.8.1-1] [MQTT-3.8.3-4] [MQTT-2.2.2-1] [MQTT-2.3.1-1] [MQTT5-2.1.3-1] SUBSCRIBE, byte by byte") {
    conversation talk;
    talk.connect();
    const auto id =
        talk.subscribe_all({{.filter = "a/+", .qos = at_least_once, .no_local = true, .retain_handling = 2}, {.filter = "#", .qos = exactly_once}});
    CHECK(talk.expect_bytes() == std::vector<std::uint8_t>{0x82, 12, 0, 1, 0, 3, 'a', '/', '+', 1, 0, 1, '#', 2});
    talk.broker_grants(1, {1, 2});
    CHECK(talk.result(id).ok());
    CHECK(talk.result(id).codes == std::vector<std::uint8_t>{1, 2});
}

TEST_CASE("5.0 subscription options are sent") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    talk.subscribe_all({{.filter = "a", .qos = at_least_once, .no_local = true, .retain_as_published = true, .retain_handling = 2}});
    const auto asked = talk.expect<protocol::subscribe>();
    CHECK((*asked.requests.begin()).options.to_byte() == 0b10'1101);
}

TEST_CASE("one refused filter makes the operation refused; the codes tell which") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    const auto id = talk.subscribe_all({{.filter = "mine"}, {.filter = "not/mine"}});
    talk.broker_grants(talk.expect<protocol::subscribe>().id, {0, 0x87});
    CHECK(talk.outcome_of(id) == outcome::refused);
    CHECK(talk.result(id).code == 0x87);
    CHECK(talk.result(id).codes == std::vector<std::uint8_t>{0, 0x87});
    CHECK(talk.result(id).text.find("\"not/mine\"") != std::string::npos);
    talk.drop();
    talk.connect();
    CHECK(filters_of(talk.expect<protocol::subscribe>()) == std::vector<std::string>{"mine"});
}

TEST_CASE("[MQTT-3.10.1-1] UNSUBSCRIBE, byte by byte; 3.1.1 answers without codes") {
    conversation talk;
    talk.connect();
    const auto id = talk.unsubscribe({"a", "b"});
    CHECK(talk.expect_bytes() == std::vector<std::uint8_t>{0xA2, 8, 0, 1, 0, 1, 'a', 0, 1, 'b'});
    talk.broker_says(protocol::unsuback{.id = 1});
    CHECK(talk.result(id).ok());
    CHECK(talk.result(id).codes == std::vector<std::uint8_t>{0, 0});
}

TEST_CASE("5.0 answers UNSUBSCRIBE for each filter") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    const std::vector<std::uint8_t> nothing_there{0x11}, no{0x87};
    const auto id = talk.unsubscribe({"a"});
    talk.broker_says(protocol::unsuback{.id = talk.expect<protocol::unsubscribe>().id, .codes = nothing_there});
    CHECK(talk.result(id).ok());
    CHECK(talk.result(id).codes == nothing_there);
    const auto refused = talk.unsubscribe({"a"});
    talk.broker_says(protocol::unsuback{.id = talk.expect<protocol::unsubscribe>().id, .codes = no});
    CHECK(talk.outcome_of(refused) == outcome::refused);
}

TEST_CASE("filters that cannot be subscribed to are refused and say why") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    const auto bad = [&](std::string filter) {
        const auto subscribe = talk.subscribe(filter);
        CHECK(talk.outcome_of(subscribe) == outcome::refused);
        CHECK(!talk.result(subscribe).text.empty());
        CHECK(talk.outcome_of(talk.unsubscribe({filter})) == outcome::refused);
        CHECK(talk.silent());
    };
    SUBCASE("[MQTT-4.7.1-2] [MQTT5-4.7.1-1] a misplaced #") {
        bad("a/#/b");
        bad("a#");
    }
    SUBCASE("[MQTT-4.7.1-3] [MQTT5-4.7.1-2] a misplaced +") {
        bad("a+/b");
    }
    SUBCASE("[MQTT-3.8.3-1] [MQTT-3.10.3-1] [MQTT5-3.8.3-1] [MQTT5-3.10.3-1] not UTF-8") {
        bad("\xff");
    }
    SUBCASE("[MQTT-4.7.3-1] empty") {
        bad("");
    }
    SUBCASE("[MQTT-4.7.3-3] too long") {
        bad(std::string(65'536, 'a'));
    }
    SUBCASE("[MQTT5-4.8.2-1] [MQTT5-4.8.2-2] a shared filter without a name or filter") {
        bad("$share//a");
        bad("$share/g");
        bad("$share/g+/a");
    }
    SUBCASE("[MQTT5-3.8.3-4] no_local on a shared subscription") {
        CHECK(talk.outcome_of(talk.subscribe_all({{.filter = "$share/g/a", .no_local = true}})) == outcome::refused);
    }
    SUBCASE("[MQTT-3.8.3-3] [MQTT-3.10.3-2] [MQTT5-3.8.3-2] [MQTT5-3.10.3-2] none at all") {
        CHECK(talk.outcome_of(talk.subscribe_all({})) == outcome::refused);
        CHECK(talk.outcome_of(talk.unsubscribe({})) == outcome::refused);
        CHECK(talk.silent());
    }
}

TEST_CASE("subscriptions asked for while offline are sent on connect, once") {
    conversation talk;
    const auto id = talk.subscribe("a");
    talk.connect();
    talk.broker_grants(talk.expect<protocol::subscribe>().id, {0});
    CHECK(talk.result(id).ok());
    CHECK(talk.silent());
}

TEST_CASE("after a reconnect with a clean session the subscriptions are repeated, with what was granted last") {
    conversation talk;
    talk.connect();
    for (const auto* filter : {"a", "b", "c"}) talk.subscribed(filter);
    talk.subscribed("b", exactly_once);
    talk.unsubscribe({"a"});
    talk.broker_says(protocol::unsuback{.id = talk.expect<protocol::unsubscribe>().id});
    talk.drop();
    talk.connect();
    const auto again = talk.expect<protocol::subscribe>();
    CHECK(filters_of(again) == std::vector<std::string>{"b", "c"});
    CHECK((*again.requests.begin()).options.qos == protocol::qos::exactly_once);
    CHECK(talk.silent());
}

TEST_CASE("subscriptions come before queued messages, and before other requests") {
    conversation talk;
    talk.connect();
    talk.subscribed("a");
    talk.drop();
    talk.publish("a", "echo");
    talk.unsubscribe({"x"});
    talk.connect();
    CHECK(filters_of(talk.expect<protocol::subscribe>()) == std::vector<std::string>{"a"});
    (void)talk.expect<protocol::unsubscribe>();
    (void)talk.expect<protocol::publish>();
}

TEST_CASE("many subscriptions are repeated a few at a time") {
    conversation talk;
    talk.connect();
    for (int i = 0; i < 20; ++i) talk.subscribed("t/" + std::to_string(i));
    talk.drop();
    talk.connect();
    std::size_t repeated = 0;
    while (!talk.silent()) {
        const auto filters = filters_of(talk.expect<protocol::subscribe>());
        CHECK(filters.size() <= repeated_filters_max);
        repeated += filters.size();
    }
    CHECK(repeated == 20);
}

TEST_CASE("a session that is present needs no repetition; one that was lost does") {
    auto options = amy();
    options.clean_start = false;
    conversation talk(options);
    talk.connect();
    talk.subscribed("a");
    talk.drop();
    talk.connect({.session_present = true});
    CHECK(talk.silent());
    talk.drop();
    talk.connect({.session_present = false});
    CHECK(filters_of(talk.expect<protocol::subscribe>()) == std::vector<std::string>{"a"});
}

TEST_CASE("a repeated subscription that is refused now is told") {
    conversation talk;
    talk.connect();
    talk.subscribed("a");
    talk.drop();
    talk.connect();
    talk.broker_grants(talk.expect<protocol::subscribe>().id, {0x80});
    REQUIRE(talk.lost.size() == 1);
    CHECK(talk.lost[0].filter == "a");
    talk.drop();
    talk.connect();
    CHECK(talk.silent());
}

TEST_CASE("a request that was not answered before the connection was lost is asked again") {
    conversation talk;
    talk.connect();
    const auto id = talk.subscribe("a");
    (void)talk.expect<protocol::subscribe>();
    talk.drop();
    CHECK(!talk.done(id));
    talk.connect();
    CHECK(filters_of(talk.expect<protocol::subscribe>()) == std::vector<std::string>{"a"});
    CHECK(talk.silent());
    talk.drop();
    talk.connect();
    talk.broker_grants(talk.expect<protocol::subscribe>().id, {0});
    CHECK(talk.result(id).ok());
}

TEST_CASE("[MQTT5-3.3.4-8] [MQTT5-4.9.0-3] requests and answers are not held back by a full window") {
    auto options = amy();
    options.inflight_max = 1;
    conversation talk(options);
    talk.connect();
    talk.publish("a", "", at_least_once);
    talk.publish("b", "", at_least_once);
    (void)talk.expect<protocol::publish>();
    talk.subscribe("c");
    (void)talk.expect<protocol::subscribe>();
    talk.broker_publishes("d", "", protocol::qos::at_least_once, 3);
    (void)talk.expect_ack(packet_type::puback);
    CHECK(talk.silent());
}
