// What both loops owe to sockets, where reading ahead and sending later could go wrong.
#include <doctest/doctest.h>
#include <functional>

#include "net/net_harness.hpp"
#include "net/uring.hpp"

using namespace std::chrono_literals;
using namespace tepore::net;
using namespace tepore::net::testing;

namespace {

/// A recorder that lets the test act in the middle of things.
struct acting final : stream_events {
    std::function<void()> after_bytes = [] {};
    std::function<void()> after_sent = [] {};

    void on_open() override {}
    void on_bytes(tepore::byte_view bytes) override {
        received += tepore::as_text(bytes);
        ++pieces;
        after_bytes();
    }
    void on_room() override { ++rooms; }
    void on_sent(std::size_t now_taken, std::size_t now_offered) override {
        taken = now_taken;
        offered = now_offered;
        ++sents;
        after_sent();
    }
    void on_end(std::string_view) override { ++ended; }

    std::string received;
    int pieces = 0;
    int rooms = 0;
    int sents = 0;
    int ended = 0;
    std::size_t taken = 0;
    std::size_t offered = 0;
};

/// send_soon() as a broker uses it: how much was taken, now or in the next turn.
std::size_t send_soon(loop& on, stream& to, acting& events, std::string_view text) {
    const iovec part{const_cast<char*>(text.data()), text.size()};
    if (const auto taken = to.send_soon({&part, 1})) return *taken;
    const int before = events.sents;
    REQUIRE(run_until(on, [&] { return events.sents > before; }));
    CHECK(events.offered == text.size());
    return events.taken;
}

std::size_t write_some(int fd, std::string_view text) {
    const auto written = ::write(fd, text.data(), text.size());
    return written > 0 ? static_cast<std::size_t>(written) : 0;
}

/// A stream with a bare socket at its other end.
struct half {
    std::unique_ptr<tcp_stream> near;
    unique_fd far;
    acting events;

    explicit half(loop& on) {
        auto pair = make_socket_pair();
        near = std::make_unique<tcp_stream>(std::move(pair.near), "near");
        far = std::move(pair.far);
        REQUIRE(near->attach(on, events).has_value());
    }
};

/// Several reads' worth, that fit into a socket's buffer.
constexpr std::size_t several_pieces = 6 * receive_piece_bytes;

}  // namespace

TEST_CASE("more sockets with bytes than there are buffers: each gets its own, whole and in order") {
    const auto turns = new_loop();
    std::vector<std::unique_ptr<half>> all;
    const std::string bytes = pattern(3 * receive_piece_bytes);
    for (std::size_t i = 0; i < 4 * receive_pieces; ++i) all.push_back(std::make_unique<half>(*turns));
    for (int round = 1; round <= 3; ++round) {
        std::vector<std::size_t> written(all.size());
        for (std::size_t i = 0; i < all.size(); ++i) written[i] = write_some(all[i]->far.get(), std::string_view(bytes).substr(i));
        REQUIRE(run_until(*turns, [&] {
            for (std::size_t i = 0; i < all.size(); ++i)
                if (all[i]->events.received.size() < written[i]) return false;
            return true;
        }));
        for (std::size_t i = 0; i < all.size(); ++i) {
            CHECK(all[i]->events.received == bytes.substr(i, written[i]));
            all[i]->events.received.clear();
        }
    }
}

TEST_CASE("bytes that were on their way when nobody wanted them any more wait, and come in order") {
    const auto turns = new_loop();
    half h(*turns);
    CHECK(write_some(h.far.get(), "first") == 5);  // from here on the kernel may read ahead
    REQUIRE(run_until(*turns, [&] { return h.events.received == "first"; }));
    h.events.received.clear();
    h.events.after_bytes = [&] { h.near->want_bytes(false); };
    const std::string all = pattern(several_pieces);
    REQUIRE(write_some(h.far.get(), all) == all.size());
    std::size_t last = 0;
    int pieces = h.events.pieces;
    while (h.events.received.size() < all.size()) {
        REQUIRE(run_until(*turns, [&] { return h.events.pieces > pieces; }));
        // Quiet until it is wanted, though turns go by.
        for (int i = 0; i < 3; ++i) turns->run_once(0s);
        CHECK(h.events.pieces == pieces + 1);
        CHECK(h.events.received.size() > last);
        pieces = h.events.pieces;
        last = h.events.received.size();
        h.near->want_bytes(true);
    }
    CHECK(h.events.received == all);
    h.events.after_bytes = [] {};
    CHECK(write_some(h.far.get(), "more") == 4);
    REQUIRE(run_until(*turns, [&] { return h.events.received == all + "more"; }));
}

