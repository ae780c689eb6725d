// What 5.0 adds, over real sockets, with both brokers.
#include <doctest/doctest.h>

#include <map>

#include "client/witness.hpp"
#include "support/any_broker.hpp"
#include "tepore/client.hpp"

using namespace tepore;
using namespace tepore::testing;
using enum mqtt_qos;

namespace {

client_options v5(const any_broker& broker, std::string id) {
    client_options o;
    o.address = broker.url();
    o.version = mqtt_version::v5;
    o.client_id = std::move(id);
    o.reconnect_min = 20ms;
    o.reconnect_max = 200ms;
    return o;
}

/// A client that is connected, and what it saw.
struct person {
    explicit person(const client_options& options) : it(options, seen.handlers()) {
        REQUIRE(!it.start());
        REQUIRE(seen.connected());
    }
    operation_result publishes(message m) {
        witness w;
        it.publish(std::move(m), w.done());
        REQUIRE(w.completed(1));
        return w.results[0];
    }
    witness seen;
    client it;
};

message with_everything() {
    message m{.topic = "t", .payload = "x", .qos = at_least_once};
    m.properties = {3600, true, "text/plain", "answers/to/me", std::string("c\0d", 3), {{"k", "2"}, {"k", "1"}, {"a", ""}}, {}};
    return m;
}

}  // namespace

TEST_CASE("every property of a message arrives, user properties in order") {
    any_broker broker;
    person amy(v5(broker, "amy"));
    subscribe_and_wait(amy.it, "t", exactly_once);
    const auto sent = with_everything();
    CHECK(amy.publishes(sent).ok());
    REQUIRE(amy.seen.received(1));
    const auto& p = amy.seen.messages[0].properties;
    CHECK(p.message_expiry_s.value_or(0) > 3500);
    CHECK(p.message_expiry_s.value_or(9999) <= 3600);
    CHECK(p.payload_is_utf8 == true);
    CHECK(p.content_type == sent.properties.content_type);
    CHECK(p.response_topic == sent.properties.response_topic);
    CHECK(p.correlation_data == sent.properties.correlation_data);
    CHECK(p.user == sent.properties.user);
    CHECK(p.subscription_ids.empty());
}

TEST_CASE("the will has properties too; a goodbye that asks for the will gets it") {
    any_broker broker;
    person amy(v5(broker, "amy"));
    subscribe_and_wait(amy.it, "t", exactly_once);
    auto options = v5(broker, "bob");
    options.will = with_everything();
    person bob(options);
    CHECK(bob.it.stop(2000ms, {.with_will = true}));
    REQUIRE(amy.seen.received(1));
    CHECK(amy.seen.messages[0].properties.user == options.will->properties.user);
    CHECK(amy.seen.messages[0].properties.correlation_data == options.will->properties.correlation_data);
}

TEST_CASE("each subscription's handler hears its own messages, by identifiers or by topics") {
    any_broker broker;
    for (const auto v : {mqtt_version::v5, mqtt_version::v3_1_1}) {
        auto options = v5(broker, "amy");
        options.version = v;
        person amy(options);
        witness heard;
        std::map<std::string, std::string> by_handler;
        const auto hears = [&](std::string filter, std::string name) {
            witness granted;
            amy.it.subscribe({{.filter = std::move(filter), .qos = at_least_once}}, granted.done(),
                             {.on_message = [&, name](const message& m) { heard.note([&] { by_handler[name] += m.payload; }); }});
            REQUIRE(granted.completed(1));
            REQUIRE(granted.results[0].ok());
        };
        hears("a/#", "first");
        hears("b/+", "second");
        if (v == mqtt_version::v5) hears("a/b", "third");  // overlapping ones: only identifiers can tell
        subscribe_and_wait(amy.it, "c", at_least_once);
        for (const auto* topic : {"a/b", "a/x", "b/x", "c"}) CHECK(amy.publishes({.topic = topic, .payload = topic, .qos = at_least_once}).ok());
        REQUIRE(amy.seen.received(1));
        CHECK(amy.seen.messages[0].topic == "c");
        REQUIRE(heard.wait([&] { return by_handler["first"] == "a/ba/x" && by_handler["second"] == "b/x"; }));
        CHECK(by_handler["third"] == (v == mqtt_version::v5 ? "a/b" : ""));
        witness gone;
        amy.it.unsubscribe({"a/#"}, gone.done());
        REQUIRE(gone.completed(1));
        CHECK(amy.publishes({.topic = "a/x", .payload = "late", .qos = at_least_once}).ok());
        CHECK(amy.publishes({.topic = "c", .payload = "end", .qos = at_least_once}).ok());
        REQUIRE(amy.seen.received(2));
        CHECK(by_handler["first"] == "a/ba/x");
        CHECK(amy.it.stop());
    }
}

TEST_CASE("a subscription identifier of the user's own comes back") {
    any_broker broker;
    person amy(v5(broker, "amy"));
    witness granted;
    amy.it.subscribe({{.filter = "t", .qos = at_least_once}}, granted.done(), {.subscription_id = 268'435'455});
    REQUIRE(granted.completed(1));
    REQUIRE(granted.results[0].ok());
    CHECK(amy.publishes({.topic = "t"}).ok());
    REQUIRE(amy.seen.received(1));
    CHECK(amy.seen.messages[0].properties.subscription_ids == std::vector<std::uint32_t>{268'435'455});
}

