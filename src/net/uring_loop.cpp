// A turn is one system call: it hands over what the turn before has left to do (sends, new and cancelled reads) and brings what was received.
//
// Every request carries a key: what it does, for which descriptor, and the generation of the watch. A completion whose generation has passed is for
// nobody, and only its buffer is given back. What is to change at the kernel's side of a watch is noted and brought about when the turn is over, so
// that a wish that is taken back costs nothing, and so that no request for a descriptor waits while that number may come to mean something else.
//
// What is only watched, and not read from, is in an epoll set, and the ring polls the set. A ring holds on to what it polls until the kernel has
// taken it down, some time after the process is gone; an epoll set holds on to nothing, and so a killed broker's port is free at once.
#include "net/uring_loop.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "net/epoll_set.hpp"
#include "net/turning_loop.hpp"
#include "net/uring.hpp"

namespace tepore::net {
namespace {

/// Completions told in one turn; further ones come with the next.
constexpr std::size_t completions_per_turn_max = 1024;

/// `other` is not waited for: it changes another request, whose own completion tells what came of it.
enum class operation : std::uint8_t { other, wake, watched, receive, poll, send };
constexpr unsigned operation_bits = 3;
constexpr std::uint32_t operation_mask = (1u << operation_bits) - 1;

constexpr std::uint64_t key_of(operation what, std::uint32_t fd, std::uint32_t generation) noexcept {
    return (std::uint64_t{generation} << 32) | (fd << operation_bits) | static_cast<std::uint32_t>(what);
}
constexpr operation operation_of(std::uint64_t key) noexcept {
    return static_cast<operation>(key & operation_mask);
}
constexpr std::uint32_t descriptor_of(std::uint64_t key) noexcept {
    return static_cast<std::uint32_t>(key) >> operation_bits;
}
constexpr std::uint32_t generation_of(std::uint64_t key) noexcept {
    return static_cast<std::uint32_t>(key >> 32);
}

constexpr std::uint8_t wants_read = 1;
constexpr std::uint8_t wants_write = 2;

class uring_loop final : public turning_loop {
public:
    uring_loop(std::unique_ptr<uring> ring, unique_fd wake_up, unique_fd epoll)
        : turning_loop(std::move(wake_up)), ring_(std::move(ring)), watched_(std::move(epoll)) {}

    result<void> watch(int fd, watcher& owner) override { return watched_.watch(fd, owner); }
    result<void> watch_socket(int fd, socket_watcher& owner) override {
        const auto index = static_cast<std::size_t>(fd);
        if (index >= sockets_.size()) sockets_.resize(index + 1);
        record& r = sockets_[index];
        r.owner = &owner;
        r.wants = wants_read;
        note(static_cast<std::uint32_t>(fd));
        return {};
    }

    void want_writable(int fd, bool wanted) noexcept override {
        if (record* r = find(fd); r != nullptr) {
            want(fd, *r, wants_write, wanted);
        } else {
            watched_.want_writable(fd, wanted);
        }
    }
    void want_readable(int fd, bool wanted) noexcept override {
        if (record* r = find(fd); r != nullptr) {
            want(fd, *r, wants_read, wanted);
        } else {
            watched_.want_readable(fd, wanted);
        }
    }

    void unwatch(int fd) noexcept override {
        record* r = find(fd);
        if (r == nullptr) return watched_.unwatch(fd);
        if (r->receive == request::under_way) cancelled_.push_back(key(operation::receive, fd));
        if (r->poll == request::under_way) cancelled_.push_back(key(operation::poll, fd));
        const auto generation = r->generation + 1;
        const bool noted = r->noted;
        *r = {};
        r->generation = generation != 0 ? generation : 1;
        r->noted = noted;
    }

    void release_socket(int fd) noexcept override {
        record* r = find(fd);
        if (r == nullptr) return;
        // After the last turn nobody goes on with anything.
        if (r->receive != request::none && ring_->is_mine()) read_out(static_cast<std::uint32_t>(fd), *r->owner);
        unwatch(fd);
    }

    [[nodiscard]] bool sends_later() const noexcept override { return true; }

