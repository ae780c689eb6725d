// Descriptors in epoll, each with its owner. The epoll loop waits for such a set; io_uring's loop polls one for all that it does not read from.
// Threads: those of the loop that it belongs to.
#pragma once

#include <sys/epoll.h>
#include <array>
#include <cstdint>
#include <vector>

#include "net/loop.hpp"
#include "net/unique_fd.hpp"

namespace tepore::net {

/// Events taken by one look. More ready descriptors than that come with the next.
inline constexpr std::size_t events_per_look_max = 1024;

class epoll_set {
public:
    explicit epoll_set(unique_fd epoll) noexcept : epoll_(std::move(epoll)) {}

    /// Readable while look() would find something.
    [[nodiscard]] int descriptor() const noexcept { return epoll_.get(); }

    /// Makes look() return each time `fd` becomes readable. Nobody is told, and nobody has to read.
    [[nodiscard]] bool add_wake_up(int fd) noexcept;

    result<void> watch(int fd, watcher& owner) { return add(fd, &owner, nullptr); }
    result<void> watch(int fd, socket_watcher& owner) { return add(fd, nullptr, &owner); }
    void want_writable(int fd, bool wanted) noexcept { want(fd, EPOLLOUT, wanted); }
    void want_readable(int fd, bool wanted) noexcept { want(fd, EPOLLIN, wanted); }
    void unwatch(int fd) noexcept;

    /// Whose `fd` is, as long as its watch is the one that `generation` names and wants to read; else null.
    [[nodiscard]] socket_watcher* reader(int fd, std::uint32_t generation) noexcept {
        const record& r = records_[static_cast<std::size_t>(fd)];
        return r.generation == generation && (r.events & EPOLLIN) != 0 ? r.socket : nullptr;
    }

    /// Waits for events at most so long; 0 only looks, -1 waits as long as it takes.
    void look(int patience_ms) noexcept {
        const int count = ::epoll_wait(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()), patience_ms);
        ready_count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    }

    /// Tells the owners what look() has found. Sockets are not told that they are readable: read(fd, generation) is called.
    template <class Read>
    void tell(Read read) {
        for (std::size_t i = 0; i < ready_count_; ++i) tell(ready_[i], read);
    }

private:
    struct record {
        watcher* owner = nullptr;  // one of the two
        socket_watcher* socket = nullptr;
        std::uint32_t generation = 1;
        std::uint32_t events = 0;
    };

    /// The wake-up descriptor's key; generations of real descriptors start at 1, so no watch ever has it.
    static constexpr std::uint64_t wake_key = 0;
    static constexpr std::uint32_t hangup_events = EPOLLERR | EPOLLHUP;

    template <class Read>
    void tell(const epoll_event& event, Read& read) {
        if (event.data.u64 == wake_key) return;
        const auto index = static_cast<std::size_t>(event.data.u64 & 0xffff'ffff);
        const auto generation = static_cast<std::uint32_t>(event.data.u64 >> 32);
        // Looked up again after each callback, which may watch (and so move the table) or unwatch. Interest is masked with what is wanted now: an
        // earlier callback of this turn may have asked this one to be quiet.
        if (const record& r = records_[index]; r.generation == generation && (event.events & r.events & EPOLLIN) != 0) {
            r.socket != nullptr ? read(static_cast<int>(index), generation) : r.owner->on_readable();
        } else if (r.generation == generation && (event.events & hangup_events) != 0) {
            if (r.socket == nullptr) {
                r.owner->on_hangup();
            } else {
                (r.events & EPOLLIN) != 0 ? read(static_cast<int>(index), generation) : hush(index);
            }
        }
        if (const record& r = records_[index]; r.generation == generation && (event.events & r.events & EPOLLOUT) != 0) {
            r.socket != nullptr ? r.socket->on_writable() : r.owner->on_writable();
        }
    }

    result<void> add(int fd, watcher* owner, socket_watcher* socket);
    [[nodiscard]] record* find(int fd) noexcept;
    void want(int fd, std::uint32_t event, bool wanted) noexcept;
    void hush(std::size_t index) noexcept;
    bool control(int operation, int fd, const record& r) noexcept;

    unique_fd epoll_;
    std::array<epoll_event, events_per_look_max> ready_{};
    std::size_t ready_count_ = 0;
    std::vector<record> records_;  // by descriptor: epoll's key is (generation, descriptor), so an event finds its owner with one look
};

/// For epoll_set.
[[nodiscard]] unique_fd make_epoll() noexcept;

}  // namespace tepore::net
