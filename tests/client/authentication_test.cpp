// Enhanced authentication over real sockets: the client library and the broker's program, SCRAM-SHA-256 between them.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdio>

#include "client/witness.hpp"
#include "support/broker_process.hpp"
#include "tepore/client.hpp"
#include "tepore/sync_client.hpp"

using namespace tepore;
using namespace tepore::testing;
using enum mqtt_qos;

namespace {

/// Our broker with three workers, and the user "amy" with the password "secret".
class broker_with_amy : public broker_process {
public:
    broker_with_amy() {
        const std::string program = std::getenv("TEPORE_TEST_BROKER");
        const auto users = (directory() / "users").string();
        auto* passwd = ::popen(("'" + program + "' passwd --iterations 4096 '" + users + "' amy").c_str(), "w");
        REQUIRE(passwd != nullptr);
        std::fputs("secret\n", passwd);
        REQUIRE(::pclose(passwd) == 0);
        launch({program, "broker", "--workers", "3", "--users-file", users, "--password-login=false", "--listen",
                "tcp://127.0.0.1:" + std::to_string(port()), "--listen", "ws://127.0.0.1:" + std::to_string(websocket_port())});
    }
};

client_options amy(std::string address, std::string id, std::string password = "secret") {
    client_options o;
    o.address = std::move(address);
    o.version = mqtt_version::v5;
    o.client_id = std::move(id);
    o.user_name = "amy";
    o.password = std::move(password);
    o.scram_sha_256 = true;
    o.reconnect_min = 20ms;
    o.reconnect_max = 200ms;
    return o;
}

/// SCRAM that does not believe the broker, and counts what it was asked.
struct distrustful final : authenticator {
    std::shared_ptr<authenticator> real = make_scram_sha_256("amy", "secret");
    std::atomic<int> begun{0};
    std::atomic<int> challenged{0};
    std::string method() const override { return real->method(); }
    authentication_step begin() override { return ++begun, real->begin(); }
    authentication_step challenge(const std::optional<std::string>& data) override { return ++challenged, real->challenge(data); }
    std::optional<std::string> success(const std::optional<std::string>& data) override {
        CHECK(!real->success(data));
        return "I do not like its face";
    }
};

}  // namespace

TEST_CASE("clients log in by SCRAM-SHA-256, over TCP and WebSocket, whichever worker their session belongs to") {
    broker_with_amy broker;
    for (int n = 0; n < 12; ++n) {
        witness seen;
        client c(amy(n % 2 == 0 ? broker.url() : broker.websocket_url(), "client" + std::to_string(n)), seen.handlers());
        REQUIRE(!c.start());
        REQUIRE(seen.connected());
        c.publish({.topic = "a", .payload = "x", .qos = at_least_once}, seen.done());
        REQUIRE(seen.completed(1));
        CHECK(seen.results[0].ok());
    }
    CHECK(broker.log().find("secret") == std::string::npos);
}

TEST_CASE("a wrong password is refused, and the client is told the code") {
    broker_with_amy broker;
    sync_client c(amy(broker.url(), "wrong", "guess"));
    const auto r = c.connect();
    CHECK(r.outcome == outcome::refused);
    CHECK(r.code == 0x87);
    CHECK(r.text.find("Not authorized") != std::string::npos);
}

TEST_CASE("without the flag the password is sent, and this broker does not want it") {
    broker_with_amy broker;
    auto plain = amy(broker.url(), "plain");
    plain.scram_sha_256 = false;
    sync_client c(plain);
    CHECK(c.connect().code == 0x87);
}

TEST_CASE("after the broker was away, the client logs in again") {
    broker_with_amy broker;
    witness seen;
    client c(amy(broker.url(), "patient"), seen.handlers());
    REQUIRE(!c.start());
    REQUIRE(seen.connected());
    broker.kill();
    broker.start();
    CHECK(seen.connected(2));
}

TEST_CASE("a client authenticates again while its messages flow, and none is lost") {
    broker_with_amy broker;
    witness seen;
    client c(amy(broker.url(), "busy"), seen.handlers());
    REQUIRE(!c.start());
    REQUIRE(seen.connected());
    subscribe_and_wait(c, "flow", exactly_once);
    witness again;
    constexpr std::size_t rounds = 20;
    constexpr std::size_t messages_a_round = 25;
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t n = 0; n < messages_a_round; ++n) c.publish({.topic = "flow", .payload = "x", .qos = exactly_once});
        c.reauthenticate(again.done());
        REQUIRE(again.completed(round + 1));
    }
    REQUIRE(seen.received(rounds * messages_a_round));
    CHECK(c.stop(10s));
    for (const auto& r : again.results) CHECK_MESSAGE(r.ok(), r.text);
    CHECK(seen.messages.size() == rounds * messages_a_round);
    CHECK(seen.connections.size() == 1);
}

TEST_CASE("the blocking face authenticates again too") {
    broker_with_amy broker;
    sync_client c(amy(broker.url(), "sync"));
    REQUIRE(c.connect().ok());
    CHECK(c.reauthenticate().ok());
    CHECK(c.publish("a", "x").ok());
}

TEST_CASE("a method of the user's own is asked step by step; when it does not believe the broker, the client leaves and sends nothing") {
    broker_with_amy broker;
    witness listening;
    client listener(amy(broker.url(), "listener"), listening.handlers());
    REQUIRE(!listener.start());
    REQUIRE(listening.connected());
    subscribe_and_wait(listener, "private", at_least_once);

    const auto method = std::make_shared<distrustful>();
    auto options = amy(broker.url(), "distrustful");
    options.scram_sha_256 = false;
    options.authentication = method;
    options.reconnect_min = options.reconnect_max = 1h;
    witness seen;
    client c(options, seen.handlers());
    c.publish({.topic = "private", .payload = "x", .qos = at_least_once});
    REQUIRE(!c.start());
    REQUIRE(seen.lost());
    c.stop(0ms);
    CHECK(seen.losses[0].find("I do not like its face") != std::string::npos);
    CHECK(seen.connections.empty());
    CHECK(method->begun == 1);
    CHECK(method->challenged == 1);

    // What is published after it arrives, so nothing before it did.
    listener.publish({.topic = "private", .payload = "last", .qos = at_least_once});
    REQUIRE(listening.received(1));
    CHECK(listening.messages[0].payload == "last");
}

TEST_CASE("options that cannot work are refused at the start") {
    const auto refusal = [](client_options o) { return client(std::move(o), {}).start().value_or(""); };
    auto old = amy("mqtt://127.0.0.1:1", "a");
    old.version = mqtt_version::v3_1_1;
    CHECK(refusal(old).find("MQTT 5.0") != std::string::npos);
    CHECK(refusal(amy("mqtt://127.0.0.1:1", "a", "\uFB01")).find("U+FB01") != std::string::npos);
    auto nameless = amy("mqtt://127.0.0.1:1", "a");
    nameless.user_name.clear();
    CHECK(refusal(nameless).find("user name") != std::string::npos);
}
