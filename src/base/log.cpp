#include "base/log.hpp"

#include <unistd.h>
#include <array>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <string>

namespace tepore {
namespace {

class silent final : public log_sink {
public:
    void write(log_level, std::string_view) override {}
    [[nodiscard]] bool wants(log_level) const noexcept override { return false; }
};

constexpr std::array level_names{"debug", "info", "notice", "warning", "error"};

class to_stderr final : public log_sink {
public:
    void write(log_level level, std::string_view line) override {
        if (!wants(level)) return;
        std::array<char, 32> stamp{};
        const std::time_t now = std::time(nullptr);
        std::tm utc{};
        gmtime_r(&now, &utc);
        const auto stamp_size = std::strftime(stamp.data(), stamp.size(), "%Y-%m-%dT%H:%M:%SZ ", &utc);
        std::string out(stamp.data(), stamp_size);
        out += level_names[static_cast<std::size_t>(level)];
        out += ' ';
        for (const char c : line) {
            // One record stays one line, whatever a client chose as its name (log injection).
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
                std::array<char, 8> escaped{};
                std::snprintf(escaped.data(), escaped.size(), "\\x%02x", static_cast<unsigned char>(c));
                out += escaped.data();
            } else {
                out += c;
            }
        }
        out += '\n';
        // One write per line keeps lines of several threads whole (POSIX: atomic up to PIPE_BUF on pipes).
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, out.data(), out.size());
    }
    [[nodiscard]] bool wants(log_level level) const noexcept override { return level >= minimum.load(std::memory_order_relaxed); }
    std::atomic<log_level> minimum{log_level::info};
};

}  // namespace

log_sink& silent_log() noexcept {
    static silent sink;
    return sink;
}

log_sink& stderr_log(log_level minimum) noexcept {
    static to_stderr sink;
    sink.minimum.store(minimum, std::memory_order_relaxed);
    return sink;
}

}  // namespace tepore
