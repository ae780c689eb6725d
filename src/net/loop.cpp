#include "net/loop.hpp"

#include "net/epoll_loop.hpp"
#include "net/uring.hpp"
#include "net/uring_loop.hpp"

namespace tepore::net {
namespace {

/// Where both can be had. Why this one: docs/decisions/0041-io-uring.md.
constexpr loop_kind preferred = loop_kind::epoll;

/// Does not try io_uring for nothing.
loop_kind best() {
    return preferred == loop_kind::io_uring && uring_works() ? loop_kind::io_uring : loop_kind::epoll;
}

}  // namespace

result<loop_kind> choose_loop(loop_kind wanted, log_sink& log) {
    if (wanted == loop_kind::automatic) wanted = best();
    if (wanted == loop_kind::io_uring && !uring_works()) return std::unexpected(uring_works().error());
    log.write(log_level::info, wanted == loop_kind::epoll ? "the event loop is epoll" : "the event loop is io_uring");
    return wanted;
}

result<std::unique_ptr<loop>> loop::create(loop_kind kind) {
    if (kind == loop_kind::automatic) kind = best();
    return kind == loop_kind::io_uring ? make_uring_loop() : make_epoll_loop();
}

}  // namespace tepore::net
