#include "net/loop.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <algorithm>
#include <atomic>
#include <thread>

#include "net/net_harness.hpp"
#include "net/tcp_acceptor.hpp"

using namespace std::chrono_literals;
using namespace tepore::net;
using namespace tepore::net::testing;

namespace {

struct watching final : watcher {
    std::function<void()> readable = [] {};
    std::function<void()> writable = [] {};
    std::function<void()> hangup = [] {};
    void on_readable() override { readable(); }
    void on_writable() override { writable(); }
    void on_hangup() override { hangup(); }
};

void put(int fd, std::string_view text) {
    REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

std::string take(int fd) {
    std::array<char, 256> bytes{};
    const auto got = ::read(fd, bytes.data(), bytes.size());
    return {bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

}  // namespace

TEST_CASE("a turn runs descriptors, timers, posted tasks, then the end-of-turn hooks") {
    const auto turns = new_loop();
    auto pair = make_socket_pair();
    std::string order;
    watching near;
    near.readable = [&] { order += "r" + take(pair.near.get()); };
    REQUIRE(turns->watch(pair.near.get(), near).has_value());
    turns->at_turn_end([&] { order += "e"; });
    turns->at_turn_end([&] { order += "f"; });
    turns->post([&] { order += "p"; });
    turns->call_at(turns->now(), [&] { order += "t"; });
    put(pair.far.get(), "!");
    turns->run_once(1s);
    CHECK(order == "r!tpef");
    turns->unwatch(pair.near.get());
}

TEST_CASE("the loop wakes for its next timer and not before") {
    const auto turns = new_loop();
    bool fired = false;
    const auto start = std::chrono::steady_clock::now();
    turns->call_at(start + 15ms, [&] { fired = true; });
    CHECK(run_until(*turns, [&] { return fired; }));
    CHECK(std::chrono::steady_clock::now() - start >= 15ms);
}

TEST_CASE("tasks posted from other threads all run, in each thread's order") {
    const auto turns = new_loop();
    constexpr int threads = 4;
    constexpr int each = 2000;
    std::array<int, threads> last{};
    bool ordered = true;
    int ran = 0;
    std::vector<std::jthread> posting;
    for (int t = 0; t < threads; ++t) {
        posting.emplace_back([&, t] {
            for (int i = 1; i <= each; ++i) {
                turns->post([&, t, i] {
                    auto& before = last[static_cast<std::size_t>(t)];
                    ordered = ordered && before + 1 == i;
                    before = i;
                    if (++ran == threads * each) turns->stop();
                });
            }
        });
    }
    turns->run();
    CHECK(ran == threads * each);
    CHECK(ordered);
}

TEST_CASE("stop() before run() makes run() return at once; the loop can run again") {
    const auto turns = new_loop();
    turns->stop();
    turns->run();
    bool ran = false;
    turns->post([&] {
        ran = true;
        turns->stop();
    });
    turns->run();
    CHECK(ran);
}

TEST_CASE("a task that posts another does not hold the turn") {
    const auto turns = new_loop();
    int ran = 0;
    std::function<void()> again = [&] {
        ++ran;
        turns->post(again);
    };
    turns->post(again);
    turns->run_once(1s);
    CHECK(ran == 1);
    turns->run_once(1s);
    CHECK(ran == 2);
}

TEST_CASE("no event of a descriptor is delivered after unwatch, not even of the same turn") {
    const auto turns = new_loop();
    auto one = make_socket_pair();
    auto two = make_socket_pair();
    int heard = 0;
    watching first;
    watching second;
    // Whichever is dispatched first silences the other.
    first.readable = [&] {
        ++heard;
        turns->unwatch(two.near.get());
        turns->unwatch(one.near.get());
    };
    second.readable = first.readable;
    REQUIRE(turns->watch(one.near.get(), first).has_value());
    REQUIRE(turns->watch(two.near.get(), second).has_value());
    put(one.far.get(), "x");
    put(two.far.get(), "x");
    turns->run_once(1s);
    turns->run_once(0s);
    CHECK(heard == 1);
}

TEST_CASE("a descriptor number that is reused within a turn does not inherit events") {
    const auto turns = new_loop();
    auto one = make_socket_pair();
    auto two = make_socket_pair();
    auto fresh = make_socket_pair();
    int stale = 0;
    watching newcomer;
    newcomer.readable = [&] { ++stale; };
    watching old;
    old.readable = [&] {
        for (auto* pair : {&one, &two}) {
            const int number = pair->near.get();
            turns->unwatch(number);
            REQUIRE(::dup2(fresh.near.get(), number) == number);  // the number lives on as another, silent socket
            REQUIRE(turns->watch(number, newcomer).has_value());
        }
    };
    REQUIRE(turns->watch(one.near.get(), old).has_value());
    REQUIRE(turns->watch(two.near.get(), old).has_value());
    put(one.far.get(), "x");
    put(two.far.get(), "x");
    turns->run_once(1s);
    CHECK(stale == 0);
    turns->unwatch(one.near.get());
    turns->unwatch(two.near.get());
}

TEST_CASE("an owner may be destroyed by another one's callback") {
    const auto turns = new_loop();
    auto one = make_socket_pair();
    auto two = make_socket_pair();
    std::unique_ptr<watching> owners[2] = {std::make_unique<watching>(), std::make_unique<watching>()};
    int heard = 0;
    owners[0]->readable = [&] {
        ++heard;
        turns->unwatch(two.near.get());
        owners[1].reset();
    };
    owners[1]->readable = [&] {
        ++heard;
        turns->unwatch(one.near.get());
        owners[0].reset();
    };
    REQUIRE(turns->watch(one.near.get(), *owners[0]).has_value());
    REQUIRE(turns->watch(two.near.get(), *owners[1]).has_value());
    put(one.far.get(), "x");
    put(two.far.get(), "x");
    turns->run_once(1s);
    CHECK(heard == 1);
    turns->unwatch(one.near.get());
    turns->unwatch(two.near.get());
}

TEST_CASE("want_readable and want_writable switch what is heard") {
    const auto turns = new_loop();
    auto pair = make_socket_pair();
    int readable = 0;
    int writable = 0;
    watching near;
    near.readable = [&] { ++readable; };
    near.writable = [&] { ++writable; };
    const int fd = pair.near.get();
    REQUIRE(turns->watch(fd, near).has_value());
    put(pair.far.get(), "x");
    turns->want_readable(fd, false);
    turns->run_once(0s);
    CHECK(readable == 0);
    turns->want_writable(fd, true);
    turns->run_once(0s);
    CHECK(writable == 1);
    turns->want_writable(fd, false);
    turns->want_readable(fd, true);
    turns->run_once(0s);
    CHECK(writable == 1);
    CHECK(readable == 1);
    turns->unwatch(fd);
}

TEST_CASE("a hang-up is heard even while nobody wants to read") {
    const auto turns = new_loop();
    auto pair = make_socket_pair();
    int hangups = 0;
    watching near;
    near.hangup = [&] {
        ++hangups;
        turns->unwatch(pair.near.get());
    };
    REQUIRE(turns->watch(pair.near.get(), near).has_value());
    turns->want_readable(pair.near.get(), false);
    pair.far.reset();
    turns->run_once(1s);
    CHECK(hangups == 1);
}

TEST_CASE("many watched descriptors are all heard, and those that are not read stay readable") {
    const auto turns = new_loop();
    constexpr std::size_t count = 1100;  // more than one look brings
    std::vector<socket_pair> pairs;
    std::vector<std::unique_ptr<watching>> owners;
    std::vector<int> heard(count);
    for (std::size_t i = 0; i < count; ++i) {
        pairs.push_back(make_socket_pair());
        owners.push_back(std::make_unique<watching>());
        owners.back()->readable = [&, i] { ++heard[i]; };
        REQUIRE(turns->watch(pairs.back().near.get(), *owners.back()).has_value());
        put(pairs.back().far.get(), "x");
    }
    CHECK(run_until(*turns, [&] { return std::ranges::all_of(heard, [](int times) { return times >= 2; }); }));
    for (const auto& pair : pairs) turns->unwatch(pair.near.get());
}

TEST_CASE("what can not be watched is refused") {
    const auto turns = new_loop();
    watching near;
    const unique_fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    CHECK_FALSE(turns->watch(file.get(), near).has_value());
}

TEST_CASE("a listening socket is watched, closed and listened on again at once") {
    const auto turns = new_loop();
    watching near;
    std::uint16_t port = 0;
    for (int i = 0; i < 3; ++i) {
        auto listening = listen_on(*parse_address("tcp://127.0.0.1:" + std::to_string(port)), port_sharing::alone);
        REQUIRE(listening.has_value());
        port = endpoint::of_socket(listening->get()).port();
        REQUIRE(turns->watch(listening->get(), near).has_value());
        turns->run_once(0s);
        turns->unwatch(listening->get());
    }
}

namespace {

struct lines final : tepore::log_sink {
    bool wants(tepore::log_level) const noexcept override { return true; }
    void write(tepore::log_level, std::string_view line) override { text += std::string(line) + '\n'; }
    std::string text;
};

/// As many descriptors as are open, and `more`.
class descriptors_left {
public:
    explicit descriptors_left(rlim_t more) {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        const unique_fd next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        rlimit limit = before_;
        limit.rlim_cur = static_cast<rlim_t>(next.get()) + more;
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    }
    ~descriptors_left() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    descriptors_left(const descriptors_left&) = delete;
    descriptors_left& operator=(const descriptors_left&) = delete;

private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("where io_uring works, but not for every loop, automatic is epoll for all, and the log says why") {
    lines log;
    tepore::result<std::vector<std::unique_ptr<loop>>> made;
    {
        const descriptors_left few(5);  // epoll's loop needs two
        CHECK_FALSE(make_loops(loop_kind::io_uring, 2, log).has_value());
        made = make_loops(loop_kind::automatic, 2, log);
    }
    REQUIRE(made.has_value());
    CHECK(made->size() == 2);
    CHECK(std::ranges::none_of(*made, [](const auto& one) { return one->sends_later(); }));
    CHECK(log.text.starts_with("the event loop is epoll: "));
}
