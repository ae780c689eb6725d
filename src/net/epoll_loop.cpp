#include "net/epoll_loop.hpp"

#include <sys/socket.h>
#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "net/epoll_set.hpp"
#include "net/turning_loop.hpp"

namespace tepore::net {
namespace {

/// A full receive buffer means that more may wait: read again, but let the other connections of the turn have their share soon.
constexpr int reads_per_event_max = 4;
/// Signals may interrupt a read; a storm of them must not hold the loop.
constexpr int interrupted_max = 16;

ssize_t receive(int fd, byte_span into) noexcept {
    for (int i = 0; i < interrupted_max; ++i) {
        const ssize_t got = ::recv(fd, into.data(), into.size(), 0);
        if (got >= 0 || errno != EINTR) return got;
    }
    errno = EAGAIN;
    return -1;
}

class epoll_loop final : public turning_loop {
public:
    epoll_loop(unique_fd epoll, unique_fd wake_up) : turning_loop(std::move(wake_up)), set_(std::move(epoll)) {}

    /// Before all else.
    [[nodiscard]] bool watch_wake_up() noexcept { return set_.add_wake_up(wake_up_descriptor()); }

    result<void> watch(int fd, watcher& owner) override { return set_.watch(fd, owner); }
    result<void> watch_socket(int fd, socket_watcher& owner) override { return set_.watch(fd, owner); }

    void want_writable(int fd, bool wanted) noexcept override { set_.want_writable(fd, wanted); }
    void want_readable(int fd, bool wanted) noexcept override { set_.want_readable(fd, wanted); }

    void unwatch(int fd) noexcept override { set_.unwatch(fd); }
    void release_socket(int fd) noexcept override { set_.unwatch(fd); }  // nothing is read ahead

    [[nodiscard]] bool sends_later() const noexcept override { return false; }
    void send_later(int, std::span<const iovec>) override { assert(false); }
    void send_now() override {}

private:
    void wait(duration patience) override { set_.look(in_ms(patience)); }

    /// Rounded up, so that a timer is due when the wait is over; -1 for as long as it takes.
    [[nodiscard]] static int in_ms(duration patience) noexcept {
        if (patience == forever) return -1;
        return static_cast<int>(std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(patience).count(), 0, 60'000));
    }

    void dispatch() override {
        set_.tell([this](int fd, std::uint32_t generation) { read(fd, generation); });
    }

    void settle() override {}

    void read(int fd, std::uint32_t generation) {
        const byte_span into = receive_buffer().subspan(receive_headroom_bytes);
        for (int i = 0; i < reads_per_event_max; ++i) {
            auto* owner = set_.reader(fd, generation);  // each time: the callback may change its mind, or leave
            if (owner == nullptr) return;
            const ssize_t got = receive(fd, into);
            if (got <= 0) {
                if (got == 0) return owner->on_receive_end(0);
                if (errno != EAGAIN) owner->on_receive_end(errno);
                return;
            }
            const auto size = static_cast<std::size_t>(got);
            owner->on_received(into.first(size));
            if (size < into.size()) return;
        }
    }

    epoll_set set_;
};

}  // namespace

result<std::unique_ptr<loop>> make_epoll_loop() {
    unique_fd epoll = make_epoll();
    unique_fd wake_up = make_wake_up();
    if (epoll && wake_up) {
        auto made = std::make_unique<epoll_loop>(std::move(epoll), std::move(wake_up));
        if (made->watch_wake_up()) return made;
    }
    return failure(std::string("cannot create an event loop: ") + std::strerror(errno));
}

}  // namespace tepore::net
