// Text that came over the network, made fit for a terminal, and text cut to columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tepore::remote {

/// What is not valid UTF-8, and every control character (escape sequences begin with one), becomes '?'. At most `characters_max` characters.
[[nodiscard]] std::string harmless(std::string_view text, std::size_t characters_max = 60);

/// Characters of valid UTF-8. Each counts as one column: what the view draws does; a name may hold wider ones.
[[nodiscard]] std::size_t columns_of(std::string_view text) noexcept;
/// The first so many characters.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t columns) noexcept;

}  // namespace tepore::remote
