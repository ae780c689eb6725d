// How much memory this process may have.
#pragma once

#include <cstdint>
#include <string>

namespace tepore::tools {

/// Bytes: the machine's, or less where a control group of this process has a limit (a container's, a service's), of either version. `root` is where
/// /proc and /sys are looked for: empty, but in tests.
[[nodiscard]] std::uint64_t memory_allowed(const std::string& root = {});

}  // namespace tepore::tools
