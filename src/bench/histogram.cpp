#include "bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tepore::bench {
namespace {

constexpr unsigned step_bits = 6;
constexpr std::uint64_t steps = 1u << step_bits;
/// Below `steps` nanoseconds each value has a place of its own; then each doubling up to 2^63 has `steps` places.
constexpr std::size_t places = steps * (64 - step_bits);

std::size_t place_of(std::uint64_t ns) noexcept {
    if (ns < steps) return static_cast<std::size_t>(ns);
    const auto shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - step_bits;
    return static_cast<std::size_t>((std::uint64_t{shift} + 1) * steps + ((ns >> shift) & (steps - 1)));
}

/// The middle of a place.
std::uint64_t value_of(std::size_t place) noexcept {
    if (place < steps) return place;
    const auto shift = static_cast<unsigned>(place / steps) - 1;
    const std::uint64_t low = (steps + place % steps) << shift;
    return low + ((std::uint64_t{1} << shift) >> 1);
}

}  // namespace

histogram::histogram() : counts_(places) {}

void histogram::add(duration taken) noexcept {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(taken.count(), 0));
    ++counts_[place_of(ns)];
    ++count_;
    max_ = std::max(max_, ns);
}

void histogram::clear() noexcept {
    std::fill(counts_.begin(), counts_.end(), 0);
    count_ = max_ = 0;
}

duration histogram::quantile(double share) const noexcept {
    if (count_ == 0) return {};
    const auto wanted = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))), 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t place = 0; place < counts_.size(); ++place) {
        seen += counts_[place];
        // The middle of the last place may lie beyond the largest value in it.
        if (seen >= wanted) return duration(static_cast<std::int64_t>(std::min(value_of(place), max_)));
    }
    return max();
}

}  // namespace tepore::bench
