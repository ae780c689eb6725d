// Base 64 of RFC 4648, section 4, as SCRAM wants it: padded, nothing between the characters, one spelling for each value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace tepore::sasl {

[[nodiscard]] std::string to_base64(byte_view bytes);
/// Empty for anything that to_base64() would not have written.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text);

}  // namespace tepore::sasl
