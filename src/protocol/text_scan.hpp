// Quick looks at text, eight bytes at a time. Nearly all MQTT strings are plain ASCII, so that is the path that counts.
#pragma once

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

/// Not 0 when one of the bytes is 0. (A byte above a zero byte may be marked too; only "any" is meant.)
[[nodiscard]] constexpr std::uint64_t zero_bytes(std::uint64_t chunk) noexcept { return (chunk - each_byte) & ~chunk & high_bits; }

/// Not 0 when one of the bytes is not ASCII, or is 0.
[[nodiscard]] constexpr std::uint64_t odd_bytes(std::uint64_t chunk) noexcept { return (chunk & high_bits) | zero_bytes(chunk); }

/// Not 0 when one of the bytes is '+' or '#': they differ in bit 3 only.
[[nodiscard]] constexpr std::uint64_t wildcard_bytes(std::uint64_t chunk) noexcept {
    static_assert(('#' | 8) == '+');
    return zero_bytes((chunk | each_byte * 8) ^ each_byte * '+');
}

enum class topic_text : std::uint8_t { plain, has_wildcard, not_utf8 };

/// One pass for what PUBLISH asks of a topic name: valid UTF-8, no wildcard. An empty text is plain.
[[nodiscard]] topic_text scan_topic_name(std::string_view text) noexcept;

}  // namespace tepore::protocol
