#include "net/tcp_acceptor.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tepore::net {
namespace {

unique_fd open_reserve() {
    return unique_fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

std::string in_words(int error_number) {
    switch (error_number) {
        case EADDRINUSE: return "another program uses this port (stop it, or choose another port)";
        case EACCES: return "this user may not use this port (ports below 1024 need root or CAP_NET_BIND_SERVICE)";
        case EADDRNOTAVAIL: return "this machine does not have that address";
        default: return std::strerror(error_number);
    }
}

unique_fd bind_and_listen(const endpoint& to, bool share_port) {
    unique_fd fd(::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return fd;
    const int on = 1;
    const int off = 0;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (share_port) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    // "[::]" means every address, IPv4 as well, whatever the system's default is.
    if (to.family() == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (::bind(fd.get(), to.raw(), to.size()) != 0 || ::listen(fd.get(), listen_backlog) != 0) {
        const int failed = errno;
        fd.reset();
        errno = failed;
    }
    return fd;
}

}  // namespace

result<unique_fd> listen_on(const address& at, port_sharing sharing) {
    const std::string where = "cannot listen on " + at.host_and_port() + ": ";
    auto candidates = resolve_without_waiting(at.host, at.port);
    if (candidates.empty()) {
        auto found = resolve_and_wait(at.host, at.port);  // at start-up only
        if (!found) return failure(where + found.error().message);
        candidates = std::move(*found);
    }
    if (candidates.empty()) return failure(where + "the host has no address");
    const endpoint& to = candidates.front();
    if (sharing == port_sharing::first && at.port != 0) {
        // SO_REUSEPORT would join another program's listeners of the same user without a word; a socket without it tells.
        if (!bind_and_listen(to, false)) return failure(where + in_words(errno));
    }
    auto fd = bind_and_listen(to, sharing != port_sharing::alone);
    if (!fd) return failure(where + in_words(errno));
    return fd;
}

tcp_acceptor::tcp_acceptor(net::loop& loop, unique_fd listening, taker take, log_sink& log, std::function<bool()> is_crowded)
    : loop_(loop),
      listening_(std::move(listening)),
      reserve_(open_reserve()),
      take_(std::move(take)),
      log_(log),
      is_crowded_(std::move(is_crowded)) {}

tcp_acceptor::~tcp_acceptor() {
    loop_.cancel(resume_timer_);
    loop_.unwatch(listening_.get());
}

result<void> tcp_acceptor::start() {
    return loop_.watch(listening_.get(), *this);
}

void tcp_acceptor::on_readable() {
    for (int i = 0; i < accepts_per_turn_max; ++i) {
        if (is_crowded_ && is_crowded_()) return rest(crowd_pause);
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        unique_fd connection(::accept4(listening_.get(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (connection) {
            trouble_told_ = false;
            take_(std::move(connection), endpoint(reinterpret_cast<const sockaddr*>(&from), size).text());
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            turn_one_away(errno);
            return rest(accept_pause);
        } else if (errno == EAGAIN) {
            return;
        }
        // Anything else concerns one newcomer that is gone already (ECONNABORTED, EINTR, network errors): go on with the next.
    }
}

void tcp_acceptor::turn_one_away(int error_number) {
    if (!std::exchange(trouble_told_, true)) {
        log_.write(log_level::warning, std::string("new connections have to wait: ") + std::strerror(error_number));
    }
    if (error_number == EMFILE || error_number == ENFILE) {
        reserve_.reset();
        unique_fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        reserve_ = open_reserve();
    }
}

void tcp_acceptor::rest(duration pause) {
    loop_.want_readable(listening_.get(), false);
    resume_timer_ = loop_.call_at(loop_.now() + pause, [this] {
        resume_timer_ = 0;
        loop_.want_readable(listening_.get(), true);
    });
}

}  // namespace tepore::net
