// The loop that hands many reads and writes to the kernel with one system call.
#pragma once

#include "net/loop.hpp"

namespace tepore::net {

/// `sockets_move`: many do, to another loop, with the first bytes that they receive. The error says in words why the loop cannot be had here.
[[nodiscard]] result<std::unique_ptr<loop>> make_uring_loop(bool sockets_move);

}  // namespace tepore::net
