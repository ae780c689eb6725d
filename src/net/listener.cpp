#include "net/listener.hpp"

#include <utility>

#include "net/http_server.hpp"
#include "net/tcp_acceptor.hpp"
#include "net/tcp_stream.hpp"
#include "net/tls.hpp"

namespace tepore::net {
namespace {

using stream_taker = std::function<void(std::unique_ptr<stream>)>;

std::function<bool()> crowd_of(const tls_context* tls) {
    if (tls == nullptr || tls->handshakes() == nullptr) return nullptr;
    return [pool = tls->handshakes()] { return pool->is_crowded(); };
}

/// An acceptor and the layers it puts on each connection.
class layered_listener final : public listener {
public:
    layered_listener(loop& on, const listen_spec& spec, unique_fd listening, std::shared_ptr<const tls_context> tls, stream_taker on_stream)
        : at_(spec.at),
          tls_(std::move(tls)),
          on_stream_(std::move(on_stream)),
          acceptor_(
              on, std::move(listening), [this](unique_fd connection, std::string peer) { accept(std::move(connection), std::move(peer)); }, *spec.log,
              crowd_of(tls_.get())) {
        at_.port = acceptor_.port();
        if (is_websocket(at_.kind)) {
            http_ = std::make_unique<http_server>(on, at_.path.substr(0, at_.path.find('?')), spec.pages, spec.origins_allowed,
                                                  [this](std::unique_ptr<stream> opened) { on_stream_(std::move(opened)); });
        }
    }

    [[nodiscard]] result<void> start() { return acceptor_.start(); }
    [[nodiscard]] const address& at() const noexcept override { return at_; }

private:
    void accept(unique_fd connection, std::string_view peer) {
        std::unique_ptr<stream> made = std::make_unique<tcp_stream>(std::move(connection), peer);
        if (tls_) made = tls_stream::accept(tls_, std::move(made));
        if (http_) {
            http_->take(std::move(made));
        } else {
            on_stream_(std::move(made));
        }
    }

    address at_;
    std::shared_ptr<const tls_context> tls_;
    stream_taker on_stream_;
    std::unique_ptr<http_server> http_;
    tcp_acceptor acceptor_;
};

}  // namespace

result<void> prepare(listen_spec& spec, handshake_pool* handshakes) {
    if (!is_encrypted(spec.at.kind)) return {};
    auto made = tls_context::server(spec.tls, handshakes);
    if (!made) return failure("cannot listen on " + spec.at.text() + ": " + made.error().message);
    spec.prepared_tls = std::move(*made);
    return {};
}

result<std::unique_ptr<listener>> listen(loop& on, const listen_spec& spec, std::function<void(std::unique_ptr<stream>)> on_stream) {
    if (is_encrypted(spec.at.kind) && !spec.prepared_tls) {
        auto prepared = spec;
        if (auto done = prepare(prepared, nullptr); !done) return std::unexpected(std::move(done.error()));
        return listen(on, prepared, std::move(on_stream));
    }
    auto listening = listen_on(spec.at, spec.sharing);
    if (!listening) return std::unexpected(std::move(listening.error()));
    auto made = std::make_unique<layered_listener>(on, spec, std::move(*listening), spec.prepared_tls, std::move(on_stream));
    if (auto started = made->start(); !started) return std::unexpected(std::move(started.error()));
    return made;
}

}  // namespace tepore::net
