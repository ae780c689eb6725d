// A listening socket. Accepted connections are handed on as descriptors, so that any thread's loop may own them.
#pragma once

#include <functional>
#include <string>

#include "base/log.hpp"
#include "base/result.hpp"
#include "net/address.hpp"
#include "net/endpoint.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"
#include "net/unique_fd.hpp"

namespace tepore::net {

/// Connections taken by one turn; established connections must not wait longer for newcomers.
inline constexpr int accepts_per_turn_max = 64;
/// Out of descriptors or memory: newcomers wait in the kernel's queue for so long before the next try.
inline constexpr duration accept_pause = std::chrono::milliseconds(200);
/// Others have to be served first: less time than they need.
inline constexpr duration crowd_pause = std::chrono::milliseconds(20);
/// Connections that the kernel completes before we take them (the system's limit net.core.somaxconn counts as well).
inline constexpr int listen_backlog = 4096;

/// Binds and listens. The error says "cannot listen on 127.0.0.1:1883: …" and what to do about it.
[[nodiscard]] result<unique_fd> listen_on(const address& at, port_sharing sharing);

class tcp_acceptor final : private watcher {
public:
    using taker = std::function<void(unique_fd connection, std::string peer)>;

    /// While `is_crowded` says so (asked before each newcomer; null: never), newcomers wait in the kernel's queue.
    tcp_acceptor(net::loop& loop, unique_fd listening, taker take, log_sink& log, std::function<bool()> is_crowded = nullptr);
    ~tcp_acceptor();
    tcp_acceptor(const tcp_acceptor&) = delete;
    tcp_acceptor& operator=(const tcp_acceptor&) = delete;

    [[nodiscard]] result<void> start();
    [[nodiscard]] std::uint16_t port() const noexcept { return endpoint::of_socket(listening_.get()).port(); }

private:
    void on_readable() override;
    void on_writable() override {}
    void on_hangup() override {}

    void turn_one_away(int error_number);
    void rest(duration pause);

    net::loop& loop_;
    unique_fd listening_;
    unique_fd reserve_;  // given up for a moment when descriptors run out, to turn the waiting peer away instead of leaving it hanging
    taker take_;
    log_sink& log_;
    std::function<bool()> is_crowded_;
    timer_id resume_timer_ = 0;
    bool trouble_told_ = false;
};

}  // namespace tepore::net
