// The blocking face against Debian's mosquitto and against our own broker.
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "support/any_broker.hpp"
#include "tepore/sync_client.hpp"

using namespace tepore;
using namespace tepore::testing;
using namespace std::chrono_literals;
using enum mqtt_qos;

namespace {

client_options towards(const any_broker& broker) {
    client_options o;
    o.address = broker.url();
    o.reconnect_min = o.reconnect_max = 20ms;
    return o;
}

}  // namespace

TEST_CASE("connect, subscribe, publish, receive, unsubscribe, stop") {
    any_broker broker;
    sync_client c(towards(broker));
    REQUIRE(c.connect().ok());
    CHECK(c.connected());
    CHECK(c.subscribe("a/+").ok());
    CHECK(c.subscribe({{.filter = "b", .qos = exactly_once}, {.filter = "c"}}).codes == std::vector<std::uint8_t>{2, 0});
    for (const auto q : {at_most_once, at_least_once, exactly_once}) {
        CHECK(c.publish("a/b", "payload", q).ok());
        const auto m = c.receive(10s);
        REQUIRE(m);
        CHECK(m->topic == "a/b");
        CHECK(m->payload == "payload");
    }
    CHECK(!c.receive(20ms));
    CHECK(c.unsubscribe({"a/+", "b", "c"}).ok());
    CHECK(c.publish("a/b", "nobody hears it").ok());
    CHECK(!c.receive(50ms));
    CHECK(c.stop());
    CHECK(!c.receive(10s));
    CHECK(c.publish("a/b", "late").outcome == outcome::cancelled);
    CHECK(c.connect().outcome == outcome::cancelled);
}

TEST_CASE("what cannot be done says why, in its time") {
    any_broker broker;
    SUBCASE("nobody there") {
        auto options = towards(broker);
        broker.kill();
        sync_client c(options);
        const auto r = c.connect(150ms);
        CHECK(r.outcome == outcome::expired);
        CHECK(r.text.find("127.0.0.1") != std::string::npos);
        CHECK(c.publish("a", "", at_least_once, 50ms).outcome == outcome::unknown);
        broker.start();
        CHECK(c.connect().ok());
    }
    SUBCASE("a bad address") {
        sync_client c({.address = "gopher://x"});
        CHECK(c.connect().outcome == outcome::refused);
    }
    SUBCASE("a refused CONNECT") {
        any_broker strict({need::nobody_gets_in});
        sync_client c(towards(strict));
        const auto r = c.connect();
        CHECK(r.outcome == outcome::refused);
        CHECK(r.code == 5);
        CHECK(r.text == "the broker refused the connection: not authorised");
    }
    SUBCASE("a topic that is none") {
        sync_client c(towards(broker));
        REQUIRE(c.connect().ok());
        CHECK(c.publish("a/#", "").outcome == outcome::refused);
    }
}

TEST_CASE("a full inbox stops reading; nothing is lost, and the connection stands") {
    any_broker broker({need::long_queues});
    auto options = towards(broker);
    options.keep_alive = 1s;
    sync_client slow(options), fast(towards(broker));
    REQUIRE(slow.connect().ok());
    REQUIRE(fast.connect().ok());
    REQUIRE(slow.subscribe("t").ok());
    constexpr int count = 5000;
    const std::string filling(500, 'x');
    for (int i = 0; i < count; ++i) REQUIRE(fast.publish("t", std::to_string(i) + filling, at_most_once).ok());
    REQUIRE(fast.publish("t", "end").ok());
    std::this_thread::sleep_for(1500ms);  // longer than the keep alive
    CHECK(slow.connected());
    for (int i = 0; i < count; ++i) {
        const auto m = slow.receive(10s);
        REQUIRE(m);
        REQUIRE(m->payload == std::to_string(i) + filling);
    }
    CHECK(slow.receive(10s)->payload == "end");
}

TEST_CASE("threads that wait are let go by stop") {
    any_broker broker;
    sync_client c(towards(broker));
    REQUIRE(c.connect().ok());
    std::thread waiting([&] { CHECK(!c.receive(1h)); });
    CHECK(c.stop());
    waiting.join();
}