TEST_CASE("the broker chooses the client id, and the client keeps it") {
    any_broker broker;
    auto options = v5(broker, "");
    options.client_id_from_broker = true;
    person amy(options);
    const auto id = amy.seen.connections[0].client_id;
    CHECK(!id.empty());
    broker.kill();
    REQUIRE(amy.seen.lost());
    broker.start();
    REQUIRE(amy.seen.connected(2));
    CHECK(amy.seen.connections[1].client_id == id);
}

TEST_CASE("topic aliases both ways: thousands of messages over a few topics, each with its own topic") {
    any_broker broker({need::long_queues});
    person amy(v5(broker, "amy"));
    CHECK(amy.seen.connections[0].topic_alias_maximum > 0);
    subscribe_and_wait(amy.it, "house/#", exactly_once);
    constexpr int count = 3000;
    for (int i = 0; i < count; ++i)
        amy.it.publish({.topic = "house/room/" + std::to_string(i % 37), .payload = std::to_string(i), .qos = static_cast<mqtt_qos>(i % 3)});
    REQUIRE(amy.seen.received(count));
    for (const auto& m : amy.seen.messages) REQUIRE(m.topic == "house/room/" + std::to_string(std::stoi(m.payload) % 37));
}

TEST_CASE("the session's life may be changed at the end") {
    any_broker broker;
    const auto was_kept = [&](std::optional<std::uint32_t> at_the_end) {
        auto options = v5(broker, "amy");
        options.session_expiry_s = 3600;
        {
            person amy(options);
            subscribe_and_wait(amy.it, "t", at_least_once);
            CHECK(amy.it.stop(2000ms, {.session_expiry_s = at_the_end}));
        }
        options.clean_start = false;
        person again(options);
        return again.seen.connections[0].session_present;
    };
    CHECK(was_kept({}));
    CHECK(!was_kept(0));
    CHECK(was_kept(100));
}

TEST_CASE("a client that is taken over is told so") {
    any_broker broker;
    witness w;
    std::vector<server_goodbye> told;
    auto handlers = w.handlers();
    handlers.on_server_disconnect = [&](const server_goodbye& said) { w.note([&] { told.push_back(said); }); };
    auto options = v5(broker, "amy");
    options.reconnect_min = options.reconnect_max = 60s;
    client first(options, handlers);
    REQUIRE(!first.start());
    REQUIRE(w.connected());
    person second(options);
    REQUIRE(w.lost());
    if (!any_broker::has(need::goodbyes)) return;
    REQUIRE_MESSAGE(told.size() == 1, w.losses[0]);
    CHECK(told[0].code == 0x8E);
}

TEST_CASE("a message above our maximum packet size is not for us; the connection stands") {
    any_broker broker;
    auto options = v5(broker, "amy");
    options.packet_bytes_max = 1000;
    person amy(options);
    subscribe_and_wait(amy.it, "t", at_least_once);
    person bob(v5(broker, "bob"));
    CHECK(bob.publishes({.topic = "t", .payload = std::string(2000, 'x'), .qos = at_least_once}).ok());
    CHECK(bob.publishes({.topic = "t", .payload = "small", .qos = at_least_once}).ok());
    REQUIRE(amy.seen.received(1));
    CHECK(amy.seen.messages[0].payload == "small");
    CHECK(amy.seen.losses.empty());
}

TEST_CASE("a client that takes few unacknowledged messages gets them all, a few at a time") {
    // QoS 1 is acknowledged at once. Only QoS 2 shows a broker that sends too many.
    const auto qos = any_broker::has(need::receive_maximum_at_qos_2) ? exactly_once : at_least_once;
    any_broker broker({need::long_queues});
    auto options = v5(broker, "amy");
    options.receive_maximum = 2;
    person amy(options);
    subscribe_and_wait(amy.it, "t", qos);
    person bob(v5(broker, "bob"));
    for (int i = 0; i < 500; ++i) bob.it.publish({.topic = "t", .payload = std::to_string(i), .qos = qos});
    REQUIRE_MESSAGE(amy.seen.received(500), amy.seen.messages.size(), " messages; ", amy.seen.losses.empty() ? "" : amy.seen.losses[0]);
    for (int i = 0; i < 500; ++i) CHECK(amy.seen.messages[static_cast<std::size_t>(i)].payload == std::to_string(i));
    CHECK(amy.seen.losses.empty());
}

TEST_CASE("nobody listens: 5.0 brokers may say so; an answer's code is told") {
    any_broker broker;
    person amy(v5(broker, "amy"));
    const auto r = amy.publishes({.topic = "nobody/here", .qos = at_least_once});
    CHECK(r.ok());
    CHECK((r.code == 0 || r.code == 0x10));
    witness w;
    amy.it.unsubscribe({"never/subscribed"}, w.done());
    REQUIRE(w.completed(1));
    CHECK(w.results[0].codes == std::vector<std::uint8_t>{0x11});
}
