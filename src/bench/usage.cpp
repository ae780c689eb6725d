#include "bench/usage.hpp"

#include <sys/resource.h>
#include <unistd.h>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace tepore::bench {
namespace {

namespace fs = std::filesystem;

/// The first number of "123456789 4567 89": nanoseconds on a processor. Not all kernels have the file.
std::optional<std::int64_t> run_time_ns(const fs::path& schedstat) {
    std::ifstream in(schedstat);
    std::int64_t ns = 0;
    if (!(in >> ns)) return std::nullopt;
    return ns;
}

/// Of all threads that are alive. (Those that ended in between are lost; brokers keep theirs.)
std::optional<std::int64_t> cpu_ns(const fs::path& process) {
    std::int64_t sum = 0;
    bool any = false;
    std::error_code none;
    for (const auto& thread : fs::directory_iterator(process / "task", none)) {
        const auto ns = run_time_ns(thread.path() / "schedstat");
        if (!ns) continue;
        sum += *ns;
        any = true;
    }
    return any ? std::optional(sum) : std::nullopt;
}

/// "VmRSS:      1234 kB"
std::optional<std::uint64_t> rss_bytes(const fs::path& process) {
    std::ifstream in(process / "status");
    std::string word;
    while (in >> word) {
        std::uint64_t kib = 0;
        if (word == "VmRSS:" && in >> kib) return kib * 1024;
    }
    return std::nullopt;
}

/// The first line of /proc/stat: "cpu user nice system idle iowait irq softirq steal...", in clock ticks.
duration machine_cpu() {
    std::ifstream in("/proc/stat");
    std::string name;
    std::int64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0;
    if (!(in >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq)) return {};
    return duration((user + nice + system + irq + softirq) * (1'000'000'000 / ::sysconf(_SC_CLK_TCK)));
}

duration own_cpu() {
    rusage own{};
    ::getrusage(RUSAGE_SELF, &own);
    return std::chrono::seconds(own.ru_utime.tv_sec + own.ru_stime.tv_sec) + std::chrono::microseconds(own.ru_utime.tv_usec + own.ru_stime.tv_usec);
}

fs::path folder_of(std::int64_t process) {
    return "/proc/" + std::to_string(process);
}

}  // namespace

result<meter> meter::create(std::int64_t broker) {
    if (broker != 0 && (!cpu_ns(folder_of(broker)) || !rss_bytes(folder_of(broker)))) {
        return failure("cannot read what process " + std::to_string(broker) + " uses: is it running, and yours?");
    }
    return meter(broker);
}

usage meter::look() const {
    usage out;
    if (broker_ != 0) {
        const auto cpu = cpu_ns(folder_of(broker_));
        const auto rss = rss_bytes(folder_of(broker_));
        out.broker_known = cpu && rss;  // it may have ended meanwhile
        out.broker_cpu = duration(cpu.value_or(0));
        out.broker_rss_bytes = rss.value_or(0);
    }
    out.own_cpu = own_cpu();
    out.machine_cpu = machine_cpu();
    out.at = std::chrono::steady_clock::now();
    return out;
}

}  // namespace tepore::bench
