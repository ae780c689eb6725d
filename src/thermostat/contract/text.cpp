#include "thermostat/contract/text.hpp"

#include <fmt/core.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace tepore::thermostat {
namespace {

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// Bytes of the character that begins at `at`; 0 when there is none in good UTF-8 (overlong forms and surrogates are not).
std::size_t character_bytes(std::string_view text, std::size_t at) noexcept {
    const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        if (!follows(1) || !follows(2)) return 0;
        if (first == 0xe0 && byte(1) < 0xa0) return 0;
        if (first == 0xed && byte(1) > 0x9f) return 0;
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        if (!follows(1) || !follows(2) || !follows(3)) return 0;
        if (first == 0xf0 && byte(1) < 0x90) return 0;
        if (first == 0xf4 && byte(1) > 0x8f) return 0;
        return 4;
    }
    return 0;
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

bool is_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        const auto bytes = character_bytes(text, at);
        if (bytes == 0) return false;
        at += bytes;
    }
    return true;
}

std::optional<parsed_number> parse_number(std::string_view text) noexcept {
    constexpr std::size_t number_bytes_max = 32;
    if (text.size() > number_bytes_max) return std::nullopt;
    parsed_number number;
    number.is_signed = !text.empty() && (text.front() == '+' || text.front() == '-');
    const bool negative = number.is_signed && text.front() == '-';
    if (number.is_signed) text.remove_prefix(1);

    std::array<char, number_bytes_max> plain{};
    std::size_t point = text.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
        plain[i] = text[i];
        if (is_digit(text[i])) continue;
        if ((text[i] != '.' && text[i] != ',') || point != text.size()) return std::nullopt;
        point = i;
        plain[i] = '.';
    }
    const bool digits_on_both_sides = point > 0 && point + 1 != text.size();
    if (text.empty() || !digits_on_both_sides) return std::nullopt;
    const auto [end, fault] = std::from_chars(plain.data(), plain.data() + text.size(), number.value);
    if (fault != std::errc{} || end != plain.data() + text.size()) return std::nullopt;
    if (negative) number.value = -number.value;
    return number;
}

std::string print_number(double value, int decimals) {
    if (!std::isfinite(value)) return "None";
    auto text = fmt::format("{:.{}f}", value, decimals);
    while (decimals > 1 && text.back() == '0') {
        text.pop_back();
        --decimals;
    }
    const bool is_zero = text.find_first_not_of("-0.") == std::string::npos;
    return is_zero && text.front() == '-' ? text.substr(1) : text;
}

std::string excerpt(std::string_view payload) {
    std::string out;
    for (std::size_t at = 0; at < payload.size();) {
        const auto bytes = character_bytes(payload, at);
        const auto piece = bytes == 0 ? fmt::format("\\x{:02x}", static_cast<std::uint8_t>(payload[at])) : std::string(payload.substr(at, bytes));
        if (out.size() + piece.size() > excerpt_bytes_max) break;
        out += piece;
        at += std::max<std::size_t>(bytes, 1);
    }
    return out;
}

}  // namespace tepore::thermostat
