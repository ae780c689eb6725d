// The loop that every Linux has.
#pragma once

#include "net/loop.hpp"

namespace tepore::net {

[[nodiscard]] result<std::unique_ptr<loop>> make_epoll_loop();

}  // namespace tepore::net