    void send_later(int fd, std::span<const iovec> parts) override {
        record& r = sockets_[static_cast<std::size_t>(fd)];
        assert(r.owner != nullptr && r.sending == 0);
        std::size_t bytes = 0;
        for (const iovec& part : parts) bytes += part.iov_len;
        assert(bytes <= send_later_bytes_max);
        r.sending = static_cast<std::uint32_t>(bytes);
        sends_.push_back({static_cast<std::uint32_t>(fd), r.generation, parts_.size(), parts.size()});
        parts_.insert(parts_.end(), parts.begin(), parts.end());
    }

    void send_now() override {
        if (sends_.empty()) return;
        settle();
        auto& arrived = ring_->arrived();
        for (std::size_t i = 0; i < arrived.size(); ++i) {
            if (operation_of(arrived[i].key) != operation::send) continue;  // what was received is for the next turn
            const completion c = arrived[i];
            arrived[i].key = key_of(operation::other, 0, 0);
            tell_sent(c);
        }
        std::erase_if(arrived, [](const completion& c) { return operation_of(c.key) == operation::other; });
    }

private:
    /// `ending`: it was cancelled, and has not yet said its last word.
    enum class request : std::uint8_t { none, under_way, ending };

    struct record {
        socket_watcher* owner = nullptr;
        std::uint32_t generation = 1;
        std::uint32_t sending = 0;  // bytes of the send_later() under way
        std::uint8_t wants = 0;
        request receive = request::none;
        request poll = request::none;  // for room to write
        bool noted = false;            // in changed_
        bool ended = false;            // there is nothing more to receive
        bool heard = false;            // something was received
    };
    static_assert(sizeof(record) == 24);  // each idle connection has one

    struct sending {
        std::uint32_t fd;
        std::uint32_t generation;
        std::size_t first;  // in parts_
        std::size_t count;
    };

    // ---- what the turn has left to do

    void wait(duration patience) override {
        request_sends();
        for (const auto fd : changed_) bring_about(fd);
        changed_.clear();
        if (!std::exchange(waking_, true)) request_wake();
        if (!std::exchange(watching_, true)) request_watched();
        ring_->submit_and_wait(ring_->arrived().empty() ? patience : duration::zero());
        forget_sends();
    }

    void settle() override {
        request_sends();
        ring_->submit();
        forget_sends();
    }

    void request_sends() {
        if (!std::exchange(started_, true)) ring_->start();
        for (const auto key : cancelled_) request_cancel(key);
        cancelled_.clear();
        messages_.reserve(sends_.size());  // the kernel reads them where they are
        for (const auto& s : sends_) {
            if (sockets_[s.fd].generation == s.generation) request_send(s);
        }
    }

    /// They do not wait for room, so that they are done when they are submitted: the kernel looks at their bytes no more.
    void forget_sends() noexcept {
        sends_.clear();
        parts_.clear();
        messages_.clear();
    }