TEST_CASE("wanting and not wanting in quick turns loses nothing") {
    const auto turns = new_loop();
    half h(*turns);
    const std::string all = pattern(2'000'000);
    std::size_t written = 0;
    int turn = 0;
    REQUIRE(run_until(*turns, [&] {
        written += write_some(h.far.get(), std::string_view(all).substr(written, 50'000));
        // All ways of saying it: off and on within one turn, off for one turn, off in the callback.
        switch (++turn % 4) {
            case 0:
                h.near->want_bytes(false);
                h.near->want_bytes(true);
                break;
            case 1: h.near->want_bytes(false); break;
            case 2: h.near->want_bytes(true); break;
            default: h.events.after_bytes = [&] { h.near->want_bytes(turn % 8 > 4); }; break;
        }
        return h.events.received.size() == all.size();
    }));
    CHECK(h.events.received == all);
}

TEST_CASE("the end waits behind bytes that nobody wanted") {
    const auto turns = new_loop();
    half h(*turns);
    CHECK(write_some(h.far.get(), "first") == 5);
    REQUIRE(run_until(*turns, [&] { return h.events.received == "first"; }));
    h.events.after_bytes = [&] { h.near->want_bytes(false); };
    const std::string all = pattern(several_pieces);
    REQUIRE(write_some(h.far.get(), all) == all.size());
    h.far.reset();
    REQUIRE(run_until(*turns, [&] { return h.events.pieces == 2; }));
    for (int i = 0; i < 5; ++i) turns->run_once(1ms);
    CHECK(h.events.pieces == 2);
    CHECK(h.events.ended == 0);
    h.events.after_bytes = [] {};
    h.near->want_bytes(true);
    REQUIRE(run_until(*turns, [&] { return h.events.ended == 1; }));
    CHECK(h.events.received == "first" + all);
}

TEST_CASE("finishing drops what was kept, and ends when the peer has ended") {
    const auto turns = new_loop();
    half h(*turns);
    CHECK(write_some(h.far.get(), "first") == 5);
    REQUIRE(run_until(*turns, [&] { return h.events.received == "first"; }));
    h.events.after_bytes = [&] { h.near->want_bytes(false); };
    REQUIRE(write_some(h.far.get(), pattern(several_pieces)) == several_pieces);
    h.far.reset();
    REQUIRE(run_until(*turns, [&] { return h.events.pieces == 2; }));
    for (int i = 0; i < 3; ++i) turns->run_once(0s);
    const auto before = h.events.received.size();
    const auto start = std::chrono::steady_clock::now();
    h.near->finish();
    REQUIRE(run_until(*turns, [&] { return h.events.ended == 1; }));
    CHECK(std::chrono::steady_clock::now() - start < finish_patience);
    CHECK(h.events.received.size() == before);
}

TEST_CASE("a stream that leaves in the middle takes along what was read ahead") {
    const auto one = new_loop();
    const auto two = new_loop();
    half h(*one);
    CHECK(write_some(h.far.get(), "first") == 5);
    REQUIRE(run_until(*one, [&] { return h.events.received == "first"; }));
    h.events.received.clear();
    loop* at = one.get();
    loop* next = two.get();
    int moves = 0;
    bool leave = true;
    h.events.after_bytes = [&] {
        if (!std::exchange(leave, false)) return;
        ++moves;
        h.near->detach();
        next->post([&, to = next] { REQUIRE(h.near->attach(*to, h.events).has_value()); });
        std::swap(at, next);
    };
    const std::string all = pattern(1'000'000);
    std::size_t written = 0;
    REQUIRE(run_until(*one, [&] {
        written += write_some(h.far.get(), std::string_view(all).substr(written, several_pieces));
        two->run_once(0s);
        leave = true;
        return h.events.received.size() == all.size();
    }));
    CHECK(h.events.received == all);
    CHECK(moves > 3);
}

TEST_CASE("what is sent soon is sent in the next turn at the latest") {
    const auto turns = new_loop();
    half h(*turns);
    CHECK(send_soon(*turns, *h.near, h.events, "hello") == 5);
    std::array<char, 16> came{};
    CHECK(::read(h.far.get(), came.data(), came.size()) == 5);
    // In many parts as well, and for many streams at once.
    std::vector<std::unique_ptr<half>> all;
    for (std::size_t i = 0; i < submissions_max + 100; ++i) all.push_back(std::make_unique<half>(*turns));
    const std::string text = "many parts";
    std::vector<iovec> parts;
    for (const char& c : text) parts.push_back({const_cast<char*>(&c), 1});
    std::size_t at_once = 0;
    for (const auto& each : all) at_once += each->near->send_soon(parts).value_or(0);
    REQUIRE(run_until(*turns, [&] {
        std::size_t taken = at_once;
        for (const auto& each : all) taken += each->events.taken;
        return taken == all.size() * text.size();
    }));
    for (const auto& each : all) {
        came = {};
        CHECK(::read(each->far.get(), came.data(), came.size()) == static_cast<ssize_t>(text.size()));
        CHECK(std::string_view(came.data()) == text);
    }
}

TEST_CASE("sending soon meets a full connection: the rest goes when there is room") {
    const auto turns = new_loop();
    half h(*turns);
    const std::string all = pattern(4 * 1024 * 1024);
    std::size_t sent = send_soon(*turns, *h.near, h.events, all);
    CHECK(sent < all.size());
    turns->run_once(0s);
    CHECK(h.events.rooms == 0);
    std::string came;
    std::vector<char> buffer(100'000);
    int rooms_seen = 0;
    REQUIRE(run_until(*turns, [&] {
        if (const auto got = ::read(h.far.get(), buffer.data(), buffer.size()); got > 0) came.append(buffer.data(), static_cast<std::size_t>(got));
        if (h.events.rooms > rooms_seen && sent < all.size()) {
            rooms_seen = h.events.rooms;
            sent += send_soon(*turns, *h.near, h.events, std::string_view(all).substr(sent));
        }
        return came.size() == all.size();
    }));
    CHECK(came == all);
}

TEST_CASE("a stream that goes before the turn is over sends nothing, and nobody inherits its descriptor's errands") {
    const auto turns = new_loop();
    std::vector<std::unique_ptr<half>> fresh;
    std::vector<unique_fd> far;
    for (int i = 0; i < 20; ++i) {
        // Errands of all kinds at once: a read, a wish for room, a send.
        auto gone = std::make_unique<half>(*turns);
        turns->run_once(0s);
        {
            const std::string text = "not to be seen: " + pattern(1000);
            const iovec part{const_cast<char*>(text.data()), text.size()};
            if (turns->sends_later()) CHECK_FALSE(gone->near->send_soon({&part, 1}).has_value());
        }
        far.push_back(std::move(gone->far));
        gone.reset();
        fresh.push_back(std::make_unique<half>(*turns));  // takes the numbers over
    }
    turns->run_once(0s);
    std::array<char, 16> came{};
    for (const auto& f : far) CHECK(::read(f.get(), came.data(), came.size()) == 0);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
        CHECK(::read(fresh[i]->far.get(), came.data(), came.size()) == -1);
        CHECK(errno == EAGAIN);
        CHECK(fresh[i]->events.sents == 0);
        CHECK(write_some(fresh[i]->far.get(), std::to_string(i)) > 0);
    }
    REQUIRE(run_until(*turns, [&] {
        for (std::size_t i = 0; i < fresh.size(); ++i)
            if (fresh[i]->events.received.size() < std::to_string(i).size()) return false;
        return true;
    }));
    for (std::size_t i = 0; i < fresh.size(); ++i) CHECK(fresh[i]->events.received == std::to_string(i));
}

TEST_CASE("sending soon to a peer that is gone: nothing is taken, and the end is told") {
    const auto turns = new_loop();
    half h(*turns);
    h.far.reset();
    const iovec part{const_cast<char*>("late"), 4};
    if (const auto taken = h.near->send_soon({&part, 1})) CHECK(*taken == 0);
    REQUIRE(run_until(*turns, [&] { return h.events.ended == 1; }));
    CHECK(h.events.taken == 0);
    CHECK(h.events.rooms == 0);
}

TEST_CASE("a stream may go while its own send is being told") {
    const auto turns = new_loop();
    auto h = std::make_unique<half>(*turns);
    if (!turns->sends_later()) return;
    h->events.after_sent = [&] { h->near->detach(); };
    const iovec part{const_cast<char*>("bye"), 3};
    CHECK_FALSE(h->near->send_soon({&part, 1}).has_value());
    CHECK(write_some(h->far.get(), "unheard") == 7);
    REQUIRE(run_until(*turns, [&] { return h->events.sents == 1; }));
    h->near.reset();
    for (int i = 0; i < 3; ++i) turns->run_once(0s);
    CHECK(h->events.ended == 0);
}

TEST_CASE("bytes and the end that come together are both heard, whatever was read before") {
    const auto turns = new_loop();
    for (const bool read_before : {false, true}) {
        half h(*turns);
        if (read_before) {
            CHECK(write_some(h.far.get(), "first ") == 6);
            REQUIRE(run_until(*turns, [&] { return h.events.received == "first "; }));
        }
        CHECK(write_some(h.far.get(), "last") == 4);
        h.far.reset();
        CHECK(run_until(*turns, [&] { return h.events.ended == 1; }));
        CHECK(h.events.received == (read_before ? "first last" : "last"));
    }
}
