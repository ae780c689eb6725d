#include "net/websocket.hpp"

#include <doctest/doctest.h>
#include <atomic>
#include <thread>

#include "net/net_harness.hpp"
#include "net/websocket_handshake.hpp"

using namespace std::chrono_literals;
using namespace tepore::net;
using namespace tepore::net::testing;
using tepore::byte_view;

namespace {

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

std::string upgrade_request(std::string_view extra = {}, std::string_view without = {}) {
    std::string text = "GET /mqtt HTTP/1.1\r\n";
    for (const std::string_view line :
         {"Host: home.example:8080", "upgrade: WebSocket", "CONNECTION: keep-alive, Upgrade", "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-protocol: mqttv3.1, mqtt"}) {
        if (!without.empty() && line.starts_with(without)) continue;
        text += std::string(line) + "\r\n";
    }
    return text + std::string(extra) + "\r\n";
}

std::expected<std::string, upgrade_refusal> answer(const std::string& request, const std::vector<std::string>& origins = {}) {
    const auto head = parse_http_request(request);
    REQUIRE(head.has_value());
    return answer_upgrade(*head, origins);
}

/// A server's WebSocket on one end, raw bytes on the other.
struct served {
    std::unique_ptr<loop> turns = new_loop();
    std::unique_ptr<stream> raw;
    std::unique_ptr<stream> ws;
    recorder raw_events;
    recorder ws_events;
    explicit served(std::string_view rest = {}) {
        auto pair = make_stream_pair();
        raw = std::move(pair.far);
        // As the HTTP server does: the stream below was attached before.
        recorder before;
        REQUIRE(pair.near->attach(*turns, before).has_value());
        pair.near->detach();
        ws = websocket_stream::accepted(std::move(pair.near), tepore::as_bytes(rest), {});
        REQUIRE(ws->attach(*turns, ws_events).has_value());
        REQUIRE(raw->attach(*turns, raw_events).has_value());
    }
    void end_of_ws() {
        REQUIRE(run_until(*turns, [&] { return raw_events.ended == 1; }));
        raw.reset();
        REQUIRE(run_until(*turns, [&] { return ws_events.ended == 1; }));
    }
};

const std::string hello_masked{"\x82\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11};

}  // namespace

TEST_CASE("WebSocket: the upgrade as in RFC 6455, names in any case") {
    const auto response = answer(upgrade_request());
    REQUIRE(response.has_value());
    CHECK(response->starts_with("HTTP/1.1 101 "));
    CHECK(has(*response, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    CHECK(has(*response, "Sec-WebSocket-Protocol: mqtt\r\n"));
    CHECK_FALSE(has(*response, "Extensions"));
    CHECK(answer(upgrade_request("Sec-WebSocket-Extensions: permessage-deflate\r\n")).has_value());
}

TEST_CASE("WebSocket: upgrades that are refused") {
    CHECK(answer(upgrade_request({}, "upgrade:")).error().status == 426);
    CHECK(answer(upgrade_request({}, "CONNECTION:")).error().status == 426);
    CHECK(has(answer(upgrade_request({}, "Sec-WebSocket-Version")).error().extra_fields, "Sec-WebSocket-Version: 13"));
    CHECK(answer(upgrade_request({}, "Sec-WebSocket-Key")).error().status == 400);
    CHECK(answer(upgrade_request("Sec-WebSocket-Key: short\r\n", "Sec-WebSocket-Key")).error().status == 400);
    CHECK(has(answer(upgrade_request({}, "sec-websocket-protocol")).error().why, "mqtt"));
    CHECK(answer(upgrade_request("Sec-WebSocket-Protocol: chat\r\n", "sec-websocket-protocol")).error().status == 400);
    CHECK(answer(upgrade_request("Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: mqtt\r\n", "sec-websocket-protocol")).has_value());
}

TEST_CASE("WebSocket: who may connect from a browser") {
    CHECK(answer(upgrade_request("Origin: http://home.example:8080\r\n")).has_value());
    CHECK(answer(upgrade_request("Origin: https://HOME.example:8080\r\n")).has_value());
    CHECK(answer(upgrade_request("Origin: http://evil.example\r\n")).error().status == 403);
    CHECK(answer(upgrade_request("Origin: http://home.example:8081\r\n")).error().status == 403);
    CHECK(answer(upgrade_request("Origin: null\r\n")).error().status == 403);
    CHECK(answer(upgrade_request("Origin: https://other.example\r\n"), {"https://other.example"}).has_value());
    CHECK(answer(upgrade_request("Origin: null\r\n"), {"*"}).has_value());
}

TEST_CASE("WebSocket: what a client makes of answers") {
    const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
    const auto good = *answer(upgrade_request());
    CHECK_FALSE(check_upgrade_response(good, key).has_value());
    CHECK(has(*check_upgrade_response("HTTP/1.1 404 Not Found\r\n\r\n", key), "404 Not Found"));
    CHECK(has(*check_upgrade_response("HTTP/1.1 200 OK\r\n\r\n", key), "refused"));
    CHECK(has(*check_upgrade_response("SSH-2.0-OpenSSH\r\n\r\n", key), "not HTTP"));
    CHECK(has(*check_upgrade_response(good, "AAAAAAAAAAAAAAAAAAAAAA=="), "does not belong"));
    auto changed = good;
    changed.replace(changed.find("Protocol: mqtt"), 14, "Protocol: chat");
    CHECK(has(*check_upgrade_response(changed, key), "sub-protocol"));
    changed = good;
    changed.insert(changed.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    CHECK(has(*check_upgrade_response(changed, key), "extensions"));
}

TEST_CASE("WebSocket: one frame per send, however many parts") {
    served s;
    CHECK(s.ws_events.opened == 1);
    CHECK(s.ws->kind() == "ws");
    std::vector<iovec> parts(100, iovec{const_cast<char*>("ab"), 2});
    parts.push_back({nullptr, 0});
    CHECK(s.ws->send(parts) == 200);
    REQUIRE(run_until(*s.turns, [&] { return s.raw_events.received.size() >= 204; }));
    CHECK(s.raw_events.received.substr(0, 4) == std::string("\x82\x7e\x00\xc8", 4));
    CHECK(s.raw_events.received.size() == 204);
    CHECK(send_text(*s.ws, "") == 0);
}

TEST_CASE("WebSocket: one frame per message where it is asked for, however messages lie in parts and sends") {
    served s;
    // A message says its size in its first byte.
    s.ws->frame_messages([](byte_view start) { return static_cast<std::size_t>(start[0]); });
    const auto send = [&](std::initializer_list<std::string_view> texts) {
        std::vector<iovec> parts;
        std::size_t size = 0;
        for (const auto text : texts) {
            parts.push_back({const_cast<char*>(text.data()), text.size()});
            size += text.size();
        }
        REQUIRE(s.ws->send(parts) == size);
    };
    const auto expect = [&](std::string_view wire) {
        REQUIRE(run_until(*s.turns, [&] { return s.raw_events.received.size() >= wire.size(); }));
        CHECK(s.raw_events.received == wire);
        s.raw_events.received.clear();
    };
    send({"\2a\3bc\1", "\4d", "ef"});
    expect("\x82\2\2a\x82\3\3bc\x82\1\1\x82\4\4def");
    send({"\5g"});  // the rest follows later, in a frame of its own
    expect("\x82\2\5g");
    send({"hij\2k"});
    expect("\x82\3hij\x82\2\2k");
    send({std::string_view("\0l", 2), "\2m"});  // one whose size it does not say: its part is a frame
    expect(std::string_view("\x82\2\0l\x82\2\2m", 8));
}

TEST_CASE("WebSocket: more messages than leave with one system call") {
    served s;
    s.ws->frame_messages([](byte_view) { return std::size_t{2}; });
    constexpr std::size_t messages = 1'000;
    std::string text(messages * 2, 'x');
    const iovec part{text.data(), text.size()};
    REQUIRE(s.ws->send({&part, 1}) == text.size());
    REQUIRE(run_until(*s.turns, [&] { return s.raw_events.received.size() >= messages * 4; }));
    std::string expected;
    for (std::size_t i = 0; i < messages; ++i) expected += "\x82\2xx";
    CHECK(s.raw_events.received == expected);
}

TEST_CASE("WebSocket: bytes that followed the upgrade request are not lost") {
    served s(hello_masked);
    REQUIRE(run_until(*s.turns, [&] { return s.ws_events.received == "Hello"; }));
    // Nor when the first owner passes the stream on before it has read them, and more follows.
    served t(hello_masked);
    t.ws->detach();
    send_text(*t.raw, hello_masked);
    t.turns->run_once(5ms);
    CHECK(t.ws_events.received.empty());
    REQUIRE(t.ws->attach(*t.turns, t.ws_events).has_value());
    REQUIRE(run_until(*t.turns, [&] { return t.ws_events.received == "HelloHello"; }));
    CHECK(t.ws_events.opened == 1);
}

TEST_CASE("WebSocket: pings are answered, also between fragments") {
    served s;
    send_text(*s.raw, std::string("\x02\x81\0\0\0\0a", 7) + std::string("\x89\x82\0\0\0\0hi", 8) + std::string("\x80\x81\0\0\0\0b", 7));
    REQUIRE(run_until(*s.turns, [&] { return s.raw_events.received == std::string("\x8a\x02hi", 4); }));
    CHECK(s.ws_events.received == "ab");
    CHECK(s.ws_events.pieces.size() == 1);
}

TEST_CASE("WebSocket: rules broken by the client close with the right code") {
    served s;
    send_text(*s.raw, hello_masked + std::string("\x81\x81\0\0\0\0x", 7));
    s.end_of_ws();
    CHECK(s.raw_events.received == std::string("\x88\x02\x03\xeb", 4));  // 1003
    CHECK(s.ws_events.received == "Hello");
    CHECK(has(s.ws_events.why, "text frame"));
    served t;
    send_text(*t.raw, std::string("\x82\x01x", 3));
    t.end_of_ws();
    CHECK(t.raw_events.received == std::string("\x88\x02\x03\xea", 4));  // 1002
    CHECK(has(t.ws_events.why, "not masked"));
}

TEST_CASE("WebSocket: closing by either side") {
    served s;
    send_text(*s.raw, std::string("\x88\x82\0\0\0\0\x03\xe9", 8));
    s.end_of_ws();
    CHECK(s.raw_events.received == std::string("\x88\x02\x03\xe9", 4));
    CHECK(s.ws_events.why.empty());
    served t;
    CHECK(send_text(*t.ws, "last") == 4);
    t.ws->finish();
    CHECK(send_text(*t.ws, "late") == 0);
    t.end_of_ws();
    CHECK(t.raw_events.received == std::string("\x82\x04last\x88\x02\x03\xe8", 10));
    CHECK(t.ws_events.why.empty());
}

TEST_CASE("WebSocket: client and server, megabytes with back-pressure both ways, in two threads") {
    constexpr std::size_t total_bytes = 5'000'000;
    struct end final : stream_events {
        std::unique_ptr<loop> turns = new_loop();
        std::unique_ptr<stream> mine;
        std::string_view to_send;
        std::string received;
        std::string why;
        bool slow = false;
        std::atomic<bool> has_all{false};
        void send_on() { to_send.remove_prefix(send_text(*mine, to_send)); }
        void on_open() override { send_on(); }
        void on_room() override { send_on(); }
        void on_bytes(byte_view bytes) override {
            received += tepore::as_text(bytes);
            has_all = received.size() == total_bytes;
            if (!slow) return;
            mine->want_bytes(false);
            turns->call_at(turns->now() + 1ms, [this] { mine->want_bytes(true); });
        }
        void on_end(std::string_view reason) override { why = reason; }
    };
    const std::string all = pattern(total_bytes);
    end client;
    end server;
    client.to_send = server.to_send = all;
    server.slow = true;
    const auto both_have_all = [&] { return client.has_all && server.has_all; };
    auto pair = make_stream_pair();
    client.mine = websocket_stream::connect(std::move(pair.near), "h", "/mqtt", 10s);
    {
        const std::jthread client_thread([&] {
            REQUIRE(client.mine->attach(*client.turns, client).has_value());
            CHECK(run_until(*client.turns, both_have_all));
        });
        // The server's upgrade, by hand.
        recorder upgrading;
        REQUIRE(pair.far->attach(*server.turns, upgrading).has_value());
        REQUIRE(run_until(*server.turns, [&] { return find_http_head(upgrading.received).has_value(); }));
        send_text(*pair.far, *answer(upgrading.received));
        pair.far->detach();
        server.mine = websocket_stream::accepted(std::move(pair.far), {}, {});
        REQUIRE(server.mine->attach(*server.turns, server).has_value());
        CHECK(run_until(*server.turns, both_have_all));
    }
    CHECK(server.received == all);
    CHECK(client.received == all);
    CHECK(client.why.empty());
    CHECK(server.why.empty());
}

TEST_CASE("WebSocket: a client's upgrade that fails is explained") {
    for (const std::string_view reply : {std::string_view("HTTP/1.1 403 Forbidden\r\n\r\n"), std::string_view("\x20\x02\0\0\r\n\r\n", 8)}) {
        auto turns = new_loop();
        auto pair = make_stream_pair();
        recorder events;
        recorder raw;
        auto ws = websocket_stream::connect(std::move(pair.near), "h:80", "/mqtt", 10s);
        REQUIRE(ws->attach(*turns, events).has_value());
        REQUIRE(pair.far->attach(*turns, raw).has_value());
        send_text(*pair.far, reply);
        REQUIRE(run_until(*turns, [&] { return raw.ended == 1; }));
        pair.far.reset();
        REQUIRE(run_until(*turns, [&] { return events.ended == 1; }));
        CHECK(events.opened == 0);
        CHECK_MESSAGE((has(events.why, "403 Forbidden") || has(events.why, "not HTTP")), events.why);
    }
}
