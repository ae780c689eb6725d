#include "apps/tools/wait_point.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace tepore::tools {
namespace {

int milliseconds_until(std::chrono::steady_clock::time_point when) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

}  // namespace

wait_point::wait_point(bool on_resize) {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    if (on_resize) sigaddset(&wanted, SIGWINCH);
    pthread_sigmask(SIG_BLOCK, &wanted, &before_);
    signals_ = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    news_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

wait_point::~wait_point() {
    ::close(signals_);
    ::close(news_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void wait_point::notify() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(news_, &one, sizeof one);
}

woken_by wait_point::wait(std::optional<std::chrono::steady_clock::time_point> until, int input_fd) {
    std::array watched{pollfd{signals_, POLLIN, 0}, pollfd{news_, POLLIN, 0}, pollfd{input_fd, POLLIN, 0}};
    for (;;) {
        const int ready = ::poll(watched.data(), watched.size(), until ? milliseconds_until(*until) : -1);
        if (ready < 0) continue;  // a signal that is not ours
        if (ready == 0) return woken_by::timeout;
        if (watched[0].revents != 0) {
            signalfd_siginfo what{};
            if (::read(signals_, &what, sizeof what) == sizeof what) return what.ssi_signo == SIGWINCH ? woken_by::news : woken_by::signal;
        }
        if (watched[1].revents != 0) {
            std::uint64_t count = 0;
            if (::read(news_, &count, sizeof count) == sizeof count) return woken_by::news;
        }
        if (watched[2].revents != 0) return woken_by::input;
    }
}

}  // namespace tepore::tools
