// Handshakes on a pool of threads, and those that a ticket makes short.
#include <doctest/doctest.h>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

#include "net/dial.hpp"
#include "net/listener.hpp"
#include "net/net_harness.hpp"
#include "net/tls.hpp"
#include "net/tls_harness.hpp"
#include "net/tls_memory.hpp"

using namespace std::chrono_literals;
using namespace tepore::net;
using namespace tepore::net::testing;

namespace {

std::shared_ptr<const tls_context> server_context(handshake_pool* pool, const server_tls_options& options = server_options()) {
    auto made = tls_context::server(options, pool);
    REQUIRE(made.has_value());
    return *made;
}

std::shared_ptr<const tls_context> client_context() {
    auto made = tls_context::client(client_options());
    REQUIRE(made.has_value());
    return *made;
}

/// A pool of one thread, which is kept busy until it is let go: every other step waits.
struct busy_pool {
    std::promise<void> gate;
    handshake_pool pool{1};
    busy_pool() {
        std::promise<void> began;
        auto running = began.get_future();
        REQUIRE(pool.take([&began, free = gate.get_future().share()] {
            began.set_value();
            free.wait();
        }));
        running.wait();
    }
    ~busy_pool() { let_go(); }
    void let_go() {
        if (!std::exchange(gone_, true)) gate.set_value();
    }

private:
    bool gone_ = false;
};

/// Both ends of a TLS connection on one loop.
struct secured {
    loop& turns;
    std::unique_ptr<tls_stream> server;
    std::unique_ptr<tls_stream> client;
    recorder server_events;
    recorder client_events;

    secured(loop& on, const std::shared_ptr<const tls_context>& s, const std::shared_ptr<const tls_context>& c, const std::string& name = "localhost",
            tepore::duration patience = 10s)
        : turns(on) {
        auto pair = make_stream_pair();
        server = tls_stream::accept(s, std::move(pair.near), patience);
        client = tls_stream::connect(c, std::move(pair.far), name, 10s);
        REQUIRE(server->attach(turns, server_events).has_value());
        REQUIRE(client->attach(turns, client_events).has_value());
    }
    void open() {
        REQUIRE(run_until(turns, [&] { return client_events.opened + server_events.opened == 2; }));
    }
    /// The ticket comes before the first bytes.
    void talk() {
        open();
        CHECK(send_text(*server, "welcome") == 7);
        CHECK(send_text(*client, "hello") == 5);
        REQUIRE(run_until(turns, [&] { return client_events.received == "welcome" && server_events.received == "hello"; }));
    }
};

}  // namespace

TEST_CASE("handshakes: while one waits for a thread, the other connections of the loop go on") {
    const auto turns = new_loop();
    busy_pool busy;
    auto live = make_stream_pair();
    recorder near;
    recorder far;
    REQUIRE(live.near->attach(*turns, near).has_value());
    REQUIRE(live.far->attach(*turns, far).has_value());
    secured s(*turns, server_context(&busy.pool), client_context());
    REQUIRE(run_until(*turns, [&] { return busy.pool.waiting() == 1; }));
    for (int i = 1; i <= 100; ++i) {
        send_text(*live.near, "x");
        REQUIRE(run_until(*turns, [&] { return far.received.size() == static_cast<std::size_t>(i); }));
    }
    CHECK(s.server_events.opened == 0);
    busy.let_go();
    s.talk();
}