    void request_send(const sending& s) {
        io_uring_sqe& sqe = ring_->next();
        const int fd = static_cast<int>(s.fd);
        if (s.count == 1) {
            io_uring_prep_send(&sqe, fd, parts_[s.first].iov_base, parts_[s.first].iov_len, MSG_DONTWAIT | MSG_NOSIGNAL);
        } else {
            auto& message = messages_.emplace_back();
            message.msg_iov = &parts_[s.first];
            message.msg_iovlen = s.count;
            io_uring_prep_sendmsg(&sqe, fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        sqe.user_data = key_of(operation::send, s.fd, s.generation);
    }

    void request_wake() {
        io_uring_sqe& sqe = ring_->next();
        io_uring_prep_poll_multishot(&sqe, wake_up_descriptor(), POLLIN);
        sqe.user_data = key_of(operation::wake, 0, 0);
    }

    /// Of one event, and asked for again: so it is level-triggered, as epoll is.
    void request_watched() {
        io_uring_sqe& sqe = ring_->next();
        io_uring_prep_poll_add(&sqe, watched_.descriptor(), POLLIN);
        sqe.user_data = key_of(operation::watched, 0, 0);
    }

    void request_cancel(std::uint64_t key) {
        io_uring_sqe& sqe = ring_->next();
        io_uring_prep_cancel64(&sqe, key, 0);
        sqe.flags |= IOSQE_CQE_SKIP_SUCCESS;
        sqe.user_data = key_of(operation::other, 0, 0);
    }

    void bring_about(std::uint32_t fd) {
        record& r = sockets_[fd];
        r.noted = false;
        if (r.owner == nullptr) return;
        const bool read = (r.wants & wants_read) != 0 && !r.ended;
        if (read && r.receive == request::none) {
            request_receive(fd, r);
        } else if (!read && r.receive == request::under_way) {
            request_cancel(key_of(operation::receive, fd, r.generation));
            r.receive = request::ending;
        }
        const bool write = (r.wants & wants_write) != 0;
        if (write && r.poll == request::none) {
            request_poll(fd, r);
        } else if (!write && r.poll == request::under_way) {
            request_cancel(key_of(operation::poll, fd, r.generation));
            r.poll = request::ending;
        }
    }

    /// A socket's first read is for itself. Only then the kernel is asked to go on reading, because a connection often moves to another thread's
    /// loop with its first bytes: this way nothing has to be stopped.
    void request_receive(std::uint32_t fd, record& r) {
        io_uring_sqe& sqe = ring_->next();
        if (r.heard) {
            io_uring_prep_recv_multishot(&sqe, static_cast<int>(fd), nullptr, 0, 0);
        } else {
            io_uring_prep_recv(&sqe, static_cast<int>(fd), nullptr, 0, 0);
        }
        ring_->receive_into_piece(sqe);
        sqe.user_data = key_of(operation::receive, fd, r.generation);
        r.receive = request::under_way;
    }

    /// Of one event, and asked for again. Reading tells all else.
    void request_poll(std::uint32_t fd, record& r) {
        io_uring_sqe& sqe = ring_->next();
        io_uring_prep_poll_add(&sqe, static_cast<int>(fd), POLLOUT);
        sqe.user_data = key_of(operation::poll, fd, r.generation);
        r.poll = request::under_way;
    }

    // ---- what came

    void dispatch() override {
        for (std::size_t told = 0;;) {
            told += tell_arrived();
            if (told >= completions_per_turn_max || !ring_->has_more()) return;
            ring_->look_again();
            if (ring_->arrived().empty()) return;
        }
    }

    std::size_t tell_arrived() {
        auto& arrived = ring_->arrived();
        for (told_ = 0; told_ < arrived.size();) tell(completion(arrived[told_++]));  // a callback may make more arrive
        arrived.clear();
        return std::exchange(told_, 0);
    }

    void tell(const completion& c) {
        switch (operation_of(c.key)) {
            case operation::receive: return tell_received(c);
            case operation::send: return tell_sent(c);
            case operation::poll: return tell_polled(c);
            case operation::wake: waking_ = (c.flags & IORING_CQE_F_MORE) != 0; return;
            case operation::watched: return tell_watched();
            case operation::other: return;
        }
    }

    void tell_watched() {
        watching_ = false;
        watched_.look(0);
        watched_.tell([](int, std::uint32_t) { assert(false); });  // holds no sockets to read from
    }

    void tell_received(const completion& c) {
        const auto fd = descriptor_of(c.key);
        socket_watcher* owner = nullptr;
        if (record* r = whose(c); r != nullptr) {
            owner = r->owner;
            r->heard = true;
            if ((c.flags & IORING_CQE_F_MORE) == 0) {
                r->receive = request::none;
                note(fd);
            }
            if (is_end(c)) r->ended = true;
        }
        if (owner != nullptr) tell_received(c, *owner);
        if (uring::has_piece(c)) ring_->give_back(c);
    }

    void tell_received(const completion& c, socket_watcher& owner) {
        if (c.result > 0) {
            owner.on_received(ring_->piece(c));
        } else if (is_end(c)) {
            owner.on_receive_end(-c.result);
        }
    }

    /// Of what there is to receive. Other reads that end (cancelled, no buffer free) are asked for again if they are still wanted.
    [[nodiscard]] static bool is_end(const completion& c) noexcept {
        return c.result <= 0 && c.result != -ECANCELED && c.result != -ENOBUFS && c.result != -EINTR && c.result != -EAGAIN;
    }

    void tell_sent(const completion& c) {
        record* r = whose(c);
        if (r == nullptr) return;
        const auto offered = std::exchange(r->sending, 0);
        if (c.result >= 0) {
            r->owner->on_sent(static_cast<std::size_t>(c.result), offered, 0);
        } else {
            r->owner->on_sent(0, offered, -c.result);
        }
    }

    void tell_polled(const completion& c) {
        record* r = whose(c);
        if (r == nullptr) return;
        r->poll = request::none;
        note(descriptor_of(c.key));
        if (c.result != -ECANCELED && (r->wants & wants_write) != 0) r->owner->on_writable();
    }

    /// Stops the reading and hands out what was read, which may lie among the completions that wait to be told.
    void read_out(std::uint32_t fd, socket_watcher& owner) {
        const auto its_key = key_of(operation::receive, fd, sockets_[fd].generation);
        if (sockets_[fd].receive == request::under_way) request_cancel(its_key);
        auto& arrived = ring_->arrived();
        for (std::size_t i = told_;; ring_->submit_and_wait(duration::max())) {
            for (; i < arrived.size(); ++i) {
                const completion c = arrived[i];
                if (c.key != its_key) continue;
                arrived[i].key = key_of(operation::other, 0, 0);
                tell_received(c, owner);
                if (uring::has_piece(c)) ring_->give_back(c);
                if ((c.flags & IORING_CQE_F_MORE) != 0) continue;
                sockets_[fd].receive = request::none;
                return;
            }
        }
    }

    // ---- watches

    [[nodiscard]] record* find(int fd) noexcept {
        const auto index = static_cast<std::size_t>(fd);
        return fd >= 0 && index < sockets_.size() && sockets_[index].owner != nullptr ? &sockets_[index] : nullptr;
    }

    [[nodiscard]] record* whose(const completion& c) noexcept {
        record& r = sockets_[descriptor_of(c.key)];
        return r.generation == generation_of(c.key) ? &r : nullptr;
    }

    [[nodiscard]] std::uint64_t key(operation what, int fd) const noexcept {
        return key_of(what, static_cast<std::uint32_t>(fd), sockets_[static_cast<std::size_t>(fd)].generation);
    }

    void want(int fd, record& r, std::uint8_t wish, bool wanted) noexcept {
        const auto wants = static_cast<std::uint8_t>(wanted ? r.wants | wish : r.wants & ~wish);
        if (wants == r.wants) return;
        r.wants = wants;
        note(static_cast<std::uint32_t>(fd));
    }

    void note(std::uint32_t fd) {
        if (!std::exchange(sockets_[fd].noted, true)) changed_.push_back(fd);
    }

    std::unique_ptr<uring> ring_;
    bool started_ = false;
    bool waking_ = false;                   // the wake-up descriptor is polled
    bool watching_ = false;                 // so is watched_
    epoll_set watched_;                     // what is no socket to read from
    std::size_t told_ = 0;                  // of the completions that have arrived
    std::vector<record> sockets_;           // by descriptor
    std::vector<std::uint32_t> changed_;    // descriptors whose requests are not what is wanted
    std::vector<std::uint64_t> cancelled_;  // requests of watches that are no more
    std::vector<sending> sends_;
    std::vector<iovec> parts_;  // of sends_
    std::vector<msghdr> messages_;
};

}  // namespace

result<std::unique_ptr<loop>> make_uring_loop() {
    if (const auto& works = uring_works(); !works) return std::unexpected(works.error());
    auto ring = uring::create();
    if (!ring) return std::unexpected(std::move(ring.error()));
    unique_fd wake_up = make_wake_up();
    unique_fd epoll = make_epoll();
    if (!wake_up || !epoll) return failure(std::string("cannot create an event loop: ") + std::strerror(errno));
    return std::make_unique<uring_loop>(std::move(*ring), std::move(wake_up), std::move(epoll));
}

}  // namespace tepore::net
