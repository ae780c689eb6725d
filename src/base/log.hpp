// The front of the log: a level and one line of text. Where lines go is the shell's choice.
// Threads: write() may be called from any thread; sinks serialise. Never called per message on the hot path.
#pragma once

#include <cstdint>
#include <string_view>

namespace tepore {

enum class log_level : std::uint8_t { debug, info, notice, warning, error };

class log_sink {
public:
    virtual ~log_sink() = default;
    /// `line` is one line without newline; control characters in it are escaped by the sink.
    virtual void write(log_level level, std::string_view line) = 0;
    [[nodiscard]] virtual bool wants(log_level level) const noexcept = 0;
};

/// Drops everything; for tests and for libraries without a configured sink.
[[nodiscard]] log_sink& silent_log() noexcept;
/// Writes "2026-11-22T21:30:00Z level line" to standard error from `minimum` on. Thread-safe.
[[nodiscard]] log_sink& stderr_log(log_level minimum = log_level::info) noexcept;

}  // namespace tepore
