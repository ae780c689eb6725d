#include "apps/tools/machine_memory.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <filesystem>
#include <fstream>

using tepore::tools::memory_allowed;

namespace {

/// A machine's /proc and /sys, as far as they are looked at.
struct pretended_machine {
    pretended_machine() {
        char name[] = "/tmp/tepore_memory_XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        root = name;
    }
    ~pretended_machine() { std::filesystem::remove_all(root); }
    pretended_machine(const pretended_machine&) = delete;
    pretended_machine& operator=(const pretended_machine&) = delete;
    void write(const std::string& path, const std::string& text) const {
        std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
        std::ofstream(root + path) << text;
    }
    std::string root;
};

}  // namespace

TEST_CASE("memory: without control groups it is the machine's") {
    const pretended_machine m;
    CHECK(memory_allowed(m.root) >= 64u << 20);
    CHECK(memory_allowed(m.root) < std::uint64_t{1} << 50);
}

TEST_CASE("memory: the least limit of the group and those that it is in") {
    const pretended_machine m;
    const auto machine = memory_allowed(m.root);
    m.write("/proc/self/cgroup", "0::/system.slice/tepore.service\n");
    m.write("/sys/fs/cgroup/system.slice/tepore.service/memory.max", "max\n");
    CHECK(memory_allowed(m.root) == machine);
    m.write("/sys/fs/cgroup/system.slice/memory.max", "20000000\n");
    CHECK(memory_allowed(m.root) == 20'000'000);
    m.write("/sys/fs/cgroup/system.slice/tepore.service/memory.max", "10000000\n");
    CHECK(memory_allowed(m.root) == 10'000'000);
}

TEST_CASE("memory: a container that is told its path on the host, and control groups of the first version") {
    const pretended_machine m;
    m.write("/proc/self/cgroup", "5:cpu,cpuacct:/docker/1234\n4:memory:/docker/1234\n0::/\n");
    m.write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "30000000\n");
    CHECK(memory_allowed(m.root) == 30'000'000);
}
