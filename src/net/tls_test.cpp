#include "net/tls.hpp"

#include <doctest/doctest.h>
#include <thread>

#include "net/net_harness.hpp"
#include "net/tls_harness.hpp"

using namespace std::chrono_literals;
using namespace tepore::net;
using namespace tepore::net::testing;
using tepore::byte_view;

namespace {

/// Both ends of a TLS connection on one loop.
struct secured {
    std::unique_ptr<loop> turns = new_loop();
    std::unique_ptr<stream> server;
    std::unique_ptr<stream> client;
    recorder server_events;
    recorder client_events;

    explicit secured(const server_tls_options& s = server_options(), const client_tls_options& c = client_options(),
                     const std::string& name = "localhost") {
        auto server_context = tls_context::server(s);
        REQUIRE(server_context.has_value());
        auto client_context = tls_context::client(c);
        REQUIRE(client_context.has_value());
        auto pair = make_stream_pair();
        server = tls_stream::accept(*server_context, std::move(pair.near));
        client = tls_stream::connect(*client_context, std::move(pair.far), name, 10s);
        REQUIRE(server->attach(*turns, server_events).has_value());
        REQUIRE(client->attach(*turns, client_events).has_value());
    }
    void open() {
        REQUIRE(run_until(*turns, [&] { return client_events.opened + server_events.opened == 2; }));
    }
    void end() {
        REQUIRE(run_until(*turns, [&] { return client_events.ended + server_events.ended == 2; }));
    }
};

/// What stands between the two ends; it gets what one of them sends, and passes it on, or not.
struct between : stream_events {
    stream* to = nullptr;
    void on_open() override {}
    void on_room() override {}
    void on_end(std::string_view) override {}

protected:
    ~between() = default;
};

/// Both ends of a TLS connection, with a Between in each direction.
template <class Between>
struct tapped {
    std::unique_ptr<loop> turns = new_loop();
    stream_pair left = make_stream_pair();
    stream_pair right = make_stream_pair();
    std::unique_ptr<stream> server;
    std::unique_ptr<stream> client;
    Between to_server;
    Between to_client;
    recorder server_events;
    recorder client_events;

    tapped() {
        server = tls_stream::accept(*tls_context::server(server_options()), std::move(left.near));
        client = tls_stream::connect(*tls_context::client(client_options()), std::move(right.near), "localhost", 10s);
        to_server.to = left.far.get();
        to_client.to = right.far.get();
        REQUIRE(left.far->attach(*turns, to_client).has_value());
        REQUIRE(right.far->attach(*turns, to_server).has_value());
        REQUIRE(server->attach(*turns, server_events).has_value());
        REQUIRE(client->attach(*turns, client_events).has_value());
    }
    void open() {
        REQUIRE(run_until(*turns, [&] { return client_events.opened + server_events.opened == 2; }));
    }
};

}  // namespace

TEST_CASE("TLS: bytes go both ways and an end is orderly") {
    secured s;
    s.open();
    CHECK(s.server->kind() == "tls");
    CHECK(send_text(*s.client, "hello") == 5);
    CHECK(send_text(*s.server, "and back") == 8);
    REQUIRE(run_until(*s.turns, [&] { return s.server_events.received == "hello" && s.client_events.received == "and back"; }));
    CHECK(send_text(*s.client, "last words") == 10);
    s.client->finish();
    s.end();
    CHECK(s.server_events.received == "hellolast words");
    CHECK(s.server_events.why.empty());
    CHECK(s.client_events.why.empty());
    CHECK(s.server_events.opened == 1);
}

TEST_CASE("TLS: many small parts make one record, and what arrives together is delivered together") {
    secured s;
    s.open();
    std::vector<iovec> parts(300, iovec{const_cast<char*>("abcdefghij"), 10});
    CHECK(s.client->send(parts) == 3000);
    CHECK(send_text(*s.client, "next record") == 11);
    REQUIRE(run_until(*s.turns, [&] { return s.server_events.received.size() == 3011; }));
    CHECK(s.server_events.pieces.size() == 1);
}

