#include "net/loop.hpp"

#include "net/epoll_loop.hpp"
#include "net/uring_loop.hpp"

namespace tepore::net {
namespace {

using loops = std::vector<std::unique_ptr<loop>>;

template <class Make>
result<loops> make(std::size_t count, Make make_one) {
    loops all;
    for (std::size_t i = 0; i < count; ++i) {
        auto one = make_one();
        if (!one) return std::unexpected(std::move(one.error()));
        all.push_back(std::move(*one));
    }
    return all;
}

}  // namespace

/// Why io_uring first: docs/decisions/0041-io-uring.md.
result<loops> make_loops(loop_kind wanted, std::size_t count, log_sink& log) {
    std::string why;
    if (wanted != loop_kind::epoll) {
        auto made = make(count, make_uring_loop);
        if (made) log.write(log_level::info, "the event loop is io_uring");
        if (made || wanted == loop_kind::io_uring) return made;
        why = ": " + made.error().message;
    }
    log.write(log_level::info, "the event loop is epoll" + why);
    return make(count, make_epoll_loop);
}

}  // namespace tepore::net
