#include "sasl/prep.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "sasl/prep_table.hpp"

namespace tepore::sasl {
namespace {

constexpr char32_t nothing_read = 0xFFFF'FFFF;

struct character {
    char32_t code = nothing_read;
    std::size_t size = 0;
};

/// The character at the front; `nothing_read` when it is no well-formed UTF-8.
character first_of(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {};
    char32_t code = lead & (0xFFu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {};
        code = code << 6 | (byte(i) & 0x3F);
    }
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (code < smallest[size] || code > 0x10FFFF) return {};
    return {code, size};
}

char_kind kind_of(char32_t code) noexcept {
    if (code < 0x20 || code == 0x7F) return char_kind::refused;
    if (code < 0x80) return char_kind::plain;
    const auto ranges = prep_ranges();
    const auto found = std::ranges::lower_bound(ranges, code, {}, &char_range::last);
    return found != ranges.end() && found->first <= code ? found->kind : char_kind::plain;
}

std::string name_of(char32_t code) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string name;
    for (int shift = code > 0xFFFF ? 20 : 12; shift >= 0; shift -= 4) name += digits[(code >> shift) & 15];
    return "U+" + name;
}

bool is_ascii_letter(char32_t code) noexcept {
    return (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z');
}

/// Section 6 of RFC 3454, a little stricter: beside right-to-left characters only ASCII's digits and marks, and neither first nor last.
class direction_check {
public:
    void add(char32_t code, bool right_to_left) noexcept {
        if (!first_) first_ = right_to_left;
        last_ = right_to_left;
        any_ = any_ || right_to_left;
        others_ = others_ || (!right_to_left && (code > 0x7F || is_ascii_letter(code)));
    }
    [[nodiscard]] bool good() const noexcept { return !any_ || (*first_ && last_ && !others_); }

private:
    std::optional<bool> first_;
    bool last_ = false;
    bool any_ = false;
    bool others_ = false;
};

}  // namespace

result<std::string> prepare(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    direction_check direction;
    while (!text.empty()) {
        const auto c = first_of(text);
        if (c.code == nothing_read) return failure("it is not well-formed UTF-8");
        const auto kind = kind_of(c.code);
        if (kind == char_kind::refused) return failure("it contains " + name_of(c.code) + ", which SASLprep (RFC 4013) forbids or would change");
        if (kind == char_kind::space) {
            out += ' ';
        } else if (kind != char_kind::nothing) {
            out += text.substr(0, c.size);
        }
        if (kind != char_kind::nothing) direction.add(kind == char_kind::space ? U' ' : c.code, kind == char_kind::right_to_left);
        text.remove_prefix(c.size);
    }
    if (!direction.good()) return failure("it mixes writing from right to left with writing from left to right (RFC 3454, section 6)");
    return out;
}

}  // namespace tepore::sasl
