// The coroutine face against Debian's mosquitto and against our own broker. Also what proves that g++ 12 compiles it right: run it under the
// sanitizers.
#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/any_broker.hpp"
#include "tepore/coro.hpp"

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

task<std::string> echo(connection* c, std::string topic, std::string payload, mqtt_qos q) {
    auto granted = co_await c->subscribe(topic, {.qos = q});
    if (!granted.ok()) co_return granted.text;
    auto sent = co_await c->publish(topic, payload, {.qos = q, .content_type = "text/plain"});
    if (!sent.ok()) co_return sent.text;
    auto heard = co_await c->receive(10s);
    if (!heard) co_return "nothing came";
    auto left = co_await c->unsubscribe(topic);
    co_return left.ok() ? heard->payload : left.text;
}

task<int> add_up(connection* c, int depth) {
    if (depth == 0) co_return 0;
    auto sent = co_await c->publish("t", "x");
    auto below = co_await add_up(c, depth - 1);
    co_return below + (sent.ok() ? 1 : 0);
}

}  // namespace

TEST_CASE("subscribe, publish, receive, unsubscribe, every QoS, both versions") {
    any_broker broker;
    for (const auto v : {mqtt_version::v3_1_1, mqtt_version::v5}) {
        auto options = towards(broker);
        options.version = v;
        connection c(options);
        REQUIRE(!c.start());
        for (const auto q : {at_most_once, at_least_once, exactly_once}) {
            CHECK(block_on(echo(&c, "echo/topic/with/a/long/name/that/fits/no/small/string", std::string(1000, 'p'), q)) == std::string(1000, 'p'));
        }
        CHECK(c.stop());
    }
}

TEST_CASE("tasks await tasks, deep") {
    any_broker broker;
    connection c(towards(broker));
    REQUIRE(!c.start());
    CHECK(block_on(add_up(&c, 500)) == 500);
}

TEST_CASE("operations are under way before they are awaited") {
    any_broker broker;
    connection c(towards(broker));
    REQUIRE(!c.start());
    const auto many = [](connection* to) -> task<int> {
        std::vector<connection::operation> under_way;
        for (int i = 0; i < 200; ++i) under_way.push_back(to->publish("t", "x"));
        int good = 0;
        for (auto& operation : under_way) {
            auto r = co_await operation;
            good += r.ok() ? 1 : 0;
        }
        co_return good;
    };
    CHECK(block_on(many(&c)) == 200);
}

TEST_CASE("two coroutines talk to each other") {
    any_broker broker;
    connection ping(towards(broker)), pong(towards(broker));
    REQUIRE(!ping.start());
    REQUIRE(!pong.start());
    std::atomic<int> answered{0};
    spawn([](connection* c, std::atomic<int>* count) -> task<void> {
        auto granted = co_await c->subscribe("ping");
        if (!granted.ok()) co_return;
        for (;;) {
            auto m = co_await c->receive();
            if (!m) co_return;  // stopped
            auto sent = co_await c->publish("pong", m->payload);
            if (sent.ok()) ++*count;
        }
    }(&pong, &answered));
    const auto play = [](connection* c) -> task<int> {
        auto granted = co_await c->subscribe("pong");
        int rounds = 0;
        for (int attempt = 0; granted.ok() && rounds < 100 && attempt < 1000; ++attempt) {
            auto sent = co_await c->publish("ping", std::to_string(rounds));
            if (!sent.ok()) break;
            auto back = co_await c->receive(100ms);  // the other side may not have subscribed yet
            if (back && back->payload == std::to_string(rounds)) ++rounds;
        }
        co_return rounds;
    };
    CHECK(block_on(play(&ping)) == 100);
    CHECK(ping.stop());
    CHECK(pong.stop());
    CHECK(answered >= 100);
}

TEST_CASE("time over, stop, exceptions: every suspended task goes on") {
    any_broker broker;
    connection c(towards(broker));
    const auto in_vain = [](connection* of) -> task<bool> {
        auto m = co_await of->receive(30ms);
        co_return m.has_value();
    };
    const auto until_stopped = [](connection* of, std::atomic<int>* ended) -> task<void> {
        auto m = co_await of->receive();
        if (!m) ++*ended;
    };
    const auto until_online = [](connection* of, std::atomic<int>* ended) -> task<void> {
        auto up = co_await of->online();
        if (up) ++*ended;
    };
    std::atomic<int> ended{0}, up{0};
    spawn(until_online(&c, &up));
    REQUIRE(!c.start());
    const auto online = [](connection* of) -> task<bool> {
        auto is = co_await of->online();
        co_return is;
    };
    CHECK(block_on(online(&c)));
    CHECK(!block_on(in_vain(&c)));
    for (int i = 0; i < 10; ++i) spawn(until_stopped(&c, &ended));
    CHECK(c.stop());
    CHECK(ended == 10);
    CHECK(up == 1);
    CHECK(!block_on(online(&c)));
    CHECK(!block_on(in_vain(&c)));
    const auto late = [](connection* of) -> task<outcome> {
        auto r = co_await of->publish("t", "late");
        co_return r.outcome;
    };
    CHECK(block_on(late(&c)) == outcome::cancelled);
    const auto broken = [](connection* of) -> task<void> {
        auto r = co_await of->publish("t", "late");
        throw std::runtime_error(r.text);
    };
    CHECK_THROWS_AS(block_on(broken(&c)), std::runtime_error);
}
