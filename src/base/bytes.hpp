// Byte views. A view never owns; the comment at each function says how long it lives.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tepore {

using byte_view = std::span<const std::uint8_t>;
using byte_span = std::span<std::uint8_t>;

[[nodiscard]] inline byte_view as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

[[nodiscard]] inline std::string_view as_text(byte_view bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tepore
