#include "net/uring.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "net/unique_fd.hpp"

namespace tepore::net {
namespace {

constexpr int piece_group = 0;
constexpr std::size_t offered_bytes = receive_pieces * sizeof(io_uring_buf);

/// What needs Linux 6.1: nobody but us submits, and completions are worked out when we ask for them and at no other moment. Not yet enabled: the
/// thread that turns the loop is not the one that makes it.
constexpr unsigned setup_flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL |
                                 IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED;

std::string in_words(int error_number) {
    switch (error_number) {
        case ENOSYS: return "the kernel has none";
        case EPERM:
        case EACCES: return "it is forbidden here (the sysctl kernel.io_uring_disabled, or the rules of a container)";
        case EINVAL: return "the kernel is older than 6.1";
        case ENOMEM: return "there is not enough memory that may be locked (ulimit -l)";
        default: return std::strerror(error_number);
    }
}

/// The kernel is short of something for a moment, or a signal came.
bool passes(int error_number) noexcept {
    return error_number == EAGAIN || error_number == EBUSY || error_number == EINTR || error_number == ENOMEM || error_number == ETIME;
}

/// A ring that refuses to work is a bug of ours (a foreign thread, a request that cannot be): nothing could be promised to any connection.
[[noreturn]] void broken(int error_number) noexcept {
    std::fprintf(stderr, "io_uring: %s\n", std::strerror(error_number));
    std::abort();
}

}  // namespace

result<std::unique_ptr<uring>> uring::create() {
    std::unique_ptr<uring> made(new uring);
    int failed = made->make_ring();
    if (failed == 0) failed = made->make_pieces();
    if (failed != 0) return failure("io_uring cannot be used: " + in_words(failed));
    return made;
}

uring::~uring() {
    if (made_) io_uring_queue_exit(&ring_);
    if (offered_ != nullptr) ::munmap(offered_, offered_bytes);
}

int uring::make_ring() noexcept {
    io_uring_params parameters{};
    parameters.flags = setup_flags;
    parameters.cq_entries = completions_max;
    if (const int status = io_uring_queue_init_params(submissions_max, &ring_, &parameters); status < 0) return -status;
    made_ = true;
    return (parameters.features & IORING_FEAT_EXT_ARG) != 0 ? 0 : EINVAL;
}

int uring::make_pieces() noexcept {
    void* memory = ::mmap(nullptr, offered_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return errno;
    offered_ = static_cast<io_uring_buf_ring*>(memory);
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(memory);
    registration.ring_entries = receive_pieces;
    registration.bgid = piece_group;
    if (const int status = io_uring_register_buf_ring(&ring_, &registration, 0); status < 0) return -status;
    pieces_.reset(new (std::nothrow) std::uint8_t[receive_pieces * receive_piece_bytes]);
    if (!pieces_) return ENOMEM;
    for (unsigned id = 0; id < receive_pieces; ++id) add_piece(id);
    offer_pieces();
    return 0;
}

void uring::start() noexcept {
    owner_ = std::this_thread::get_id();
    // liburing 2.3 declares io_uring_enable_rings() and does not export it.
    if (const int status = io_uring_register(static_cast<unsigned>(ring_.ring_fd), IORING_REGISTER_ENABLE_RINGS, nullptr, 0); status < 0) {
        broken(-status);
    }
}

io_uring_sqe& uring::next() {
    for (;;) {
        if (auto* room = io_uring_get_sqe(&ring_); room != nullptr) return *room;
        submit();
    }
}

void uring::submit() {
    while (io_uring_sq_ready(&ring_) > 0) {
        const int status = io_uring_submit(&ring_);
        take_completions();
        if (status < 0 && !passes(-status)) broken(-status);
    }
}

void uring::submit_and_wait(duration patience) {
    offer_pieces();
    int status = 0;
    if (patience <= duration::zero()) {
        status = io_uring_submit_and_get_events(&ring_);
    } else {
        const auto s = std::chrono::duration_cast<std::chrono::seconds>(patience);
        __kernel_timespec limit{s.count(), std::chrono::duration_cast<std::chrono::nanoseconds>(patience - s).count()};
        io_uring_cqe* first = nullptr;
        status = io_uring_submit_and_wait_timeout(&ring_, &first, 1, patience == duration::max() ? nullptr : &limit, nullptr);
    }
    take_completions();
    if (status < 0 && !passes(-status)) broken(-status);
    submit();  // what a signal or a shortage has left
}

void uring::look_again() {
    offer_pieces();
    const int status = io_uring_get_events(&ring_);
    take_completions();
    if (status < 0 && !passes(-status)) broken(-status);
}

void uring::take_completions() {
    const unsigned count = io_uring_cq_ready(&ring_);
    const unsigned first = *ring_.cq.khead;
    for (unsigned i = 0; i < count; ++i) {
        const io_uring_cqe& c = ring_.cq.cqes[(first + i) & ring_.cq.ring_mask];
        arrived_.push_back({c.user_data, c.res, c.flags});
    }
    io_uring_cq_advance(&ring_, count);
}

void uring::receive_into_piece(io_uring_sqe& request) const noexcept {
    request.flags |= IOSQE_BUFFER_SELECT;
    request.buf_group = piece_group;
}

byte_view uring::piece(const completion& c) const noexcept {
    return {pieces_.get() + (c.flags >> IORING_CQE_BUFFER_SHIFT) * receive_piece_bytes, static_cast<std::size_t>(c.result)};
}

void uring::give_back(const completion& c) noexcept {
    add_piece(c.flags >> IORING_CQE_BUFFER_SHIFT);
}

void uring::add_piece(unsigned id) noexcept {
    io_uring_buf_ring_add(offered_, pieces_.get() + id * receive_piece_bytes, receive_piece_bytes, static_cast<unsigned short>(id),
                          io_uring_buf_ring_mask(receive_pieces), given_back_++);
}

void uring::offer_pieces() noexcept {
    if (given_back_ > 0) io_uring_buf_ring_advance(offered_, std::exchange(given_back_, 0));
}

namespace {

/// A socket is read with one request that stays, into a buffer of the kernel's choice. What is not as the loop wants it is told by an errno.
int try_receiving(uring& ring) {
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0) return errno;
    const unique_fd near(fds[0]);
    const unique_fd far(fds[1]);
    const char word = '!';
    if (::write(far.get(), &word, 1) != 1) return errno;
    ring.start();
    io_uring_sqe& request = ring.next();
    io_uring_prep_recv_multishot(&request, near.get(), nullptr, 0, 0);
    ring.receive_into_piece(request);
    ring.submit_and_wait(std::chrono::seconds(1));
    if (ring.arrived().empty()) return ETIMEDOUT;
    const completion& c = ring.arrived().front();
    if (c.result < 0) return -c.result;
    const bool as_wanted = c.result == 1 && uring::has_piece(c) && (c.flags & IORING_CQE_F_MORE) != 0 && ring.piece(c).front() == '!';
    return as_wanted ? 0 : EINVAL;
}

result<void> try_it() {
    auto ring = uring::create();
    if (!ring) return std::unexpected(ring.error());
    if (const int failed = try_receiving(**ring); failed != 0) return failure("io_uring cannot be used: " + in_words(failed));
    return {};
}

}  // namespace

const result<void>& uring_works() {
    static const result<void> tried = try_it();
    return tried;
}

}  // namespace tepore::net