TEST_CASE("TLS: megabytes with back-pressure both ways") {
    secured s;
    s.open();
    const std::string all = pattern(6 * 1024 * 1024);
    struct side {
        stream& out;
        recorder& out_events;
        recorder& in_events;
        std::size_t sent = 0;
        int rooms_used = -1;
    };
    side sides[] = {{*s.client, s.client_events, s.server_events}, {*s.server, s.server_events, s.client_events}};
    s.server->want_bytes(false);
    REQUIRE(run_until(*s.turns, [&] {
        for (side& one : sides) {
            if (one.sent < all.size() && one.rooms_used != one.out_events.rooms) {
                one.rooms_used = one.out_events.rooms;
                one.sent += send_text(one.out, std::string_view(all).substr(one.sent));
            }
        }
        if (s.client_events.received.size() > all.size() / 2) s.server->want_bytes(true);
        return s.client_events.received.size() + s.server_events.received.size() == 2 * all.size();
    }));
    CHECK(s.server_events.received == all);
    CHECK(s.client_events.received == all);
    CHECK(s.client_events.rooms > 0);
}

TEST_CASE("TLS: records cut anywhere arrive whole") {
    // The wire is fed to the server in pieces of odd sizes, so that records are held in part again and again.
    struct forwarder final : between {
        std::string waiting;
        void on_bytes(byte_view bytes) override { waiting += tepore::as_text(bytes); }
        void forward(std::size_t size) { waiting.erase(0, send_text(*to, std::string_view(waiting).substr(0, size))); }
    };
    tapped<forwarder> s;
    const std::string all = pattern(400'000);
    std::size_t sent = 0;
    std::size_t size = 1;
    REQUIRE(run_until(*s.turns, [&] {
        size = size * 7 % 30'011 + 1;
        s.to_server.forward(size);
        s.to_client.forward(size);
        if (s.client_events.opened == 1 && sent < all.size()) sent += send_text(*s.client, std::string_view(all).substr(sent, 50'000));
        return s.server_events.received.size() == all.size();
    }));
    CHECK(s.server_events.received == all);
}

TEST_CASE("TLS: a client does not talk to a server it cannot trust") {
    auto options = client_options();
    options.ca_file = files().other_ca();
    secured s(server_options(), options);
    s.end();
    CHECK(s.client_events.opened == 0);
    CHECK_MESSAGE(has(s.client_events.why, "certificate is not trusted"), s.client_events.why);
    CHECK_MESSAGE(has(s.server_events.why, "does not trust our certificate"), s.server_events.why);
}

TEST_CASE("TLS: a certificate for another host is refused, by name and by address") {
    for (const std::string name : {"wrong.example", "127.0.0.2"}) {
        secured s(server_options(), client_options(), name);
        s.end();
        CHECK_MESSAGE(has(s.client_events.why, "for another host"), s.client_events.why);
    }
    for (const std::string name : {"broker.example", "127.0.0.1"}) {
        secured s(server_options(), client_options(), name);
        s.open();
    }
}

TEST_CASE("TLS: without verification anything goes, as asked") {
    secured s(server_options(), {.ca_file = {}, .cert_file = {}, .key_file = {}, .verify_peer = false, .server_name = {}}, "wrong.example");
    s.open();
}

TEST_CASE("TLS: client certificates") {
    {
        secured s(demanding_options(), certified_options());
        s.open();
    }
    {
        secured s(demanding_options());
        s.end();
        CHECK_MESSAGE(has(s.server_events.why, "no certificate, and one is required"), s.server_events.why);
        CHECK_MESSAGE(has(s.client_events.why, "requires a client certificate"), s.client_events.why);
    }
    auto of_another_ca = demanding_options();
    of_another_ca.client_ca_file = files().other_ca();
    {
        secured s(of_another_ca, certified_options());
        s.end();
        CHECK_MESSAGE(has(s.server_events.why, "not trusted"), s.server_events.why);
    }
}

TEST_CASE("TLS: what is not TLS is told in words and ends") {
    for (const std::string& garbage : {std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                                       std::string("\x10\x12\0\x04MQTT\x04\x02\0\0\0\x06"
                                                   "device",
                                                   20),
                                       pattern(5000)}) {
        auto turns = new_loop();
        auto context = tls_context::server(server_options());
        auto pair = make_stream_pair();
        auto server = tls_stream::accept(*context, std::move(pair.near));
        recorder server_events;
        recorder raw;
        REQUIRE(server->attach(*turns, server_events).has_value());
        REQUIRE(pair.far->attach(*turns, raw).has_value());
        CHECK(send_text(*pair.far, garbage) == garbage.size());
        REQUIRE(run_until(*turns, [&] { return raw.ended == 1; }));
        pair.far.reset();
        REQUIRE(run_until(*turns, [&] { return server_events.ended == 1; }));
        CHECK(server_events.opened == 0);
        CHECK_MESSAGE(has(server_events.why, "does not speak TLS"), server_events.why);
    }
}

TEST_CASE("TLS: a handshake that does not go on, or breaks off, ends") {
    auto turns = new_loop();
    auto context = tls_context::client(client_options());
    auto pair = make_stream_pair();
    auto slow = tls_stream::connect(*context, std::move(pair.near), "localhost", 30ms);
    recorder events;
    recorder raw;
    REQUIRE(slow->attach(*turns, events).has_value());
    REQUIRE(pair.far->attach(*turns, raw).has_value());
    REQUIRE(run_until(*turns, [&] { return raw.ended == 1; }));
    pair.far.reset();
    REQUIRE(run_until(*turns, [&] { return events.ended == 1; }));
    CHECK(has(events.why, "took too long"));

    auto other = make_stream_pair();
    auto broken = tls_stream::connect(*context, std::move(other.near), "localhost", 10s);
    recorder broken_events;
    REQUIRE(broken->attach(*turns, broken_events).has_value());
    other.far.reset();
    REQUIRE(run_until(*turns, [&] { return broken_events.ended == 1; }));
    CHECK(has(broken_events.why, "ended during the TLS handshake"));
}

TEST_CASE("TLS: a damaged record ends the connection, and what came before it is delivered") {
    struct relay final : between {
        bool hold = false;
        std::string held;
        void on_bytes(byte_view bytes) override {
            held += tepore::as_text(bytes);
            if (!hold) held.erase(0, send_text(*to, held));
        }
    };
    tapped<relay> s;
    s.open();
    auto& held = s.to_server.held;
    s.to_server.hold = true;
    CHECK(send_text(*s.client, "good") == 4);
    REQUIRE(run_until(*s.turns, [&] { return !held.empty(); }));
    const auto good_size = held.size();
    CHECK(send_text(*s.client, "damaged") == 7);
    REQUIRE(run_until(*s.turns, [&] { return held.size() > good_size; }));
    held.back() = static_cast<char>(held.back() ^ 1);
    CHECK(send_text(*s.left.far, held) == held.size());
    s.left.far.reset();
    REQUIRE(run_until(*s.turns, [&] { return s.server_events.ended == 1; }));
    CHECK(s.server_events.received == "good");
    CHECK_MESSAGE(has(s.server_events.why, "TLS failed"), s.server_events.why);
}

TEST_CASE("TLS: a stream moves between threads in the middle of its life") {
    struct mover final : stream_events {
        loop* loops[2] = {};
        std::unique_ptr<stream> moving;
        std::size_t at = 0;
        std::size_t moves = 0;
        std::size_t expected = 0;
        std::string received;
        std::atomic<bool> done{false};
        void move() {
            moving->detach();
            ++moves;
            at = 1 - at;
            loops[at]->post([this] { REQUIRE(moving->attach(*loops[at], *this).has_value()); });
        }
        void on_open() override { move(); }  // at once, with bytes of the client perhaps behind its handshake
        void on_room() override {}
        void on_end(std::string_view) override {}
        void on_bytes(byte_view bytes) override {
            received += tepore::as_text(bytes);
            if (received.size() == expected) {
                moving->detach();
                done = true;
            } else {
                move();
            }
        }
    };
    auto server_context = tls_context::server(server_options());
    auto client_context = tls_context::client(client_options());
    auto pair = make_stream_pair();
    const auto client_loop = new_loop();
    const auto one = new_loop();
    const auto two = new_loop();
    mover m;
    m.loops[0] = one.get();
    m.loops[1] = two.get();
    m.moving = tls_stream::accept(*server_context, std::move(pair.near));
    auto client = tls_stream::connect(*client_context, std::move(pair.far), "localhost", 10s);
    recorder events;
    const std::string all = pattern(2'000'000);
    m.expected = all.size();
    one->post([&] { REQUIRE(m.moving->attach(*one, m).has_value()); });
    {
        const std::jthread first([&] { one->run(); });
        const std::jthread second([&] { two->run(); });
        REQUIRE(client->attach(*client_loop, events).has_value());
        std::size_t sent = 0;
        CHECK(run_until(*client_loop, [&] {
            if (events.opened == 1) sent += send_text(*client, std::string_view(all).substr(sent, 40'000));
            return m.done.load();
        }));
        one->stop();
        two->stop();
    }
    CHECK(m.received == all);
    CHECK(m.moves > 10);
}

TEST_CASE("TLS: certificate files that cannot be used are named") {
    const auto server_error = [](std::string cert, std::string key, std::string ca = {}) {
        auto made = tls_context::server({.cert_file = std::move(cert), .key_file = std::move(key), .client_ca_file = std::move(ca)});
        return made ? std::string() : made.error().message;
    };
    const auto cert = files().server_cert();
    const auto key = files().server_key();
    CHECK(has(server_error("", ""), "needs the certificate, and none is named"));
    CHECK(has(server_error("/nowhere/cert.pem", key), "cannot read the certificate \"/nowhere/cert.pem\": No such file"));
    CHECK(has(server_error(cert, ""), "needs the private key"));
    CHECK(has(server_error(cert, files().client_key()), "does not belong"));
    CHECK(has(server_error(key, key), "cannot use the certificate"));
    CHECK(has(server_error(cert, files().file("locked.key")), "cannot use the private key"));
    CHECK(has(server_error(cert, key, files().file("empty.pem")), "cannot use the CA certificates"));
    CHECK(server_error(cert, key, files().ca()).empty());
    CHECK(has(check({.ca_file = "/nowhere/ca.pem"}).error().message, "/nowhere/ca.pem"));
    CHECK(has(check({.ca_file = "/tmp"}).error().message, "Is a directory"));
}

TEST_CASE("TLS: one record for each flush, full ones for more") {
    // Between the ends stands somebody who counts the records of application data that pass.
    struct counter final : between {
        std::string wire;
        std::vector<std::size_t> records;  // their sizes
        void on_bytes(byte_view bytes) override {
            CHECK(to->send(std::array{iovec{const_cast<std::uint8_t*>(bytes.data()), bytes.size()}}) == bytes.size());
            wire += tepore::as_text(bytes);
            while (wire.size() >= 5) {
                const auto size = static_cast<std::size_t>(static_cast<unsigned char>(wire[3]) << 8 | static_cast<unsigned char>(wire[4]));
                if (wire.size() < 5 + size) break;
                if (wire[0] == 23) records.push_back(size);
                wire.erase(0, 5 + size);
            }
        }
    };
    tapped<counter> s;
    s.open();
    send_text(*s.server, "after the ticket");
    REQUIRE(run_until(*s.turns, [&] { return s.client_events.received == "after the ticket"; }));

    constexpr std::size_t record_bytes_max = 16 * 1024;
    constexpr std::size_t overhead = 1 + 16;  // the true content type and the tag
    const std::string text = pattern(40'000);
    const auto part = [&](std::size_t at, std::size_t size) { return iovec{const_cast<char*>(text.data()) + at, size}; };
    const auto send_all = [&](std::vector<iovec> parts) {
        s.to_client.records.clear();
        s.client_events.received.clear();
        std::size_t size = 0;
        for (const auto& p : parts) size += p.iov_len;
        CHECK(s.server->send(parts) == size);
        REQUIRE(run_until(*s.turns, [&] { return s.client_events.received.size() == size; }));
        CHECK(s.client_events.received == text.substr(0, size));
        return s.to_client.records;
    };
    using sizes = std::vector<std::size_t>;
    CHECK(send_all({part(0, 10)}) == sizes{10 + overhead});
    CHECK(send_all({part(0, 10), part(10, 0), part(10, 20), part(30, 5)}) == sizes{35 + overhead});
    CHECK(send_all({part(0, record_bytes_max)}) == sizes{record_bytes_max + overhead});
    CHECK(send_all({part(0, 100), part(100, 20'000), part(20'100, 50)}) == sizes{record_bytes_max + overhead, 20'150 - record_bytes_max + overhead});
    CHECK(send_all({part(0, 40'000)}) == sizes{record_bytes_max + overhead, record_bytes_max + overhead, 40'000 - 2 * record_bytes_max + overhead});
}
