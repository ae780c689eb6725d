// How long messages took: counts by duration, 64 steps for each doubling, so a quantile is wrong by less than 1.6 %.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.hpp"

namespace tepore::bench {

class histogram {
public:
    histogram();

    /// Negative durations (two clocks never differ here, but a fake may) count as none.
    void add(duration taken) noexcept;
    void clear() noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] duration max() const noexcept { return duration(static_cast<std::int64_t>(max_)); }
    /// The duration that a `share` (0..1) of all did not exceed; nothing was added: 0.
    [[nodiscard]] duration quantile(double share) const noexcept;

private:
    std::vector<std::uint64_t> counts_;
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace tepore::bench
