#include "net/loop.hpp"

#include "net/epoll_loop.hpp"
#include "net/uring.hpp"
#include "net/uring_loop.hpp"

namespace tepore::net {

result<loop_kind> choose_loop(loop_kind wanted, log_sink& log) {
    if (wanted != loop_kind::epoll) {
        const auto& works = uring_works();
        if (works) {
            wanted = loop_kind::io_uring;
        } else if (wanted == loop_kind::io_uring) {
            return std::unexpected(works.error());
        } else {
            wanted = loop_kind::epoll;
            log.write(log_level::info, works.error().message + "; the event loop is epoll");
            return wanted;
        }
    }
    log.write(log_level::info, wanted == loop_kind::epoll ? "the event loop is epoll" : "the event loop is io_uring");
    return wanted;
}

result<std::unique_ptr<loop>> loop::create(loop_kind kind) {
    if (kind == loop_kind::automatic) kind = uring_works() ? loop_kind::io_uring : loop_kind::epoll;
    return kind == loop_kind::io_uring ? make_uring_loop() : make_epoll_loop();
}

}  // namespace tepore::net
