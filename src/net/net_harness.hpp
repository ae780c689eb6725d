// What the tests of this room share: a listener of events that writes everything down, and a way to run loops until something is so.
#pragma once

#include <sys/socket.h>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"
#include "net/tcp_stream.hpp"
#include "net/unique_fd.hpp"

namespace tepore::net::testing {

/// Real sockets need a moment; no test takes anywhere near as long as this unless it fails.
inline constexpr auto patience = std::chrono::seconds(10);
/// How a test program tells CTest that it could not run here.
inline constexpr int skipped_status = 77;

/// Of the kind that TEPORE_TEST_LOOP names, so that all tests can run on each. Where there is no io_uring, its run says so and is skipped.
inline std::unique_ptr<loop> new_loop() {
    const char* wanted = std::getenv("TEPORE_TEST_LOOP");
    const auto kind = wanted != nullptr && std::string_view(wanted) == "io_uring" ? loop_kind::io_uring : loop_kind::epoll;
    auto made = make_loops(kind, 1, silent_log());
    if (!made) {
        std::printf("SKIPPED: %s\n", made.error().message.c_str());
        std::fflush(stdout);
        std::_Exit(skipped_status);
    }
    return std::move(made->front());
}

struct recorder final : stream_events {
    void on_open() override { ++opened; }
    void on_bytes(byte_view bytes) override {
        received += as_text(bytes);
        pieces.emplace_back(as_text(bytes));
    }
    void on_room() override { ++rooms; }
    void on_end(std::string_view reason) override {
        ++ended;
        why = reason;
    }

    int opened = 0;
    int rooms = 0;
    int ended = 0;
    std::string received;
    std::vector<std::string> pieces;  // one per on_bytes
    std::string why;
};

/// Runs turns of `on` until `so()`; false when it never came to be.
template <class Predicate>
bool run_until(loop& on, Predicate so) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (!so()) {
        if (std::chrono::steady_clock::now() > limit) return false;
        on.run_once(std::chrono::milliseconds(20));
    }
    return true;
}

inline std::size_t send_text(stream& to, std::string_view text) {
    const iovec part{const_cast<char*>(text.data()), text.size()};
    return to.send({&part, 1});
}

struct socket_pair {
    unique_fd near;
    unique_fd far;
};

inline socket_pair make_socket_pair() {
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0) return {};
    return {unique_fd(fds[0]), unique_fd(fds[1])};
}

/// Two ends of one connection. (Local sockets behave like TCP here and need no port.)
struct stream_pair {
    std::unique_ptr<stream> near;
    std::unique_ptr<stream> far;
};

inline stream_pair make_stream_pair() {
    auto sockets = make_socket_pair();
    return {std::make_unique<tcp_stream>(std::move(sockets.near), "near"), std::make_unique<tcp_stream>(std::move(sockets.far), "far")};
}

/// Bytes whose place in a stream can be told from their values.
inline std::string pattern(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>((i * 31 + i / 251) & 0xff);
    return out;
}

}  // namespace tepore::net::testing