TEST_CASE("handshakes: what the client says while the server's answer is being made is not lost") {
    const auto turns = new_loop();
    busy_pool busy;
    auto pair = make_stream_pair();
    auto server = tls_stream::accept(server_context(&busy.pool), std::move(pair.near));
    recorder events;
    recorder raw;
    REQUIRE(server->attach(*turns, events).has_value());
    REQUIRE(pair.far->attach(*turns, raw).has_value());
    // The header of a record comes alone and goes to the pool; what makes it nonsense comes while it waits there.
    send_text(*pair.far, std::string_view("\x16\x03\x01", 3));
    REQUIRE(run_until(*turns, [&] { return busy.pool.waiting() == 1; }));
    send_text(*pair.far, std::string(20'000, '\xff'));
    busy.let_go();
    REQUIRE(run_until(*turns, [&] { return raw.ended == 1; }));
    pair.far.reset();
    REQUIRE(run_until(*turns, [&] { return events.ended == 1; }));
    CHECK_MESSAGE(has(events.why, "does not speak TLS"), events.why);
}

TEST_CASE("handshakes: a full pool refuses, in words") {
    const auto turns = new_loop();
    busy_pool busy;
    for (std::size_t i = 0; i < handshakes_waiting_max; ++i) {
        CHECK(busy.pool.is_crowded() == (i >= handshakes_crowd));
        REQUIRE(busy.pool.take([] {}));
    }
    CHECK_FALSE(busy.pool.take([] {}));
    secured s(*turns, server_context(&busy.pool), client_context());
    REQUIRE(run_until(*turns, [&] { return s.client_events.ended == 1; }));
    s.client.reset();
    REQUIRE(run_until(*turns, [&] { return s.server_events.ended == 1; }));
    CHECK_MESSAGE(has(s.server_events.why, "too many clients"), s.server_events.why);
    CHECK(s.server_events.opened == 0);
}

TEST_CASE("handshakes: one that waits too long ends in time, and its step does no harm later") {
    const auto turns = new_loop();
    busy_pool busy;
    secured s(*turns, server_context(&busy.pool), client_context(), "localhost", 30ms);
    REQUIRE(run_until(*turns, [&] { return s.client_events.ended == 1; }));
    s.client.reset();
    REQUIRE(run_until(*turns, [&] { return s.server_events.ended == 1; }));
    CHECK_MESSAGE(has(s.server_events.why, "took too long"), s.server_events.why);
    CHECK(busy.pool.waiting() == 1);
    s.server.reset();
    busy.let_go();
    REQUIRE(run_until(*turns, [&] { return busy.pool.waiting() == 0; }));
    CHECK(s.server_events.ended == 1);
}

TEST_CASE("handshakes: loop, stream and context may end before the step") {
    busy_pool busy;
    {
        const auto turns = new_loop();
        secured s(*turns, server_context(&busy.pool), client_context());
        REQUIRE(run_until(*turns, [&] { return busy.pool.waiting() == 1; }));
    }
    busy.let_go();
}

TEST_CASE("handshakes: a stream that moves to another loop meanwhile opens there") {
    const auto one = new_loop();
    const auto two = new_loop();
    busy_pool busy;
    secured s(*one, server_context(&busy.pool), client_context());
    REQUIRE(run_until(*one, [&] { return busy.pool.waiting() == 1; }));
    s.server->detach();
    recorder there;
    SUBCASE("before the step is done") {
        REQUIRE(s.server->attach(*two, there).has_value());
        busy.let_go();
    }
    SUBCASE("after it") {
        busy.let_go();
        std::promise<void> after;
        REQUIRE(busy.pool.take([&] { after.set_value(); }));
        after.get_future().wait();
        REQUIRE(s.server->attach(*two, there).has_value());
    }
    REQUIRE(run_until(*two, [&] {
        one->run_once(0ms);
        return there.opened == 1 && s.client_events.opened == 1;
    }));
    CHECK(s.server_events.opened == 0);
}

TEST_CASE("handshakes: many at a time, on threads") {
    const auto turns = new_loop();
    handshake_pool pool(2);
    const auto s = server_context(&pool);
    const auto c = client_context();
    std::vector<std::unique_ptr<secured>> all;
    for (int i = 0; i < 30; ++i) all.push_back(std::make_unique<secured>(*turns, s, c));
    for (auto& one : all) one->talk();
}

TEST_CASE("handshakes: client certificates and their words are the same on the pool") {
    const auto turns = new_loop();
    handshake_pool pool(1);
    secured known(*turns, server_context(&pool, demanding_options()), *tls_context::client(certified_options()));
    known.talk();
    secured unknown(*turns, server_context(&pool, demanding_options()), client_context());
    REQUIRE(run_until(*turns, [&] { return unknown.client_events.ended + unknown.server_events.ended == 2; }));
    CHECK_MESSAGE(has(unknown.server_events.why, "no certificate, and one is required"), unknown.server_events.why);
    CHECK_MESSAGE(has(unknown.client_events.why, "requires a client certificate"), unknown.client_events.why);
}

TEST_CASE("tickets: who comes back is spared the certificate, with the pool and without") {
    const auto turns = new_loop();
    std::optional<handshake_pool> pool;
    SUBCASE("with") {
        pool.emplace(1);
    }
    SUBCASE("without") {}
    const auto server = server_context(pool ? &*pool : nullptr);
    const auto client = client_context();
    secured first(*turns, server, client);
    first.talk();
    CHECK_FALSE(first.server->is_resumed());
    for (int i = 0; i < 3; ++i) {  // each time with the ticket of the time before
        secured again(*turns, server, client);
        again.talk();
        CHECK(again.server->is_resumed());
        CHECK(again.client->is_resumed());
    }
    secured under_another_name(*turns, server, client, "broker.example");
    under_another_name.talk();
    CHECK_FALSE(under_another_name.client->is_resumed());
}

TEST_CASE("tickets: of another server they are worth nothing, and do no harm") {
    const auto turns = new_loop();
    const auto client = client_context();
    secured first(*turns, server_context(nullptr), client);
    first.talk();
    secured other(*turns, server_context(nullptr), client);
    other.talk();
    CHECK_FALSE(other.server->is_resumed());
}

TEST_CASE("tickets: who must show a certificate shows it every time") {
    const auto turns = new_loop();
    const auto server = server_context(nullptr, demanding_options());
    const auto client = *tls_context::client(certified_options());
    secured first(*turns, server, client);
    first.talk();
    secured again(*turns, server, client);
    again.talk();
    CHECK_FALSE(again.server->is_resumed());
}

TEST_CASE("tickets: none are given where none are wanted") {
    const auto turns = new_loop();
    auto without = server_options();
    without.session_tickets = false;
    const auto server = server_context(nullptr, without);
    const auto client = client_context();
    secured first(*turns, server, client);
    first.talk();
    secured again(*turns, server, client);
    again.talk();
    CHECK_FALSE(again.server->is_resumed());
}

TEST_CASE("a client's memory keeps what it read until the file changes") {
    const auto copy = files().file("changing_ca.pem");
    const auto write = [&](const std::string& from) { std::ofstream(copy, std::ios::trunc) << std::ifstream(from).rdbuf(); };
    write(files().ca());
    tls_memory memory;
    client_tls_options options{.ca_file = copy};
    const auto first = *memory.context_for(options);
    CHECK(*memory.context_for(options) == first);
    options.verify_peer = false;
    CHECK(*memory.context_for(options) != first);
    options.verify_peer = true;
    const auto third = *memory.context_for(options);
    std::ofstream(copy, std::ios::app) << "\n";
    CHECK(*memory.context_for(options) != third);
    std::ofstream(copy, std::ios::trunc) << "nothing";
    CHECK_FALSE(memory.context_for(options).has_value());
    write(files().ca());
    CHECK(memory.context_for(options).has_value());
}

namespace {

/// A listener's connections, as a worker has them.
struct door {
    std::unique_ptr<listener> open;
    std::vector<std::unique_ptr<stream>> streams;
    recorder events;
    door(loop& on, const listen_spec& spec) {
        auto made = listen(on, spec, [this, &on](std::unique_ptr<stream> fresh) {
            REQUIRE(fresh->attach(on, events).has_value());
            streams.push_back(std::move(fresh));
        });
        REQUIRE(made.has_value());
        open = std::move(*made);
    }
};

listen_spec prepared_spec(handshake_pool* pool) {
    listen_spec spec;
    spec.at = *parse_address("tls://127.0.0.1:0");
    spec.tls = server_options();
    REQUIRE(prepare(spec, pool).has_value());
    return spec;
}

}  // namespace

TEST_CASE("handshakes: in a crowd, newcomers wait in the kernel's queue") {
    const auto turns = new_loop();
    busy_pool busy;
    for (std::size_t i = 0; i < handshakes_crowd; ++i) REQUIRE(busy.pool.take([] {}));
    door d(*turns, prepared_spec(&busy.pool));
    bool connected = false;
    const auto attempt = dial(*turns, d.open->at(), {.tls = client_options()}, [&](const dial_result& result) { connected = result.has_value(); });
    for (int i = 0; i < 20; ++i) turns->run_once(1ms);
    CHECK(d.streams.empty());
    busy.let_go();
    REQUIRE(run_until(*turns, [&] { return connected; }));
    CHECK(d.streams.size() == 1);
}

TEST_CASE("tickets: a client that dials with a memory comes back to any listener of the same spec") {
    const auto turns = new_loop();
    const auto spec = prepared_spec(nullptr);
    door one(*turns, spec);
    door two(*turns, spec);
    const dial_options options{.tls = {.ca_file = files().ca(), .memory = make_tls_memory()}};
    for (door* d : {&one, &two}) {
        std::unique_ptr<stream> made;
        const auto attempt = dial(*turns, d->open->at(), options, [&](dial_result result) {
            REQUIRE(result.has_value());
            made = std::move(*result);
        });
        REQUIRE(run_until(*turns, [&] { return made != nullptr && d->events.opened == 1; }));
        CHECK(dynamic_cast<tls_stream&>(*d->streams.front()).is_resumed() == (d == &two));
        recorder events;
        REQUIRE(made->attach(*turns, events).has_value());
        send_text(*d->streams.front(), "after the ticket");
        REQUIRE(run_until(*turns, [&] { return events.received == "after the ticket"; }));
    }
}
