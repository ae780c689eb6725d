// Quick looks at text, eight bytes at a time. Nearly all MQTT strings are plain ASCII, so that is the path that counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tepore::protocol {

inline constexpr std::uint64_t each_byte = 0x0101'0101'0101'0101;
inline constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;

[[nodiscard]] inline std::uint64_t load8(const char* at) noexcept {
    std::uint64_t chunk = 0;
    std::memcpy(&chunk, at, sizeof chunk);
    return chunk;
}

/// A text of 1..7 bytes as one chunk; the bytes that are too many repeat bytes of the text.
[[nodiscard]] inline std::uint64_t load_short(const char* at, std::size_t size) noexcept {
    if (size >= 4) {
        std::uint32_t front = 0;
        std::uint32_t back = 0;
        std::memcpy(&front, at, sizeof front);
        std::memcpy(&back, at + size - sizeof back, sizeof back);
        return std::uint64_t{back} << 32 | front;
    }
    const auto byte = [at](std::size_t i) { return std::uint64_t{static_cast<std::uint8_t>(at[i])}; };
    return byte(0) * each_byte << 16 | byte(size / 2) << 8 | byte(size - 1);
}

/// Not 0 when one of the bytes is 0. (A byte above a zero byte may be marked too; only "any" is meant.)
[[nodiscard]] constexpr std::uint64_t zero_bytes(std::uint64_t chunk) noexcept {
    return (chunk - each_byte) & ~chunk & high_bits;
}

/// Not 0 when one of the bytes is not ASCII, or is 0.
[[nodiscard]] constexpr std::uint64_t odd_bytes(std::uint64_t chunk) noexcept {
    return (chunk & high_bits) | zero_bytes(chunk);
}

/// Not 0 when one of the bytes is '+' or '#': they differ in bit 3 only.
[[nodiscard]] constexpr std::uint64_t wildcard_bytes(std::uint64_t chunk) noexcept {
    static_assert(('#' | 8) == '+');
    return zero_bytes((chunk | each_byte * 8) ^ each_byte * '+');
}

enum class topic_text : std::uint8_t { plain, has_wildcard, not_utf8 };

/// Whether `is_odd(chunk)` is 0 for all of the text, seen in chunks of eight bytes.
template <class IsOdd>
[[nodiscard]] inline bool all_plain(std::string_view text, IsOdd is_odd) noexcept {
    if (text.size() < 8) return text.empty() || is_odd(load_short(text.data(), text.size())) == 0;
    std::uint64_t odd = 0;
    for (std::size_t i = 0; i + 8 < text.size(); i += 8) odd |= is_odd(load8(text.data() + i));
    return (odd | is_odd(load8(text.data() + text.size() - 8))) == 0;  // the last chunk may overlap the one before
}

/// One pass for what PUBLISH asks of a topic name: valid UTF-8, no wildcard. An empty text is plain.
[[nodiscard]] topic_text scan_topic_name(std::string_view text) noexcept;

}  // namespace tepore::protocol
