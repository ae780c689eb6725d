// The HTTP side of a ws or wss listener: shows pages, and hands out WebSockets after their upgrade.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/http.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"

namespace tepore::net {

class http_connection;

class http_server {
public:
    /// `websocket_path` is without its query. `on_websocket` gets streams that are open and not attached.
    http_server(net::loop& loop, std::string websocket_path, http_routes pages, std::vector<std::string> origins_allowed,
                std::function<void(std::unique_ptr<stream>)> on_websocket);
    /// Closes the connections that did not become WebSockets.
    ~http_server();
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;

    /// `connection` is not attached; tls streams do their handshake here. Above http_connections_max it is closed at once.
    void take(std::unique_ptr<stream> connection);

private:
    friend class http_connection;
    void retire(http_connection& done);

    net::loop& loop_;
    std::string websocket_path_;
    http_routes pages_;
    std::vector<std::string> origins_allowed_;
    std::function<void(std::unique_ptr<stream>)> on_websocket_;
    std::unordered_map<http_connection*, std::unique_ptr<http_connection>> connections_;
    std::vector<std::unique_ptr<http_connection>> retired_;  // destroyed from a timer, since they retire from inside their own callbacks
    timer_id retire_timer_ = 0;
};

}  // namespace tepore::net
