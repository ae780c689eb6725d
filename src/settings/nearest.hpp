// "Did you mean ...?"
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tepore::settings {

/// The candidate most like `word`, when it is like it at all (a third of the letters may differ); else empty.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace tepore::settings
