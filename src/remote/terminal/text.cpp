#include "remote/terminal/text.hpp"

#include <cstdint>

namespace tepore::remote {
namespace {

bool continues(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Bytes of the character at the beginning of `text`, or 0 when it is not well-formed.
std::size_t well_formed(std::string_view text) noexcept {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return 1;
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
    std::uint32_t code = lead & (0x7Fu >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if (!continues(text[i])) return 0;
        code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
    }
    constexpr std::uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code >= lowest[size] && code <= 0x10FFFF && !surrogate ? size : 0;
}

/// C0, DEL, C1, and the characters that turn the direction of text around.
bool is_control(std::string_view character) noexcept {
    const auto first = static_cast<unsigned char>(character.front());
    if (character.size() == 1) return first < 0x20 || first == 0x7F;
    if (character.size() == 2) return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
    return character == "\u2028" || character == "\u2029" || (character >= "\u202A" && character <= "\u202E") ||
           (character >= "\u2066" && character <= "\u2069");
}

}  // namespace

std::string harmless(std::string_view text, std::size_t characters_max) {
    std::string out;
    for (std::size_t count = 0; !text.empty() && count < characters_max; ++count) {
        const auto size = well_formed(text);
        if (size == 0 || is_control(text.substr(0, size))) {
            out += '?';
        } else {
            out += text.substr(0, size);
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return out;
}

std::size_t columns_of(std::string_view text) noexcept {
    std::size_t count = 0;
    for (const char c : text) count += continues(c) ? 0u : 1u;
    return count;
}

std::string_view cut(std::string_view text, std::size_t columns) noexcept {
    std::size_t at = 0;
    for (std::size_t count = 0; at < text.size(); ++at) {
        if (!continues(text[at]) && ++count > columns) break;
    }
    return text.substr(0, at);
}

}  // namespace tepore::remote
