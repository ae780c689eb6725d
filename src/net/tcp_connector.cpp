#include "net/tcp_connector.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tepore::net {
namespace {

std::string in_words(int error_number) {
    switch (error_number) {
        case ECONNREFUSED: return "nobody listens there (connection refused)";
        case ETIMEDOUT: return "no answer";
        case ENETUNREACH:
        case EHOSTUNREACH: return "no way to that network";
        default: return std::strerror(error_number);
    }
}

}  // namespace

tcp_connector::tcp_connector(net::loop& loop, std::vector<endpoint> endpoints, monotonic deadline, taker done)
    : loop_(loop), endpoints_(std::move(endpoints)), deadline_(deadline), done_(std::move(done)) {
    timer_ = loop_.call_at(loop_.now(), [this] {
        timer_ = 0;
        try_next();
    });
}

tcp_connector::~tcp_connector() {
    stop_waiting();
}

void tcp_connector::try_next() {
    if (next_ == endpoints_.size()) {
        const auto done = std::move(done_);
        return done(failure(first_failure_));
    }
    const endpoint& to = endpoints_[next_];
    const auto tries_left = static_cast<std::int64_t>(endpoints_.size() - next_);
    ++next_;
    fd_.reset(::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_ || (::connect(fd_.get(), to.raw(), to.size()) != 0 && errno != EINPROGRESS)) return give_up_this(in_words(errno));
    if (auto watched = loop_.watch(fd_.get(), *this); !watched) return give_up_this(watched.error().message);
    loop_.want_writable(fd_.get(), true);
    const duration share = std::max<duration>(deadline_ - loop_.now(), duration::zero()) / tries_left;
    timer_ = loop_.call_at(loop_.now() + share, [this] {
        timer_ = 0;
        give_up_this(in_words(ETIMEDOUT));
    });
}

void tcp_connector::check() {
    int failed = 0;
    socklen_t size = sizeof failed;
    if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &failed, &size) != 0) failed = errno;
    if (failed != 0) return give_up_this(in_words(failed));
    stop_waiting();
    const auto done = std::move(done_);
    done(std::move(fd_));
}

void tcp_connector::give_up_this(std::string why) {
    stop_waiting();
    if (first_failure_.empty()) first_failure_ = std::move(why);
    // From a timer, so that a long row of unreachable endpoints never nests.
    timer_ = loop_.call_at(loop_.now(), [this] {
        timer_ = 0;
        try_next();
    });
}

void tcp_connector::stop_waiting() noexcept {
    loop_.cancel(std::exchange(timer_, 0));
    if (fd_) loop_.unwatch(fd_.get());
}

}  // namespace tepore::net
