#include "bench/stage.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bench/line.hpp"
#include "net/epoll_loop.hpp"
#include "net/unique_fd.hpp"

namespace tepore::bench {
namespace {

constexpr int probe_patience_ms = 5000;

/// Empty when somebody listens.
std::string why_not(const net::endpoint& at) {
    const net::unique_fd probe(::socket(at.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!probe) return std::strerror(errno);
    if (::connect(probe.get(), at.raw(), at.size()) == 0) return {};
    if (errno != EINPROGRESS) return std::strerror(errno);
    pollfd ready{probe.get(), POLLOUT, 0};
    if (::poll(&ready, 1, probe_patience_ms) != 1) return "no answer";
    int failed = 0;
    socklen_t size = sizeof failed;
    ::getsockopt(probe.get(), SOL_SOCKET, SO_ERROR, &failed, &size);
    return failed == ECONNREFUSED ? "nobody listens there" : failed != 0 ? std::strerror(failed) : "";
}

result<void> allow_descriptors(std::uint32_t connections) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max != RLIM_INFINITY && connections + own_descriptors > limit.rlim_max) {
        return failure(std::to_string(connections) + " connections are more than this process may have (" + std::to_string(limit.rlim_max) +
                       " descriptors): raise `ulimit -Hn`, ask for fewer, or start several");
    }
    return {};
}

bool is_near_4(std::uint32_t ip) noexcept {
    const auto in = [ip](std::uint32_t net, unsigned bits) { return ip >> (32 - bits) == net >> (32 - bits); };
    return in(0x7f00'0000, 8) || in(0x0a00'0000, 8) || in(0xac10'0000, 12) || in(0xc0a8'0000, 16) || in(0xa9fe'0000, 16);
}

}  // namespace

bool is_near(const net::endpoint& broker) noexcept {
    if (broker.family() == AF_INET) return is_near_4(ntohl(reinterpret_cast<const sockaddr_in*>(broker.raw())->sin_addr.s_addr));
    if (broker.family() != AF_INET6) return false;
    const auto& ip = reinterpret_cast<const sockaddr_in6*>(broker.raw())->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&ip)) {
        std::uint32_t inner;
        std::memcpy(&inner, ip.s6_addr + 12, sizeof inner);
        return is_near_4(ntohl(inner));
    }
    return IN6_IS_ADDR_LOOPBACK(&ip) || IN6_IS_ADDR_LINKLOCAL(&ip) || (ip.s6_addr[0] & 0xfe) == 0xfc;
}

result<net::endpoint> find_broker(const net::address& at, bool far_is_meant) {
    auto found = net::resolve_without_waiting(at.host, at.port);
    if (found.empty()) {
        auto asked = net::resolve_and_wait(at.host, at.port);
        if (!asked) return std::unexpected(asked.error());
        found = std::move(*asked);
    }
    const auto far = std::ranges::find_if(found, [](const net::endpoint& one) { return !is_near(one); });
    if (far != found.end() && !far_is_meant) {
        return failure(far->text() +
                       " is neither this machine nor its private network. Load on somebody else's broker is rude, and to many an attack: "
                       "put it where you may, and say so with --yes");
    }
    std::string first;
    for (const auto& one : found) {
        auto why = why_not(one);
        if (why.empty()) return one;
        if (first.empty()) first = std::move(why);
    }
    return failure("cannot connect to " + at.text() + ": " + (first.empty() ? "the name has no address" : first));
}

result<std::unique_ptr<stage>> stage::create(const options& asked, const net::endpoint& broker, std::uint32_t connections) {
    if (auto allowed = allow_descriptors(connections); !allowed) return std::unexpected(allowed.error());
    route via{asked.broker, broker, {}, asked.tls.server_name.empty() ? asked.broker.host : asked.tls.server_name, asked.per_source};
    if (net::is_encrypted(asked.broker.kind)) {
        auto tls = net::tls_context::client(asked.tls);  // once: it reads files
        if (!tls) return std::unexpected(tls.error());
        via.tls = std::move(*tls);
    }
    auto meter = meter::create(asked.pid);
    if (!meter) return std::unexpected(meter.error());
    auto loop = net::make_epoll_loop();
    if (!loop) return std::unexpected(loop.error());
    return std::unique_ptr<stage>(new stage(std::move(via), *meter, std::move(*loop)));
}

stage::stage(route via, bench::meter meter, std::unique_ptr<net::loop> loop) : via_(std::move(via)), meter_(meter), loop_(std::move(loop)) {}

stage::~stage() = default;

void stage::open(lean_client& client) {
    if (client.serial() >= lines_.size()) lines_.resize(client.serial() + 1);
    auto& line = lines_[client.serial()];
    if (line) ended_.push_back(std::move(line));
    line = std::make_unique<bench::line>(*loop_, via_, client);
    line->open();
}

void stage::drop(lean_client& client) {
    client.reset();
    if (client.serial() < lines_.size() && lines_[client.serial()]) ended_.push_back(std::move(lines_[client.serial()]));
}

void stage::want_bytes(lean_client& client, bool wanted) {
    if (client.serial() < lines_.size() && lines_[client.serial()]) lines_[client.serial()]->want_bytes(wanted);
}

void stage::turn(duration wait) {
    end_turn();
    loop_->run_once(wait);
    end_turn();
}

void stage::end_turn() {
    for (std::size_t i = 0; i < awake_.size(); ++i) {  // by index: one may wake another
        auto& client = *awake_[i];
        client.end_turn();
        if (client.serial() < lines_.size() && lines_[client.serial()]) lines_[client.serial()]->flush();
    }
    awake_.clear();
    ended_.clear();
}

}  // namespace tepore::bench
