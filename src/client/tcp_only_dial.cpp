// Stands in for net's dial() until that lands: TCP only. To be deleted with that merge.
#include "net/dial.hpp"
#include "net/resolver.hpp"
#include "net/tcp_connector.hpp"
#include "net/tcp_stream.hpp"

namespace tepore::net {
namespace {

class tcp_dialing final : public dialing {
public:
    tcp_dialing(loop& on, const address& to, duration timeout, std::function<void(dial_result)> done)
        : loop_(on), text_(to.text()), deadline_(on.now() + timeout), done_(std::move(done)) {
        auto known = resolve_without_waiting(to.host, to.port);
        if (!known.empty()) {
            connect(std::move(known));
            return;
        }
        lookup_.emplace(on, to.host, to.port, [this](lookup::answer found) {
            if (!found) return done_(failure(text_ + ": " + found.error().message));
            connect(std::move(*found));
        });
    }

private:
    void connect(std::vector<endpoint> endpoints) {
        connector_.emplace(loop_, std::move(endpoints), deadline_, [this](result<unique_fd> connection) {
            if (!connection) return done_(failure(text_ + ": " + connection.error().message));
            done_(std::make_unique<tcp_stream>(std::move(*connection), text_));
        });
    }

    loop& loop_;
    std::string text_;
    monotonic deadline_;
    std::function<void(dial_result)> done_;
    std::optional<lookup> lookup_;
    std::optional<tcp_connector> connector_;
};

}  // namespace

std::unique_ptr<dialing> dial(loop& on, const address& to, const dial_options& options, std::function<void(dial_result)> on_result) {
    return std::make_unique<tcp_dialing>(on, to, options.timeout, std::move(on_result));
}

result<void> check(const client_tls_options&) { return failure("TLS is not there yet"); }

}  // namespace tepore::net
