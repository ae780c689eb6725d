#include <doctest/doctest.h>
#include <random>

#include "net/http_head.hpp"
#include "net/http_server.hpp"
#include "net/net_harness.hpp"

using namespace std::chrono_literals;
using namespace tepore::net;
using namespace tepore::net::testing;

namespace {

const std::string big_page = pattern(3'000'000);

std::optional<http_content> pages(const http_request& request) {
    http_content page;
    page.etag = "\"v1\"";
    if (request.path == "/") {
        page.body = tepore::as_bytes("<p>hello</p>");
        return page;
    }
    if (request.path == "/big") {
        page.body = tepore::as_bytes(big_page);
        page.content_type = "application/octet-stream";
        return page;
    }
    if (request.path == "/query") {
        const auto text = std::make_shared<std::string>(std::string(request.query) + "|" + std::string(request.field("x-y").value_or("none")));
        page.body = tepore::as_bytes(*text);
        page.owner = text;
        return page;
    }
    return std::nullopt;
}

/// An HTTP server on one end of a connection, a person typing on the other.
struct conversation {
    std::unique_ptr<loop> turns = new_loop();
    std::vector<std::unique_ptr<stream>> websockets;
    http_server server{*turns, "/mqtt", pages, {}, [this](auto opened) { websockets.push_back(std::move(opened)); }};
    std::unique_ptr<stream> raw;
    recorder events;
    conversation() {
        auto pair = make_stream_pair();
        raw = std::move(pair.far);
        REQUIRE(raw->attach(*turns, events).has_value());
        server.take(std::move(pair.near));
    }
    void say(std::string_view text) { REQUIRE(send_text(*raw, text) == text.size()); }
    /// The answers so far, when there are `count` of them whose heads are complete and `body` came.
    std::string answer_with(std::string_view part) {
        REQUIRE_MESSAGE(run_until(*turns, [&] { return events.received.find(part) != std::string::npos; }), events.received);
        return std::exchange(events.received, {});
    }
    bool closed() {
        return run_until(*turns, [&] { return events.ended == 1; });
    }
};

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

/// What comes back for one request; the connection must be closed after it when it was not understood.
std::string reply_to(std::string_view request) {
    conversation c;
    c.say(request);
    auto reply = c.answer_with("\r\n\r\n");
    CHECK(c.closed());
    CHECK(has(reply, "Connection: close"));
    return reply;
}

}  // namespace

