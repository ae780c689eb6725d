#include "net/listener.hpp"

#include <doctest/doctest.h>
#include <thread>

#include "net/dial.hpp"
#include "net/net_harness.hpp"
#include "net/tcp_acceptor.hpp"
#include "net/tls_harness.hpp"

using namespace std::chrono_literals;
using namespace tepore::net;
using namespace tepore::net::testing;
using tepore::byte_view;

namespace {

listen_spec spec_for(const std::string& text) {
    listen_spec spec;
    spec.at = *parse_address(text);
    spec.tls.cert_file = files().server_cert();
    spec.tls.key_file = files().server_key();
    return spec;
}

dial_options trusting_options() {
    dial_options options;
    options.tls.ca_file = files().ca();
    return options;
}

/// Echoes; on its first bytes it moves to another loop, as a connection does after CONNECT.
struct echo final : stream_events {
    std::unique_ptr<stream> mine;
    loop* next = nullptr;
    bool moved = false;
    std::string waiting;

    void on_open() override {}
    void on_bytes(byte_view bytes) override {
        waiting += tepore::as_text(bytes);
        if (next != nullptr && !moved) {
            moved = true;
            mine->detach();
            next->post([this] {
                REQUIRE(mine->attach(*next, *this).has_value());
                on_room();
            });
        } else {
            on_room();
        }
    }
    void on_room() override { waiting.erase(0, send_text(*mine, waiting)); }
    void on_end(std::string_view) override {
        next->post([this] { mine.reset(); });
    }
};

struct dialled {
    std::unique_ptr<stream> made;
    std::string error;
};

dialled dial_and_wait(loop& on, const address& to, const dial_options& options) {
    dialled out;
    const auto attempt = dial(on, to, options, [&](dial_result result) {
        if (result) {
            out.made = std::move(*result);
        } else {
            out.error = result.error().message;
        }
    });
    REQUIRE(run_until(on, [&] { return out.made || !out.error.empty(); }));
    return out;
}

}  // namespace

