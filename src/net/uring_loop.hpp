// The loop that hands many reads and writes to the kernel with one system call.
#pragma once

#include "net/loop.hpp"

namespace tepore::net {

/// The error says in words why it cannot be had here.
[[nodiscard]] result<std::unique_ptr<loop>> make_uring_loop();

}  // namespace tepore::net
