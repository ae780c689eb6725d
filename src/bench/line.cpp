#include "bench/line.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <cerrno>
#include <cstring>

#include "net/tcp_stream.hpp"
#include "net/websocket.hpp"

namespace tepore::bench {
namespace {

constexpr duration handshake_patience = std::chrono::seconds(30);

/// The first source is left to the system.
result<void> bind_source(int fd, const net::endpoint& to, std::uint32_t source) {
    if (source == 0 || to.family() != AF_INET) return {};
    const auto* broker = reinterpret_cast<const sockaddr_in*>(to.raw());
    if ((ntohl(broker->sin_addr.s_addr) >> 24) != 127) return {};
    // The port is chosen at connect(), for the pair of addresses: at bind() it would have to be free for all of them.
    const int on = 1;
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
        return failure(std::string("cannot use another loopback address: ") + std::strerror(errno));
    }
    return {};
}

}  // namespace

line::~line() {
    if (connecting_) loop_.unwatch(connecting_.get());
}

void line::open() {
    if (const auto begun = begin(); !begun) fail(begun.error().message);
}

result<void> line::begin() {
    connecting_.reset(::socket(via_.endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!connecting_) return failure(std::string("no socket: ") + std::strerror(errno));
    if (const int bytes = static_cast<int>(client_.receive_buffer_bytes()); bytes != 0) {
        ::setsockopt(connecting_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);  // before connect(): it decides what is announced
    }
    const auto source = via_.per_source != 0 ? client_.serial() / via_.per_source : 0;
    if (auto bound = bind_source(connecting_.get(), via_.endpoint, source); !bound) return bound;
    if (::connect(connecting_.get(), via_.endpoint.raw(), via_.endpoint.size()) != 0 && errno != EINPROGRESS) {
        return failure(std::strerror(errno));
    }
    if (auto watched = loop_.watch(connecting_.get(), *this); !watched) return watched;
    loop_.want_writable(connecting_.get(), true);
    return {};
}

void line::check() {
    int failed = 0;
    socklen_t size = sizeof failed;
    if (::getsockopt(connecting_.get(), SOL_SOCKET, SO_ERROR, &failed, &size) != 0) failed = errno;
    loop_.unwatch(connecting_.get());
    if (failed != 0) return fail(std::strerror(failed));
    put_layers_on();
}

void line::put_layers_on() {
    stream_ = std::make_unique<net::tcp_stream>(std::move(connecting_), std::string());
    if (via_.tls) stream_ = net::tls_stream::connect(via_.tls, std::move(stream_), via_.server_name, handshake_patience);
    if (net::is_websocket(via_.to.kind)) {
        stream_ = net::websocket_stream::connect(std::move(stream_), via_.to.host_and_port(), via_.to.path, handshake_patience);
    }
    if (const auto attached = stream_->attach(loop_, *this); !attached) fail(attached.error().message);
}

void line::on_open() {
    open_ = true;
    client_.opened();
}

void line::on_bytes(byte_view bytes) {
    client_.take(bytes, std::chrono::steady_clock::now());
}

void line::on_room() {
    full_ = false;
    client_.wake();
}

void line::on_end(std::string_view why) {
    fail(why);
}

void line::fail(std::string_view why) {
    over_ = true;
    client_.ended(why);
}

void line::flush() {
    auto& out = client_.output();
    if (!open_ || full_ || over_ || out.empty()) return;
    const auto bytes = out.waiting();
    const iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};  // NOLINT: sending does not write through it
    const auto taken = stream_->send({&part, 1});
    full_ = taken < bytes.size();
    out.sent(taken);
}

void line::want_bytes(bool wanted) {
    if (stream_) stream_->want_bytes(wanted);
}

}  // namespace tepore::bench
