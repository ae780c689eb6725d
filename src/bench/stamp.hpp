// What is in a measured message: who sent it when, which one in the row it is, for whom, and a check over all that; then a known filling. So a
// message that was altered, mixed up, or comes from another run is noticed where it arrives, without a table of what was sent.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace tepore::bench {

inline constexpr std::uint32_t stamp_bytes = 24;

/// For all receivers of the topic.
inline constexpr std::uint32_t everyone = 0xffff'ffff;

struct stamp {
    monotonic sent;  // in the open loop: when it should have been sent
    std::uint32_t publisher = 0;
    std::uint32_t sequence = 0;       // within the flow that the scenario counts
    std::uint32_t target = everyone;  // the receiver's index; match: which message it is, from which topic and receivers follow

    [[nodiscard]] bool operator==(const stamp&) const = default;
};

/// The content of all messages of one run.
class content {
public:
    /// `run` tells this run's messages from those of others. REQUIRES payload_bytes >= stamp_bytes.
    content(std::uint64_t run, std::uint32_t payload_bytes);

    [[nodiscard]] std::uint32_t payload_bytes() const noexcept { return static_cast<std::uint32_t>(blank_.size()); }
    /// A payload without its stamp.
    [[nodiscard]] byte_view blank() const noexcept { return blank_; }
    /// Writes the stamp at the start of a blank payload.
    void write(const stamp& s, byte_span payload) const noexcept;
    /// Nothing when a single byte is not as we wrote it.
    [[nodiscard]] std::optional<stamp> read(byte_view payload) const noexcept;

private:
    std::uint64_t run_;
    std::vector<std::uint8_t> blank_;
};

}  // namespace tepore::bench