TEST_CASE("dialling a listener of every kind, and moving each accepted stream to another thread") {
    for (const std::string kind : {"tcp", "tls", "ws", "wss"}) {
        CAPTURE(kind);
        const auto accepting = new_loop();
        const auto working = new_loop();
        const auto calling = new_loop();
        std::vector<std::unique_ptr<echo>> connections;
        std::string accepted_kind;
        const auto made = listen(*accepting, spec_for(kind + "://127.0.0.1:0"), [&](std::unique_ptr<stream> fresh) {
            accepted_kind = fresh->kind();
            connections.push_back(std::make_unique<echo>());
            connections.back()->mine = std::move(fresh);
            connections.back()->next = working.get();
            REQUIRE(connections.back()->mine->attach(*accepting, *connections.back()).has_value());
        });
        REQUIRE_MESSAGE(made.has_value(), made.error().message);
        CHECK((*made)->at().port != 0);
        {
            const std::jthread one([&] { accepting->run(); });
            const std::jthread two([&] { working->run(); });
            auto call = dial_and_wait(*calling, (*made)->at(), trusting_options());
            CHECK_MESSAGE(call.made, call.error);
            if (call.made) {
                CHECK(call.made->kind() == kind);
                recorder events;
                REQUIRE(call.made->attach(*calling, events).has_value());
                CHECK(events.opened == 1);
                const std::string all = pattern(1'000'000);
                std::size_t sent = 0;
                CHECK(run_until(*calling, [&] {
                    sent += send_text(*call.made, std::string_view(all).substr(sent, 100'000));
                    return events.received.size() == all.size();
                }));
                CHECK(events.received == all);
                call.made->finish();
                CHECK(run_until(*calling, [&] { return events.ended == 1; }));
                CHECK(events.why.empty());
            }
            accepting->stop();
            working->stop();
        }
        CHECK(accepted_kind == kind);
        REQUIRE(connections.size() == 1);
        CHECK(connections.front()->moved);
    }
}

TEST_CASE("pages and WebSockets share the port") {
    const auto turns = new_loop();
    auto spec = spec_for("wss://127.0.0.1:0/mqtt");
    spec.pages = [](const http_request& request) -> std::optional<http_content> {
        if (request.path != "/") return std::nullopt;
        http_content page;
        page.body = tepore::as_bytes("the page");
        return page;
    };
    const auto made = listen(*turns, spec, [](auto) {});
    REQUIRE(made.has_value());
    address plain = (*made)->at();
    plain.kind = transport::tls;
    auto call = dial_and_wait(*turns, plain, trusting_options());
    REQUIRE_MESSAGE(call.made, call.error);
    recorder events;
    REQUIRE(call.made->attach(*turns, events).has_value());
    send_text(*call.made, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    REQUIRE(run_until(*turns, [&] { return has(events.received, "the page"); }));
}

TEST_CASE("dialling that fails says why, with the address and without the password") {
    const auto turns = new_loop();
    const auto tls = listen(*turns, spec_for("tls://127.0.0.1:0"), [](auto) {});
    const auto plain = listen(*turns, spec_for("tcp://127.0.0.1:0"), [&](auto) {});
    const auto web = listen(*turns, spec_for("ws://127.0.0.1:0/other"), [&](auto) {});
    REQUIRE(tls.has_value());
    REQUIRE(plain.has_value());
    REQUIRE(web.has_value());

    auto options = trusting_options();
    address to = (*web)->at();
    to.path = "/mqtt";
    to.password = "secret";
    const auto not_there = dial_and_wait(*turns, to, options).error;
    CHECK_MESSAGE(has(not_there, "cannot connect to ws://127.0.0.1:"), not_there);
    CHECK_MESSAGE(has(not_there, "404 Not Found"), not_there);
    CHECK_FALSE(has(not_there, "secret"));

    options.tls.ca_file = "/nowhere/ca.pem";
    to = (*plain)->at();
    to.kind = transport::tls;
    CHECK(has(dial_and_wait(*turns, to, options).error, "/nowhere/ca.pem"));

    to.kind = transport::tcp;
    to.host = "name.invalid";
    CHECK(has(dial_and_wait(*turns, to, options).error, "cannot find the host"));
}

TEST_CASE("dialling gives up in time, and at once when it is told to") {
    const auto turns = new_loop();
    // A listener that nobody accepts from: connections open, and then nothing is ever said.
    auto mute = listen_on(*parse_address("tcp://127.0.0.1:0"), port_sharing::alone);
    REQUIRE(mute.has_value());
    address to = *parse_address("mqtts://127.0.0.1");
    to.port = endpoint::of_socket(mute->get()).port();
    auto options = trusting_options();
    options.timeout = 50ms;
    CHECK(has(dial_and_wait(*turns, to, options).error, "in time"));
    int called = 0;
    options.timeout = 10s;
    auto attempt = dial(*turns, to, options, [&](const auto&) { ++called; });
    turns->run_once(5ms);
    attempt.reset();
    turns->run_once(5ms);
    CHECK(called == 0);
    // Destroying the attempt inside its own result is allowed.
    to = *parse_address("ws://127.0.0.1:1/mqtt");
    attempt = dial(*turns, to, options, [&](const auto& result) {
        CHECK_FALSE(result.has_value());
        ++called;
        attempt.reset();
    });
    REQUIRE(run_until(*turns, [&] { return called == 1; }));
}

TEST_CASE("a listener that cannot be says why") {
    const auto turns = new_loop();
    auto spec = spec_for("tls://127.0.0.1:0");
    spec.tls.key_file = "/nowhere/key.pem";
    CHECK(has(listen(*turns, spec, [](auto) {}).error().message, "/nowhere/key.pem"));
    const auto first = listen(*turns, spec_for("tcp://127.0.0.1:0"), [](auto) {});
    REQUIRE(first.has_value());
    auto again = spec_for("ws://127.0.0.1:0");
    again.at.port = (*first)->at().port;
    CHECK(has(listen(*turns, again, [](auto) {}).error().message, "another program uses this port"));
}
