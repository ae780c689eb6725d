#include "settings/listener.hpp"

#include <doctest/doctest.h>

using namespace tepore::settings;

TEST_CASE("listeners are read, with or without a port") {
    const auto plain = parse_listener("tcp://127.0.0.1:1884");
    REQUIRE(plain);
    CHECK(plain->transport == transport::tcp);
    CHECK(plain->host == "127.0.0.1");
    CHECK(plain->port == 1884);
    CHECK(parse_listener("tls://0.0.0.0")->port == 8883);
    CHECK(parse_listener("ws://localhost/")->port == 8080);
    CHECK(parse_listener("wss://[::1]:0")->host == "::1");
    for (const char* text : {"tcp://127.0.0.1:1883", "wss://[fe80::1%eth0]:443", "ws://home.example:0"}) {
        REQUIRE(parse_listener(text));
        CHECK(to_string(*parse_listener(text)) == text);
    }
}

TEST_CASE("what is no listener is refused with an example") {
    for (const char* text :
         {"", "127.0.0.1:1883", "http://127.0.0.1", "tcp://", "tcp://:1883", "tcp://a b", "tcp://127.0.0.1:", "tcp://127.0.0.1:65536",
          "tcp://127.0.0.1:-1", "tcp://127.0.0.1:1883/x", "tcp://[::1", "tcp://[::1]x", "tcp://::1", "tcp://127.0.0.1:18 83"}) {
        CAPTURE(text);
        const auto l = parse_listener(text);
        REQUIRE(!l);
        CHECK(l.error().message.ends_with("expected something like tcp://127.0.0.1:1883"));
    }
}

TEST_CASE("loopback is this machine only") {
    for (const char* text : {"tcp://127.0.0.1", "tcp://127.1.2.3", "tcp://localhost", "tcp://[::1]"})
        CHECK_MESSAGE(parse_listener(text)->loopback(), text);
    for (const char* text : {"tcp://0.0.0.0", "tcp://[::]", "tcp://192.168.1.2", "tcp://127.evil.example", "tcp://home.example"}) {
        CHECK_MESSAGE(!parse_listener(text)->loopback(), text);
    }
}
