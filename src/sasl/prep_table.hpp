// What RFC 3454's tables and Unicode 3.2's normalisation say about the characters above ASCII.
#pragma once

#include <cstdint>
#include <span>

namespace tepore::sasl {

enum class char_kind : std::uint8_t { plain, refused, nothing, space, right_to_left };

struct char_range {
    char32_t first;
    char32_t last;
    char_kind kind;
};

/// Sorted, from U+0080 on; what stands in no range is plain.
[[nodiscard]] std::span<const char_range> prep_ranges() noexcept;

}  // namespace tepore::sasl
