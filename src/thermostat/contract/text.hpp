// Payload text: numbers, UTF-8, excerpts. Machine text: no locale, '.' as decimal point in what we write, '.' or ',' in what we read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tepore::thermostat {

/// Without white space at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
[[nodiscard]] std::string lower_case(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

struct parsed_number {
    double value = 0.0;
    bool is_signed = false;  // began with '+' or '-'
};
/// Optional sign, digits, optionally '.' or ',' and digits; nothing else: no exponent, hex, "inf" or "nan".
[[nodiscard]] std::optional<parsed_number> parse_number(std::string_view text) noexcept;

/// Rounded to `decimals`, without trailing zeros beyond the first decimal: "21.0", "20.75"; with 0 decimals "48". "None" for what is not finite.
[[nodiscard]] std::string print_number(double value, int decimals);

/// At most 64 bytes for an answer: cut between characters; what is not UTF-8 is written as \xNN.
[[nodiscard]] std::string excerpt(std::string_view payload);
inline constexpr std::size_t excerpt_bytes_max = 64;

}  // namespace tepore::thermostat
