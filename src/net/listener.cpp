#include "net/listener.hpp"
#include "net/tcp_acceptor.hpp"
#include "net/tcp_stream.hpp"
namespace tepore::net {
struct tcp_listener final : listener { std::unique_ptr<tcp_acceptor> a; address at_; const address& at() const noexcept override { return at_; } };
result<std::unique_ptr<listener>> listen(loop& on, const listen_spec& spec, std::function<void(std::unique_ptr<stream>)> f) {
    auto fd = listen_on(spec.at, spec.sharing); if (!fd) return std::unexpected(fd.error());
    auto x = std::make_unique<tcp_listener>(); x->at_ = spec.at;
    x->a = std::make_unique<tcp_acceptor>(on, std::move(*fd), [f](unique_fd c, std::string p) { f(std::make_unique<tcp_stream>(std::move(c), std::move(p))); }, *spec.log);
    if (auto r = x->a->start(); !r) return std::unexpected(r.error());
    return x;
}
}
namespace tepore::net {
std::optional<std::string_view> http_request::field(std::string_view) const noexcept { return std::nullopt; }
}
