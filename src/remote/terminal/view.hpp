// What is on the screen: a home in, lines out. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "remote/terminal/home.hpp"
#include "remote/terminal/words.hpp"

namespace tepore::remote {

enum class style : std::uint8_t { plain, faint, strong, warm, cold, good, bad };

struct piece {
    std::string text;
    remote::style style = remote::style::plain;
};
using line = std::vector<piece>;

struct view_size {
    std::size_t columns = 80;
    std::size_t rows = 24;
};
/// Below this only a hint is shown.
inline constexpr view_size smallest_view{40, 12};

/// At most `size.rows` lines of at most `size.columns` columns.
[[nodiscard]] std::vector<line> view(const home& h, language l, view_size size);

/// The text of a line without its styles.
[[nodiscard]] std::string text_of(const line& l);

}  // namespace tepore::remote
