#include "apps/tools/machine_memory.hpp"

#include <unistd.h>
#include <algorithm>
#include <fstream>

namespace tepore::tools {
namespace {

std::uint64_t machine_bytes() noexcept {
    const auto pages = ::sysconf(_SC_PHYS_PAGES);
    const auto page_bytes = ::sysconf(_SC_PAGESIZE);
    constexpr std::uint64_t when_not_known = std::uint64_t{4} << 30;
    return pages > 0 && page_bytes > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes) : when_not_known;
}

/// The least limit of a group and those that it is in. A container sees its own group as the root, though it may be told its path on the host.
std::uint64_t limit_of(const std::string& mounted, std::string group, const char* file) {
    auto least = UINT64_MAX;
    for (;;) {
        std::uint64_t bytes = 0;
        if (std::ifstream in(mounted + group + '/' + file); in >> bytes) least = std::min(least, bytes);  // "max" is no number
        if (group.empty()) return least;
        group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
    }
}

}  // namespace

std::uint64_t memory_allowed(const std::string& root) {
    auto least = machine_bytes();
    std::ifstream groups(root + "/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {  // number:controllers:path
        const auto controllers = line.find(':');
        const auto path = line.find(':', controllers + 1);
        if (controllers == std::string::npos || path == std::string::npos) continue;
        const auto names = "," + line.substr(controllers + 1, path - controllers - 1) + ",";
        if (names == ",,") least = std::min(least, limit_of(root + "/sys/fs/cgroup", line.substr(path + 1), "memory.max"));
        if (names.find(",memory,") != std::string::npos)
            least = std::min(least, limit_of(root + "/sys/fs/cgroup/memory", line.substr(path + 1), "memory.limit_in_bytes"));
    }
    return least;
}

}  // namespace tepore::tools
