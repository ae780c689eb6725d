// A whole broker: its workers and their listeners.
// Threads: start() and stop() from one thread; the workers have their own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "broker/limits.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"

namespace tepore::broker {

struct server_options {
    std::vector<net::listen_spec> listeners;
    unsigned workers = 0;            // 0: one for each core
    unsigned handshake_threads = 0;  // for TLS; 0: as many as workers
    net::loop_kind event_loop = net::loop_kind::automatic;
    broker::limits limits;
    std::string users_file;      // empty: nobody is asked who they are
    bool password_login = true;  // with users: user name and password in CONNECT are taken
    bool scram_sha_256 = true;   // with users: this method of enhanced authentication is offered
};

class server {
public:
    /// All listeners are open when this returns; the error names the first that could not be opened.
    [[nodiscard]] static result<std::unique_ptr<server>> start(const server_options& options, log_sink& log);
    /// Tells the clients and ends, in at most a few seconds.
    ~server();
    void stop();

    /// Where the listeners really listen, in the order of the options.
    [[nodiscard]] const std::vector<net::address>& addresses() const noexcept;

private:
    struct parts;
    explicit server(std::unique_ptr<parts> p);
    std::unique_ptr<parts> parts_;
};

}  // namespace tepore::broker
