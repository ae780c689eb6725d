#include "net/address.hpp"

#include <doctest/doctest.h>

using namespace tepore::net;

namespace {

address good(std::string_view text) {
    auto read = parse_address(text);
    INFO(text);
    REQUIRE_MESSAGE(read.has_value(), read.error().message);
    return *read;
}

std::string bad(std::string_view text) {
    auto read = parse_address(text);
    REQUIRE_FALSE(read.has_value());
    return read.error().message;
}

}  // namespace

TEST_CASE("schemes choose the layers and the port") {
    CHECK(good("mqtt://h").port == 1883);
    CHECK(good("tcp://h").kind == transport::tcp);
    CHECK(good("mqtts://h").port == 8883);
    CHECK(good("ssl://h").kind == transport::tls);
    CHECK(good("tls://h:1").port == 1);
    CHECK(good("ws://h").port == 80);
    CHECK(good("wss://h").port == 443);
    CHECK(good("WSS://h").kind == transport::wss);
}

TEST_CASE("hosts are names, IPv4, or IPv6 in brackets") {
    CHECK(good("tcp://broker.example:1883").host == "broker.example");
    CHECK(good("tcp://127.0.0.1:0").port == 0);
    const auto six = good("tls://[::1]:8883");
    CHECK(six.host == "::1");
    CHECK(six.text() == "tls://[::1]:8883");
    CHECK(six.host_and_port() == "[::1]:8883");
}

TEST_CASE("user and password are percent-decoded and never shown") {
    const auto a = good("mqtts://amy%40home:p%3ass%2F%C3%A8@h:1");
    CHECK(a.user == "amy@home");
    CHECK(a.password == "p:ss/\xc3\xa8");
    CHECK(a.text() == "tls://h:1");
    CHECK_FALSE(good("mqtt://h").user.has_value());
    CHECK_FALSE(good("mqtt://amy@h").password.has_value());
    CHECK(good("mqtt://amy:@h").password == "");
    for (const auto* text : {"http://amy:secret@h", "mqtt://amy:secret%2@h", "mqtt://amy:secret@h:x", "amy:secret@h"})
        CHECK(bad(text).find("secret") == std::string::npos);
}

TEST_CASE("WebSocket addresses have a path, /mqtt when none is given") {
    CHECK(good("ws://h").path == "/mqtt");
    CHECK(good("ws://h/").path == "/mqtt");
    CHECK(good("wss://h:8443/broker/ws?x=1").path == "/broker/ws?x=1");
    CHECK(good("tcp://h/").path.empty());
    CHECK(good("ws://h:8080/mqtt").text() == "ws://h:8080/mqtt");
}

TEST_CASE("bad addresses are refused in words") {
    CHECK(bad("127.0.0.1:1883").find("no scheme") != std::string::npos);
    CHECK(bad("http://h").find("unknown scheme") != std::string::npos);
    CHECK(bad("mqtt://").find("names no host") != std::string::npos);
    CHECK(bad("mqtt://h:65536").find("bad port") != std::string::npos);
    CHECK(bad("mqtt://h:").find("bad port") != std::string::npos);
    CHECK(bad("mqtt://h:12x").find("bad port") != std::string::npos);
    CHECK(bad("mqtt://::1:1883").find("names no host") != std::string::npos);
    CHECK(bad("mqtt://[::1").find("']'") != std::string::npos);
    CHECK(bad("mqtt://[h]:1").find("IPv6") != std::string::npos);
    CHECK(bad("mqtt://h/a").find("path") != std::string::npos);
    CHECK(bad("mqtt://h h").find("character") != std::string::npos);
    CHECK(bad("ws://h/a b").find("path") != std::string::npos);
    CHECK(bad("ws://h/a\r\nX: y").find("path") != std::string::npos);
    CHECK(bad("mqtt://" + std::string(3000, 'h')).find("longer") != std::string::npos);
}
