#include "net/epoll_loop.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "net/turning_loop.hpp"

namespace tepore::net {
namespace {

/// Events taken by one epoll_wait. More ready descriptors than that come with the next turn.
constexpr std::size_t events_per_turn_max = 1024;
/// A full receive buffer means that more may wait: read again, but let the other connections of the turn have their share soon.
constexpr int reads_per_event_max = 4;
/// Signals may interrupt a read; a storm of them must not hold the loop.
constexpr int interrupted_max = 16;

/// The wake-up descriptor's key; generations of real descriptors start at 1, so no watch ever has it.
constexpr std::uint64_t wake_key = 0;

constexpr std::uint32_t hangup_events = EPOLLERR | EPOLLHUP;

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
    epoll_loop(unique_fd epoll, unique_fd wake_up) : turning_loop(std::move(wake_up)), epoll_(std::move(epoll)) {}

    /// Before all else.
    [[nodiscard]] bool watch_wake_up() noexcept {
        epoll_event event{};
        event.events = EPOLLIN | EPOLLET;
        event.data.u64 = wake_key;
        return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_up_descriptor(), &event) == 0;
    }

    result<void> watch(int fd, watcher& owner) override { return add(fd, &owner, nullptr); }
    result<void> watch_socket(int fd, socket_watcher& owner) override { return add(fd, nullptr, &owner); }

    void want_writable(int fd, bool wanted) noexcept override { want(fd, EPOLLOUT, wanted); }
    void want_readable(int fd, bool wanted) noexcept override { want(fd, EPOLLIN, wanted); }

    void unwatch(int fd) noexcept override {
        watch_record* record = find(fd);
        if (record == nullptr) return;
        control(EPOLL_CTL_DEL, fd, *record);
        record->owner = nullptr;
        record->socket = nullptr;
        // Events of this turn that were fetched before carry the old generation and are dropped, even when the number is reused.
        if (++record->generation == 0) record->generation = 1;
    }
    void release_socket(int fd) noexcept override { unwatch(fd); }  // nothing is read ahead

    [[nodiscard]] bool sends_later() const noexcept override { return false; }
    void send_later(int, std::span<const iovec>) override { assert(false); }
    void send_now() override {}

private:
    struct watch_record {
        watcher* owner = nullptr;  // one of the two
        socket_watcher* socket = nullptr;
        std::uint32_t generation = 1;
        std::uint32_t events = 0;
    };

    void wait(duration patience) override {
        const int count = ::epoll_wait(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()), in_ms(patience));
        ready_count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    }

    /// Rounded up, so that a timer is due when the wait is over; -1 for as long as it takes.
    [[nodiscard]] static int in_ms(duration patience) noexcept {
        if (patience == forever) return -1;
        return static_cast<int>(std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(patience).count(), 0, 60'000));
    }

    void dispatch() override {
        for (std::size_t i = 0; i < ready_count_; ++i) dispatch(ready_[i]);
    }

    void settle() override {}

    void dispatch(const epoll_event& event) {
        if (event.data.u64 == wake_key) return;  // edge-triggered: needs no read
        const auto index = static_cast<std::size_t>(event.data.u64 & 0xffff'ffff);
        const auto generation = static_cast<std::uint32_t>(event.data.u64 >> 32);
        // Looked up again after each callback, which may watch (and so move the table) or unwatch. Interest is masked with what is wanted now: an
        // earlier callback of this turn may have asked this one to be quiet.
        if (const auto& record = watches_[index]; record.generation == generation && (event.events & record.events & EPOLLIN) != 0) {
            record.socket != nullptr ? read(index, generation) : record.owner->on_readable();
        } else if (record.generation == generation && (event.events & hangup_events) != 0) {
            if (record.socket == nullptr) {
                record.owner->on_hangup();
            } else {
                (record.events & EPOLLIN) != 0 ? read(index, generation) : hush(index);
            }
        }
        if (const auto& record = watches_[index]; record.generation == generation && (event.events & record.events & EPOLLOUT) != 0) {
            record.socket != nullptr ? record.socket->on_writable() : record.owner->on_writable();
        }
    }

    void read(std::size_t index, std::uint32_t generation) {
        const byte_span into = receive_buffer().subspan(receive_headroom_bytes);
        for (int i = 0; i < reads_per_event_max; ++i) {
            const ssize_t got = receive(static_cast<int>(index), into);
            if (got <= 0) {
                if (got == 0) return watches_[index].socket->on_receive_end(0);
                if (errno != EAGAIN) watches_[index].socket->on_receive_end(errno);
                return;
            }
            const auto size = static_cast<std::size_t>(got);
            watches_[index].socket->on_received(into.first(size));
            if (size < into.size()) return;
            const auto& record = watches_[index];
            if (record.generation != generation || (record.events & EPOLLIN) == 0) return;
        }
    }

    /// The peer is gone, but bytes that it sent before may still wait, and nobody wants to read. Level-triggered, the event would come back every
    /// turn.
    void hush(std::size_t index) noexcept {
        watch_record& record = watches_[index];
        if ((record.events & EPOLLET) != 0) return;  // a new request would bring the event once more
        record.events |= EPOLLET;
        control(EPOLL_CTL_MOD, static_cast<int>(index), record);
    }

    result<void> add(int fd, watcher* owner, socket_watcher* socket) {
        const auto index = static_cast<std::size_t>(fd);
        if (index >= watches_.size()) watches_.resize(index + 1);
        watch_record& record = watches_[index];
        record.events = EPOLLIN;
        if (!control(EPOLL_CTL_ADD, fd, record)) return failure(std::string("cannot watch a descriptor: ") + std::strerror(errno));
        record.owner = owner;
        record.socket = socket;
        return {};
    }

    [[nodiscard]] watch_record* find(int fd) noexcept {
        const auto index = static_cast<std::size_t>(fd);
        if (fd < 0 || index >= watches_.size() || (watches_[index].owner == nullptr && watches_[index].socket == nullptr)) return nullptr;
        return &watches_[index];
    }

    void want(int fd, std::uint32_t event, bool wanted) noexcept {
        watch_record* record = find(fd);
        if (record == nullptr) return;
        std::uint32_t events = wanted ? record->events | event : record->events & ~event;
        if ((events & EPOLLIN) != 0) events &= ~std::uint32_t{EPOLLET};  // no longer hushed
        if (events == record->events) return;
        record->events = events;
        control(EPOLL_CTL_MOD, fd, *record);
    }

    bool control(int operation, int fd, const watch_record& record) noexcept {
        epoll_event event{};
        event.events = record.events;
        event.data.u64 = (std::uint64_t{record.generation} << 32) | static_cast<std::uint32_t>(fd);
        return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
    }

    unique_fd epoll_;
    std::array<epoll_event, events_per_turn_max> ready_{};
    std::size_t ready_count_ = 0;
    std::vector<watch_record> watches_;  // by descriptor: epoll's key is (generation, descriptor), so an event finds its owner with one look
};

}  // namespace

result<std::unique_ptr<loop>> make_epoll_loop() {
    unique_fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    unique_fd wake_up = make_wake_up();
    if (epoll && wake_up) {
        auto made = std::make_unique<epoll_loop>(std::move(epoll), std::move(wake_up));
        if (made->watch_wake_up()) return made;
    }
    return failure(std::string("cannot create an event loop: ") + std::strerror(errno));
}

}  // namespace tepore::net
