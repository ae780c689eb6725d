#include "protocol/text_scan.hpp"
#include "protocol/wire.hpp"

namespace tepore::protocol {
namespace {

/// Bytes of the well-formed sequence of two to four bytes that begins at `at`; 0 when there is none.
/// Table 3-7 of the Unicode standard: overlong forms, surrogates and code points above U+10FFFF show in the second byte.
[[nodiscard]] std::size_t sequence_size(const char* at, const char* end) noexcept {
    const auto left = static_cast<std::size_t>(end - at);
    const auto byte = [at](std::size_t i) { return static_cast<std::uint8_t>(at[i]); };
    const auto continues = [&byte](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };

    const std::uint8_t first = byte(0);
    if (first < 0xC2) return 0;  // a stray continuation byte, or an overlong form of two bytes
    if (first < 0xE0) return left >= 2 && continues(1) ? 2 : 0;
    if (first < 0xF0) {
        if (left < 3 || !continues(1) || !continues(2)) return 0;
        if (first == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
        if (first == 0xED && byte(1) > 0x9F) return 0;  // surrogates
        return 3;
    }
    if (first > 0xF4 || left < 4 || !continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;  // overlong
    if (first == 0xF4 && byte(1) > 0x8F) return 0;  // above U+10FFFF
    return 4;
}

}  // namespace

bool is_valid_utf8(std::string_view text) noexcept {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        if (end - at >= 8 && odd_bytes(load8(at)) == 0) {
            at += 8;
        } else if (static_cast<std::uint8_t>(*at) < 0x80) {
            if (*at == 0) return false;
            ++at;
        } else {
            const auto size = sequence_size(at, end);
            if (size == 0) return false;
            at += size;
        }
    }
    return true;
}

}  // namespace tepore::protocol
