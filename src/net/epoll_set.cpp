#include "net/epoll_set.hpp"

#include <cerrno>
#include <cstring>

namespace tepore::net {

unique_fd make_epoll() noexcept {
    return unique_fd(::epoll_create1(EPOLL_CLOEXEC));
}

bool epoll_set::add_wake_up(int fd) noexcept {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.u64 = wake_key;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void epoll_set::unwatch(int fd) noexcept {
    record* r = find(fd);
    if (r == nullptr) return;
    control(EPOLL_CTL_DEL, fd, *r);
    r->owner = nullptr;
    r->socket = nullptr;
    // Events of this turn that were fetched before carry the old generation and are dropped, even when the number is reused.
    if (++r->generation == 0) r->generation = 1;
}

result<void> epoll_set::add(int fd, watcher* owner, socket_watcher* socket) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= records_.size()) records_.resize(index + 1);
    record& r = records_[index];
    r.events = EPOLLIN;
    if (!control(EPOLL_CTL_ADD, fd, r)) return failure(std::string("cannot watch a descriptor: ") + std::strerror(errno));
    r.owner = owner;
    r.socket = socket;
    return {};
}

epoll_set::record* epoll_set::find(int fd) noexcept {
    const auto index = static_cast<std::size_t>(fd);
    if (fd < 0 || index >= records_.size() || (records_[index].owner == nullptr && records_[index].socket == nullptr)) return nullptr;
    return &records_[index];
}

void epoll_set::want(int fd, std::uint32_t event, bool wanted) noexcept {
    record* r = find(fd);
    if (r == nullptr) return;
    std::uint32_t events = wanted ? r->events | event : r->events & ~event;
    if ((events & EPOLLIN) != 0) events &= ~std::uint32_t{EPOLLET};  // no longer hushed
    if (events == r->events) return;
    r->events = events;
    control(EPOLL_CTL_MOD, fd, *r);
}

/// The peer is gone, but bytes that it sent before may still wait, and nobody wants to read. Level-triggered, the event would come back every turn.
void epoll_set::hush(std::size_t index) noexcept {
    record& r = records_[index];
    if ((r.events & EPOLLET) != 0) return;  // a new request would bring the event once more
    r.events |= EPOLLET;
    control(EPOLL_CTL_MOD, static_cast<int>(index), r);
}

bool epoll_set::control(int operation, int fd, const record& r) noexcept {
    epoll_event event{};
    event.events = r.events;
    event.data.u64 = (std::uint64_t{r.generation} << 32) | static_cast<std::uint32_t>(fd);
    return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
}

}  // namespace tepore::net
