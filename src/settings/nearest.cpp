#include "settings/nearest.hpp"

#include <algorithm>
#include <vector>

namespace tepore::settings {
namespace {

/// Insertions, deletions and replacements from one word to the other. One row of the usual table is enough.
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    for (std::size_t column = 0; column <= to.size(); ++column) row[column] = column;
    for (std::size_t line = 1; line <= from.size(); ++line) {
        std::size_t diagonal = row[0];
        row[0] = line;
        for (std::size_t column = 1; column <= to.size(); ++column) {
            const std::size_t replaced = diagonal + (from[line - 1] == to[column - 1] ? 0 : 1);
            diagonal = row[column];
            row[column] = std::min({replaced, row[column] + 1, row[column - 1] + 1});
        }
    }
    return row.back();
}

// Longer words are nobody's typing mistake, and would cost their square.
constexpr std::size_t word_bytes_max = 64;

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string> candidates) {
    if (word.size() > word_bytes_max) return {};
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto& candidate : candidates) {
        const auto d = distance(word, candidate);
        if (d < best_distance) {
            best_distance = d;
            best = candidate;
        }
    }
    return best;
}

}  // namespace tepore::settings
