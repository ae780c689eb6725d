#include "load/swarm.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace tepore::load {

namespace {

constexpr std::size_t read_bytes = 256 * 1024;
constexpr std::uint32_t packet_bytes_max = protocol::remaining_length_max;
constexpr int events_per_turn = 1024;

sockaddr_in loopback(std::uint32_t address, std::uint16_t port) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(address);
    where.sin_port = htons(port);
    return where;
}

const sockaddr* generic(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

// ---- link ------------------------------------------------------------------------------------------------------------------------------------

void link::mark() {
    if (!marked_ && !closed_) {
        marked_ = true;
        owner_.marked_.push_back(this);
    }
}

void link::send_raw(byte_view bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    mark();
}

void link::stop_reading() {
    reading_ = false;
    owner_.watch(*this);
}

void link::close(bool reset) {
    if (closed_) return;
    if (reset) {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    ::close(descriptor_);
    closed_ = true;
    ++owner_.closed_;
}

// ---- swarm -----------------------------------------------------------------------------------------------------------------------------------

swarm::swarm(std::uint16_t port) : epoll_(::epoll_create1(EPOLL_CLOEXEC)), port_(port), buffer_(read_bytes) {}

swarm::~swarm() {
    for (const auto& l : links_) l->close();
    ::close(epoll_);
}

bool swarm::allow_descriptors(std::size_t wanted) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    if (limit.rlim_cur >= wanted) return true;
    limit.rlim_cur = wanted;
    limit.rlim_max = std::max<rlim_t>(limit.rlim_max, wanted);  // raising the hard limit needs root
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

link* swarm::open(link_events& events, unsigned number) {
    return open(events, number, port_);
}

link* swarm::open(link_events& events, unsigned number, std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        std::fprintf(stderr, "no socket: %s\n", std::strerror(errno));
        return nullptr;
    }
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const auto source = loopback(INADDR_LOOPBACK + (number / 1000) % 200, 0);
    const auto broker = loopback(INADDR_LOOPBACK, port);
    if (::bind(descriptor, generic(source), sizeof source) != 0 ||
        (::connect(descriptor, generic(broker), sizeof broker) != 0 && errno != EINPROGRESS)) {
        std::fprintf(stderr, "cannot connect: %s\n", std::strerror(errno));
        ::close(descriptor);
        return nullptr;
    }
    links_.push_back(std::unique_ptr<link>(new link(*this, events, descriptor)));
    auto& l = *links_.back();
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT;
    event.data.ptr = &l;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
    l.wants_write_ = true;
    return &l;
}

void swarm::watch(link& l) {
    epoll_event event{};
    event.events = (l.reading_ ? EPOLLIN : 0u) | (l.wants_write_ ? EPOLLOUT : 0u);
    event.data.ptr = &l;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, l.descriptor_, &event);
}

void swarm::end(link& l, std::string_view why) {
    if (l.closed_) return;
    l.close();
    l.events_.ended(l, why);
}

void swarm::turn(int milliseconds) {
    flush();
    std::array<epoll_event, events_per_turn> events;
    const int count = ::epoll_wait(epoll_, events.data(), events_per_turn, milliseconds);
    for (int i = 0; i < count; ++i) {
        auto& l = *static_cast<link*>(events[static_cast<std::size_t>(i)].data.ptr);
        const auto what = events[static_cast<std::size_t>(i)].events;
        if (!l.closed_ && !l.connected_ && (what & EPOLLOUT) != 0 && (what & (EPOLLERR | EPOLLHUP)) == 0) {
            l.connected_ = true;
            l.events_.opened(l);
        }
        if (!l.closed_ && (what & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) read(l);
        if (!l.closed_ && (what & EPOLLOUT) != 0) write(l);
    }
    flush();
    sweep();
}

void swarm::read(link& l) {
    const auto got = ::recv(l.descriptor_, buffer_.data(), buffer_.size(), 0);
    if (got > 0) {
        if (l.ignored_) return;
        l.in_.insert(l.in_.end(), buffer_.begin(), buffer_.begin() + got);
        take_packets(l);
    } else if (got == 0) {
        end(l, "closed by the broker");
    } else if (errno != EAGAIN && errno != EINTR) {
        end(l, std::strerror(errno));
    }
}

void swarm::take_packets(link& l) {
    std::size_t used = 0;
    while (!l.closed_ && !l.ignored_) {
        const auto found = protocol::next_frame(byte_view(l.in_).subspan(used), packet_bytes_max);
        if (found.state == protocol::frame_state::incomplete) break;
        if (found.state == protocol::frame_state::broken) return end(l, found.fault.what);
        l.events_.arrived(l, found.frame);
        used += found.frame.whole.size();
    }
    l.in_.erase(l.in_.begin(), l.in_.begin() + static_cast<std::ptrdiff_t>(used));
}

void swarm::write(link& l) {
    while (!l.out_.empty()) {
        const auto sent = ::send(l.descriptor_, l.out_.data(), l.out_.size(), MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EAGAIN) break;
            return end(l, std::strerror(errno));
        }
        l.out_.erase(l.out_.begin(), l.out_.begin() + sent);
    }
    if (l.wants_write_ != !l.out_.empty()) {
        l.wants_write_ = !l.out_.empty();
        watch(l);
    }
}

void swarm::flush() {
    const auto now = std::move(marked_);
    marked_.clear();
    for (auto* l : now) {
        l->marked_ = false;
        if (!l->closed_ && l->connected_) write(*l);
    }
}

void swarm::sweep() {
    if (closed_ == 0) return;
    std::erase_if(marked_, [](const link* l) { return l->closed_; });
    std::erase_if(links_, [](const auto& l) { return l->closed_; });
    closed_ = 0;
}

}  // namespace tepore::load
