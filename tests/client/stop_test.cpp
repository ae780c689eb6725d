// stop() is bounded in time, whatever the broker does, and every operation completes exactly once.
#include <doctest/doctest.h>

#include "client/witness.hpp"
#include "support/any_broker.hpp"
#include "tepore/client.hpp"

using namespace tepore;
using namespace tepore::testing;
using enum mqtt_qos;

namespace {

/// A listening socket that never accepts, let alone answers: the kernel completes connections for it.
class mute_listener {
public:
    mute_listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&at), size) == 0);
        REQUIRE(::listen(fd_, 16) == 0);
        REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
        port_ = ntohs(at.sin_port);
    }
    ~mute_listener() { ::close(fd_); }
    mute_listener(const mute_listener&) = delete;
    mute_listener& operator=(const mute_listener&) = delete;
    [[nodiscard]] std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }

private:
    int fd_;
    std::uint16_t port_ = 0;
};

/// stop() must be back by then: its limit, and what a loaded machine with sanitizers may add.
constexpr auto slack = 2s;

template <class Call>
std::chrono::milliseconds time_of(Call call) {
    const auto start = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace

TEST_CASE("a broker that never answers") {
    mute_listener broker;
    witness w;
    client_options options;
    options.address = broker.url();
    client c(options, w.handlers());
    REQUIRE(!c.start());
    c.publish({.topic = "t", .qos = at_least_once}, w.done());
    bool all_done = true;
    const auto took = time_of([&] { all_done = c.stop(300ms); });
    CHECK(!all_done);
    CHECK(took >= 300ms);
    CHECK(took < 300ms + slack);
    REQUIRE(w.results.size() == 1);
    CHECK(w.results[0].outcome == outcome::cancelled);
}

TEST_CASE("a broker that never answers ends the attempt after connect_timeout") {
    mute_listener broker;
    witness w;
    client_options options;
    options.address = broker.url();
    options.connect_timeout = 100ms;
    client c(options, w.handlers());
    REQUIRE(!c.start());
    REQUIRE(w.lost());
    CHECK(w.losses[0].find("CONNECT in time") != std::string::npos);
    c.stop(100ms);
}

TEST_CASE("a broker that hangs in the middle: what was sent is unknown, the rest cancelled") {
    any_broker broker;
    witness w;
    client_options options;
    options.address = broker.url();
    options.inflight_max = 5;
    client c(options, w.handlers());
    REQUIRE(!c.start());
    REQUIRE(w.connected());
    broker.freeze();
    for (int i = 0; i < 20; ++i) c.publish({.topic = "t", .qos = exactly_once}, w.done());
    CHECK(time_of([&] { CHECK(!c.stop(300ms)); }) < 300ms + slack);
    REQUIRE(w.results.size() == 20);
    for (std::size_t i = 0; i < 20; ++i) CHECK(w.results[i].outcome == (i < 5 ? outcome::unknown : outcome::cancelled));
    broker.thaw();
}

TEST_CASE("a broker that hangs and takes no more bytes") {
    any_broker broker;
    witness w;
    client_options options;
    options.address = broker.url();
    options.queue_bytes_max = 100'000'000;
    client c(options, w.handlers());
    REQUIRE(!c.start());
    REQUIRE(w.connected());
    broker.freeze();
    for (int i = 0; i < 40; ++i) c.publish({.topic = "t", .payload = std::string(1'000'000, 'x')}, w.done());
    CHECK(time_of([&] { CHECK(!c.stop(500ms)); }) < 500ms + slack);
    CHECK(w.results.size() == 40);
    CHECK(w.results.back().outcome == outcome::cancelled);
    broker.thaw();
}

TEST_CASE("a broker that is not there: stop waits for nothing when there is nothing to send") {
    client_options options;
    options.address = "mqtt://127.0.0.1:" + std::to_string(free_port());
    options.reconnect_min = options.reconnect_max = 60s;
    witness w;
    client c(options, w.handlers());
    REQUIRE(!c.start());
    REQUIRE(w.lost());
    CHECK(time_of([&] { CHECK(c.stop(60s)); }) < slack);
}

TEST_CASE("stop sends what is queued, and waits for its acknowledgements") {
    any_broker broker;
    client_options options;
    options.address = broker.url();
    witness w;
    {
        client c(options, w.handlers());
        REQUIRE(!c.start());
        for (int i = 0; i < 500; ++i) c.publish({.topic = "t", .qos = static_cast<mqtt_qos>(i % 3)}, w.done());
        CHECK(c.stop(30s));
    }
    REQUIRE(w.results.size() == 500);
    for (const auto& r : w.results) CHECK(r.ok());
}

TEST_CASE("operations on a client that was never started, or was stopped, complete as cancelled") {
    witness w;
    {
        client c({}, w.handlers());
        c.publish({.topic = "t"}, w.done());
        c.subscribe({{.filter = "t"}}, w.done());
        CHECK(w.results.empty());
        CHECK(!c.stop());
        CHECK(w.results.size() == 2);
        c.unsubscribe({"t"}, w.done());
    }
    REQUIRE(w.results.size() == 3);
    for (const auto& r : w.results) CHECK(r.outcome == outcome::cancelled);
}

TEST_CASE("clients that come and go leave nothing behind") {
    any_broker broker;
    client_options options;
    options.address = broker.url();
    for (int i = 0; i < 50; ++i) {
        client c(options, {});
        REQUIRE(!c.start());
        if (i % 2 == 0) c.publish({.topic = "t", .qos = at_least_once});
        if (i % 3 == 0) c.stop(std::chrono::milliseconds(i));
    }
}
