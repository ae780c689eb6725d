#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <thread>

#include "net/net_harness.hpp"
#include "net/resolver.hpp"
#include "net/tcp_acceptor.hpp"
#include "net/tcp_connector.hpp"
#include "net/tcp_stream.hpp"

using namespace std::chrono_literals;
using namespace tepore::net;
using namespace tepore::net::testing;
using tepore::byte_view;
using tepore::silent_log;

namespace {

address loopback(std::uint16_t port = 0, std::string host = "127.0.0.1") {
    return {.kind = transport::tcp, .host = std::move(host), .port = port};
}

/// A loop with a listening socket and one connection through it, both ends as streams.
struct wired {
    std::unique_ptr<loop> turns = new_loop();
    unique_fd accepted;
    std::string accepted_peer;
    std::unique_ptr<tcp_stream> near;  // accepted
    std::unique_ptr<tcp_stream> far;   // connected
    recorder near_events;
    recorder far_events;

    explicit wired(int receive_bytes = 0) {
        auto listening = listen_on(loopback(), port_sharing::alone);
        REQUIRE(listening.has_value());
        if (receive_bytes > 0) ::setsockopt(listening->get(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
        tcp_acceptor acceptor(
            *turns, std::move(*listening),
            [&](unique_fd fd, std::string peer) {
                accepted = std::move(fd);
                accepted_peer = std::move(peer);
            },
            silent_log());
        REQUIRE(acceptor.start().has_value());
        unique_fd connected;
        const tcp_connector connector(*turns, resolve_without_waiting("127.0.0.1", acceptor.port()), turns->now() + 5s, [&](auto made) {
            REQUIRE(made.has_value());
            connected = std::move(*made);
        });
        REQUIRE(run_until(*turns, [&] { return accepted && connected; }));
        near = std::make_unique<tcp_stream>(std::move(accepted), accepted_peer);
        far = std::make_unique<tcp_stream>(std::move(connected), "far");
    }

    void attach_both() {
        REQUIRE(near->attach(*turns, near_events).has_value());
        REQUIRE(far->attach(*turns, far_events).has_value());
    }
};

}  // namespace

TEST_CASE("bytes go both ways, and a stream opens once") {
    wired w;
    w.attach_both();
    CHECK(w.near_events.opened == 1);
    CHECK(w.near->kind() == "tcp");
    CHECK(w.near->peer().starts_with("127.0.0.1:"));
    std::array<iovec, 2> parts{iovec{const_cast<char*>("hel"), 3}, iovec{const_cast<char*>("lo"), 2}};
    CHECK(w.far->send(parts) == 5);
    REQUIRE(run_until(*w.turns, [&] { return w.near_events.received == "hello"; }));
    CHECK(send_text(*w.near, "and back") == 8);
    REQUIRE(run_until(*w.turns, [&] { return w.far_events.received == "and back"; }));
    w.near->detach();
    REQUIRE(w.near->attach(*w.turns, w.near_events).has_value());
    CHECK(w.near_events.opened == 1);
}

TEST_CASE("an orderly end is told to both, after the last bytes") {
    wired w;
    w.attach_both();
    CHECK(send_text(*w.near, "last words") == 10);
    w.near->finish();
    CHECK(send_text(*w.near, "too late") == 0);
    REQUIRE(run_until(*w.turns, [&] { return w.far_events.ended == 1; }));
    CHECK(w.far_events.received == "last words");
    CHECK(w.far_events.why.empty());
    w.far.reset();
    REQUIRE(run_until(*w.turns, [&] { return w.near_events.ended == 1; }));
    CHECK(w.near_events.why.empty());
}

TEST_CASE("a reset says so") {
    wired w;
    w.attach_both();
    CHECK(send_text(*w.near, "never read by the other side") > 0);
    REQUIRE(run_until(*w.turns, [&] { return !w.far_events.received.empty(); }));
    w.near->want_bytes(false);
    CHECK(send_text(*w.far, "unread") > 0);
    w.turns->run_once(5ms);
    w.near.reset();  // closing over unread bytes resets
    REQUIRE(run_until(*w.turns, [&] { return w.far_events.ended == 1; }));
    CHECK(w.far_events.why.find("reset") != std::string::npos);
}

TEST_CASE("a short write is followed by on_room, and nothing is lost or doubled") {
    wired w(16 * 1024);
    w.attach_both();
    w.near->want_bytes(false);
    const std::string all = pattern(8 * 1024 * 1024);
    std::size_t sent = send_text(*w.far, all);
    CHECK(sent < all.size());
    w.turns->run_once(0s);
    CHECK(w.near_events.received.empty());
    w.near->want_bytes(true);
    int rooms_seen = 0;
    REQUIRE(run_until(*w.turns, [&] {
        if (w.far_events.rooms > rooms_seen) {
            rooms_seen = w.far_events.rooms;
            sent += send_text(*w.far, std::string_view(all).substr(sent));
        }
        return w.near_events.received.size() == all.size();
    }));
    CHECK(rooms_seen > 0);
    CHECK(w.near_events.received == all);
}

TEST_CASE("more parts than one system call takes are sent all the same") {
    wired w;
    w.attach_both();
    const std::string all = pattern(5000);
    std::vector<iovec> parts;
    for (const char& c : all) parts.push_back({const_cast<char*>(&c), 1});
    CHECK(w.far->send(parts) == all.size());
    REQUIRE(run_until(*w.turns, [&] { return w.near_events.received.size() == all.size(); }));
    CHECK(w.near_events.received == all);
}

TEST_CASE("bytes that came before a reset are still read by one who had paused") {
    wired w;
    w.attach_both();
    w.near->want_bytes(false);
    CHECK(send_text(*w.near, "unread, so that closing resets") > 0);
    CHECK(send_text(*w.far, "goodbye") == 7);
    w.far->detach();
    w.far.reset();
    for (int i = 0; i < 5; ++i) w.turns->run_once(1ms);  // the hang-up is heard here; it must neither spin nor end the stream
    CHECK(w.near_events.ended == 0);
    w.near->want_bytes(true);
    REQUIRE(run_until(*w.turns, [&] { return w.near_events.ended == 1; }));
    CHECK(w.near_events.received == "goodbye");
}

TEST_CASE("a peer that is gone wakes nobody who has paused, turn after turn") {
    wired w;
    w.attach_both();
    w.near->want_bytes(false);
    CHECK(send_text(*w.near, "unread, so that closing resets") > 0);
    w.turns->run_once(20ms);
    w.far->detach();
    w.far.reset();
    for (int i = 0; i < 3; ++i) w.turns->run_once(20ms);  // the hang-up is heard
    const auto start = std::chrono::steady_clock::now();
    w.turns->run_once(50ms);
    CHECK(std::chrono::steady_clock::now() - start >= 50ms);
    CHECK(w.near_events.ended == 0);
}

TEST_CASE("one who has paused and waits for room hears that the peer is gone") {
    wired w;
    w.attach_both();
    w.near->want_bytes(false);
    w.far->want_bytes(false);
    const std::string much(1'000'000, 'x');
    while (send_text(*w.near, much) == much.size()) {
    }
    bool paused_late = false;
    SUBCASE("paused before the send fails") {}
    SUBCASE("and after it") {
        paused_late = true;
    }
    w.far->detach();
    w.far.reset();  // over unread bytes
    REQUIRE(run_until(*w.turns, [&] { return w.near_events.rooms == 1; }));
    if (paused_late) w.near->want_bytes(true);
    CHECK(send_text(*w.near, much) == 0);
    w.near->want_bytes(false);
    REQUIRE(run_until(*w.turns, [&] { return w.near_events.ended == 1; }));
    CHECK_FALSE(w.near_events.why.empty());
}

TEST_CASE("finishing does not wait for ever for a peer that keeps the connection") {
    wired w;
    w.attach_both();
    w.near->finish();
    REQUIRE(run_until(*w.turns, [&] { return w.far_events.ended == 1; }));
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(run_until(*w.turns, [&] { return w.near_events.ended == 1; }));  // far never closes
    CHECK(std::chrono::steady_clock::now() - start < finish_patience + 2s);
}

TEST_CASE("a stream moves between the loops of two threads and loses nothing") {
    // The far end sends a long pattern; the near end is passed to and fro between two loops, as a broker does after CONNECT.
    struct mover final : stream_events {
        loop* loops[2] = {};
        std::unique_ptr<tcp_stream> moving;
        int at = 0;
        std::size_t until_move = 100'000;
        std::string received;
        int moves = 0;
        std::atomic<bool> done{false};
        std::size_t expected = 0;

        void on_open() override {}
        void on_room() override {}
        void on_end(std::string_view) override {}
        void on_bytes(byte_view bytes) override {
            received += tepore::as_text(bytes);
            if (received.size() >= expected) {
                moving->detach();
                done = true;
            } else if (received.size() / until_move > static_cast<std::size_t>(moves)) {
                ++moves;
                moving->detach();
                at = 1 - at;
                loops[at]->post([this] { REQUIRE(moving->attach(*loops[at], *this).has_value()); });
            }
        }
    };
    wired w;
    const std::string all = pattern(3'000'000);
    mover m;
    m.expected = all.size();
    const auto one = new_loop();
    const auto two = new_loop();
    m.loops[0] = one.get();
    m.loops[1] = two.get();
    m.moving = std::move(w.near);
    one->post([&] { REQUIRE(m.moving->attach(*one, m).has_value()); });
    {
        const std::jthread first([&] { one->run(); });
        const std::jthread second([&] { two->run(); });
        REQUIRE(w.far->attach(*w.turns, w.far_events).has_value());
        std::size_t sent = 0;
        CHECK(run_until(*w.turns, [&] {
            sent += send_text(*w.far, std::string_view(all).substr(sent, 70'000));
            return m.done.load();
        }));
        one->stop();
        two->stop();
    }
    CHECK(m.received == all);
    CHECK(m.moves >= 20);
}

TEST_CASE("an occupied port is explained") {
    auto first = listen_on(loopback(), port_sharing::alone);
    REQUIRE(first.has_value());
    const auto port = endpoint::of_socket(first->get()).port();
    for (const auto sharing : {port_sharing::alone, port_sharing::first, port_sharing::next}) {
        const auto second = listen_on(loopback(port), sharing);
        REQUIRE_FALSE(second.has_value());
        CHECK(second.error().message ==
              "cannot listen on 127.0.0.1:" + std::to_string(port) + ": another program uses this port (stop it, or choose another port)");
    }
    CHECK(listen_on(loopback(1, "192.0.2.1"), port_sharing::alone).error().message.find("does not have that address") != std::string::npos);
}

TEST_CASE("listeners may share a port, but only among themselves") {
    auto first = listen_on(loopback(), port_sharing::first);
    REQUIRE(first.has_value());
    const auto port = endpoint::of_socket(first->get()).port();
    CHECK(listen_on(loopback(port), port_sharing::next).has_value());
    CHECK_FALSE(listen_on(loopback(port), port_sharing::first).has_value());
    CHECK_FALSE(listen_on(loopback(port), port_sharing::alone).has_value());
}

TEST_CASE("IPv6 loopback, where the machine has it") {
    auto listening = listen_on(loopback(0, "::1"), port_sharing::alone);
    if (!listening) return;
    CHECK(endpoint::of_socket(listening->get()).text().starts_with("[::1]:"));
}

TEST_CASE("when descriptors run out, accepting pauses and goes on by itself") {
    const auto turns = new_loop();
    std::vector<unique_fd> accepted;
    auto listening = listen_on(loopback(), port_sharing::alone);
    REQUIRE(listening.has_value());
    tcp_acceptor acceptor(
        *turns, std::move(*listening), [&](unique_fd fd, const std::string&) { accepted.push_back(std::move(fd)); }, silent_log());
    REQUIRE(acceptor.start().has_value());
    const auto to = resolve_without_waiting("127.0.0.1", acceptor.port()).front();
    std::vector<unique_fd> clients;
    const auto connect_one = [&] {
        clients.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(::connect(clients.back().get(), to.raw(), to.size()) == 0);
    };
    // The sanitizer needs descriptors to check a kind of virtual call for the first time: make each once while there are some.
    silent_log().write(tepore::log_level::info, "");
    connect_one();
    REQUIRE(run_until(*turns, [&] { return accepted.size() == 1; }));
    for (int i = 0; i < 3; ++i) connect_one();
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(clients.back().get()) + 1;  // every number below is taken
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
    turns->run_once(100ms);
    turns->run_once(10ms);
    ::setrlimit(RLIMIT_NOFILE, &before);
    CHECK(accepted.size() == 1);
    REQUIRE(run_until(*turns, [&] { return accepted.size() == 3; }));  // one was turned away with the reserve
}

TEST_CASE("connecting: nobody there, no answer in time, given up") {
    const auto turns = new_loop();
    std::uint16_t free_port = 0;
    {
        auto listening = listen_on(loopback(), port_sharing::alone);
        free_port = endpoint::of_socket(listening->get()).port();
    }
    std::string refused;
    const tcp_connector connector(*turns, resolve_without_waiting("localhost", free_port), turns->now() + 5s,
                                  [&](auto made) { refused = made ? "connected" : made.error().message; });
    REQUIRE(run_until(*turns, [&] { return !refused.empty(); }));
    CHECK(refused.find("nobody listens there") != std::string::npos);

    {
        const tcp_connector dropped(*turns, resolve_without_waiting("127.0.0.1", free_port), turns->now() + 5s,
                                    [&](const auto&) { refused = "called"; });
    }
    turns->run_once(5ms);
    CHECK(refused != "called");
}

TEST_CASE("a look-up answers on the loop, and may be forgotten at any time") {
    const auto turns = new_loop();
    std::string answer;
    {
        const lookup asking(*turns, "name.invalid", 1, [&](lookup::answer found) { answer = found ? "found" : found.error().message; });
        REQUIRE(run_until(*turns, [&] { return !answer.empty(); }));
        CHECK(answer.find("cannot find the host \"name.invalid\"") != std::string::npos);
    }
    answer.clear();
    {
        const lookup forgotten(*turns, "name.invalid", 1, [&](const auto&) { answer = "called"; });
    }
    for (int i = 0; i < 5; ++i) turns->run_once(2ms);
    CHECK(answer.empty());
}