TEST_CASE("HTTP: a page, its fields, and the next request on the same connection") {
    conversation c;
    c.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto page = c.answer_with("<p>hello</p>");
    CHECK(page.starts_with("HTTP/1.1 200 OK\r\n"));
    for (const auto* field : {"Content-Type: text/html; charset=utf-8\r\n", "Content-Length: 12\r\n", "ETag: \"v1\"\r\n",
                              "Cache-Control: no-cache\r\n", "X-Content-Type-Options: nosniff\r\n", "Content-Security-Policy: default-src 'self'"}) {
        CHECK_MESSAGE(has(page, field), field);
    }
    c.say("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto head = c.answer_with("\r\n\r\n");
    CHECK(has(head, "Content-Length: 12\r\n"));
    CHECK(head.ends_with("\r\n\r\n"));
    c.say("GET / HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"v0\", \"v1\"\r\n\r\n");
    CHECK(c.answer_with("\r\n\r\n").starts_with("HTTP/1.1 304 "));
    c.say("GET /query?a=b HTTP/1.1\r\nHost: h\r\nX-Y: z\r\n\r\n");
    CHECK(c.answer_with("a=b|z").starts_with("HTTP/1.1 200"));
    c.say("GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(has(c.answer_with("there is nothing"), "HTTP/1.1 404 Not Found"));
    CHECK(c.events.ended == 0);
    c.say("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    CHECK(has(c.answer_with("<p>hello</p>"), "Connection: close"));
    CHECK(c.closed());
}

TEST_CASE("HTTP: requests byte by byte, and many in one piece") {
    conversation c;
    for (const char one : std::string_view("GET / HTTP/1.1\r\nHost: h\r\n\r\n")) {
        c.say(std::string_view(&one, 1));
        c.turns->run_once(0s);
    }
    c.answer_with("<p>hello</p>");
    std::string many;
    for (int i = 0; i < 50; ++i) many += "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    c.say(many + "GET /query?end HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto replies = c.answer_with("end|none");
    std::size_t count = 0;
    for (auto at = replies.find("<p>hello"); at != replies.npos; at = replies.find("<p>hello", at + 1)) ++count;
    CHECK(count == 50);
}

TEST_CASE("HTTP: a large page to a slow reader, requests waiting meanwhile") {
    conversation c;
    c.raw->want_bytes(false);
    c.say("GET /big HTTP/1.1\r\nHost: h\r\n\r\nGET /query?after HTTP/1.1\r\nHost: h\r\n\r\n");
    for (int i = 0; i < 5; ++i) c.turns->run_once(1ms);
    c.raw->want_bytes(true);
    const auto reply = c.answer_with("after|none");
    CHECK(has(reply, big_page));
}

TEST_CASE("HTTP: what is refused, and how") {
    CHECK(has(reply_to("POST / HTTP/1.1\r\nHost: h\r\n\r\n"), "Allow: GET, HEAD\r\n"));
    CHECK(reply_to("BREW / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
    CHECK(reply_to("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(reply_to("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello").starts_with("HTTP/1.1 413 "));
    CHECK(reply_to("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").starts_with("HTTP/1.1 413 "));
    CHECK(reply_to("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(9000, 'x') + "\r\n\r\n").starts_with("HTTP/1.1 431 "));
    CHECK(reply_to("GET /" + std::string(100'000, 'x')).starts_with("HTTP/1.1 431 "));
    CHECK(reply_to("\x10\x0c\r\n\r\n").starts_with("HTTP/1.1 40"));
    CHECK(reply_to("GET / HTTP/1.1\r\nHost : h\r\n\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(reply_to("GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(reply_to("GET / HTTP/2.0\r\nHost: h\r\n\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(reply_to("GET /mqtt HTTP/1.1\r\nHost: h\r\n\r\n").starts_with("HTTP/1.1 426 "));
    CHECK(reply_to("GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("HTTP: random bytes and damaged requests end in an answer or nothing, never worse") {
    std::mt19937 dice(7);
    const std::string good = "GET /query?a HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n";
    for (int round = 0; round < 300; ++round) {
        std::string text = good;
        for (int i = 0; i < 3; ++i) text[dice() % text.size()] = static_cast<char>(dice());
        if (const auto size = find_http_head(text)) static_cast<void>(parse_http_request(std::string_view(text).substr(0, *size)));
        if (round % 10 != 0) continue;
        conversation c;
        c.say(text);
        for (int i = 0; i < 3; ++i) c.turns->run_once(1ms);
    }
}

TEST_CASE("HTTP: when there are too many connections, the oldest gives way to the newest") {
    conversation c;
    std::vector<unique_fd> far_ends;
    for (std::size_t i = 0; i < http_connections_max; ++i) {
        CHECK(c.events.ended == 0);
        auto pair = make_socket_pair();
        REQUIRE(pair.near);
        c.server.take(std::make_unique<tcp_stream>(std::move(pair.near), "one of many"));
        far_ends.push_back(std::move(pair.far));
    }
    CHECK(c.closed());
    tcp_stream newest(std::move(far_ends.back()), "newest");
    recorder events;
    REQUIRE(newest.attach(*c.turns, events).has_value());
    send_text(newest, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(run_until(*c.turns, [&] { return has(events.received, "hello"); }));
}

TEST_CASE("HTTP: an upgrade leaves as a WebSocket, with the bytes behind it") {
    conversation c;
    c.say(
        "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /mqtt?token=1 HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
        "\x82\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    c.answer_with("101 Switching Protocols");
    REQUIRE(c.websockets.size() == 1);
    recorder ws;
    REQUIRE(c.websockets.front()->attach(*c.turns, ws).has_value());
    REQUIRE(run_until(*c.turns, [&] { return ws.received == "Hello"; }));
    CHECK(ws.opened == 1);
}
