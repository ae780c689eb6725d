// Opens a TCP connection to the first of several endpoints that answers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/endpoint.hpp"
#include "net/loop.hpp"
#include "net/unique_fd.hpp"

namespace tepore::net {

class tcp_connector final : private watcher {
public:
    using taker = std::function<void(result<unique_fd> connection)>;

    /// `endpoints` is not empty. Each gets an equal share of the time until `deadline`. `done` is called once, never from here; it may destroy the
    /// connector.
    tcp_connector(net::loop& loop, std::vector<endpoint> endpoints, monotonic deadline, taker done);
    ~tcp_connector();
    tcp_connector(const tcp_connector&) = delete;
    tcp_connector& operator=(const tcp_connector&) = delete;

private:
    void on_readable() override { check(); }
    void on_writable() override { check(); }
    void on_hangup() override { check(); }

    void try_next();
    void check();
    void give_up_this(std::string why);
    void stop_waiting() noexcept;

    net::loop& loop_;
    std::vector<endpoint> endpoints_;
    std::size_t next_ = 0;
    monotonic deadline_;
    taker done_;
    unique_fd fd_;
    timer_id timer_ = 0;
    std::string first_failure_;
};

}  // namespace tepore::net
