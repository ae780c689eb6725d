// Which topics a change of the subscriptions can concern. Counters in a table of fixed size: a change counts at one place, found by the beginning of
// its filter up to the first wildcard; a topic is concerned by the places of its own beginnings and of its whole name. While the sum over them stays,
// the same filters match it. Two beginnings may share a place: then a topic looks changed that is not, which costs a look at the tree.
// Threads: changed() under the tree's exclusive lock; of() from any.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/hash.hpp"
#include "broker/level_tree.hpp"

namespace tepore::broker {

class filter_versions {
public:
    /// `levels` of the filter.
    void changed(std::span<const std::string_view> levels) noexcept {
        auto hash = seed_;
        std::size_t depth = 0;
        for (; depth < levels.size() && levels[depth] != "+" && levels[depth] != "#"; ++depth) {
            if (depth == beginning_levels_max && has_wildcard(levels.subspan(depth))) break;
            hash = down(hash, levels[depth]);
        }
        const bool whole = depth == levels.size();
        place(whole ? ~hash : hash).fetch_add(1, std::memory_order_relaxed);  // who looks has seen the tree's version before
    }

    [[nodiscard]] std::uint64_t of(std::string_view topic) const noexcept {
        auto hash = seed_;
        std::size_t depth = 0;
        auto sum = place(hash).load(std::memory_order_relaxed);
        for_each_level(topic, [&](std::string_view level) {
            hash = down(hash, level);
            if (++depth <= beginning_levels_max) sum += place(hash).load(std::memory_order_relaxed);
            return true;
        });
        return sum + place(~hash).load(std::memory_order_relaxed);
    }

private:
    /// Longer beginnings count at the place of their first levels: "site/building/floor" tells enough apart, and of() stays short.
    static constexpr std::size_t beginning_levels_max = 3;
    static constexpr std::size_t places = 1'024;

    using counter = std::atomic<std::uint64_t>;

    [[nodiscard]] static bool has_wildcard(std::span<const std::string_view> levels) noexcept {
        return std::ranges::any_of(levels, [](std::string_view level) { return level == "+" || level == "#"; });
    }
    [[nodiscard]] static std::uint64_t down(std::uint64_t hash, std::string_view level) noexcept { return hash_bytes(level, hash); }
    [[nodiscard]] counter& place(std::uint64_t hash) noexcept { return changes_[hash % places]; }
    [[nodiscard]] const counter& place(std::uint64_t hash) const noexcept { return changes_[hash % places]; }

    std::array<counter, places> changes_{};
    std::uint64_t seed_ = hash_seed();
};

}  // namespace tepore::broker
