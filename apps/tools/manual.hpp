// tepore(1), made from the same tables as --help.
#pragma once

#include <string>

namespace tepore::tools {

/// The manual page in roff. A test compares it with docs/man/tepore.1; `./dev docs` writes it.
[[nodiscard]] std::string manual_page();

}  // namespace tepore::tools
