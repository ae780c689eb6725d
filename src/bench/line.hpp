// One connection of the generator: from socket() to the end. Sources of loopback connections are spread over 127.0.0.1, 127.0.0.2 and so on, since
// one pair of addresses has some 28,000 ports, and searching for a free one gets slow long before.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "bench/lean_client.hpp"
#include "net/address.hpp"
#include "net/endpoint.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "net/unique_fd.hpp"

namespace tepore::bench {

/// How to reach the broker; the same for all lines.
struct route {
    const net::address& to;
    net::endpoint endpoint;
    std::shared_ptr<const net::tls_context> tls;
    std::string server_name;
    std::uint32_t per_source = 0;
};

class line final : net::watcher, net::stream_events {
public:
    line(net::loop& on, const route& via, lean_client& client) : loop_(on), via_(via), client_(client) {}
    ~line();
    line(const line&) = delete;
    line& operator=(const line&) = delete;

    void open();
    /// Sends what waits, as far as the connection takes it.
    void flush();
    void want_bytes(bool wanted);
    [[nodiscard]] bool is_over() const noexcept { return over_; }

private:
    // While it connects:
    void on_readable() override { check(); }
    void on_writable() override { check(); }
    void on_hangup() override { check(); }
    // From then on:
    void on_open() override;
    void on_bytes(byte_view bytes) override;
    void on_room() override;
    void on_end(std::string_view why) override;

    [[nodiscard]] result<void> begin();
    void check();
    void put_layers_on();
    void fail(std::string_view why);

    net::loop& loop_;
    const route& via_;
    lean_client& client_;
    net::unique_fd connecting_;
    std::unique_ptr<net::stream> stream_;
    bool open_ = false;
    bool full_ = false;  // on_room will follow
    bool over_ = false;
};

}  // namespace tepore::bench
