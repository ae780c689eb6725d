// How a fuzzer reads its input: small choices from the front, so that one changed byte changes one thing; and how it says that a rule was broken.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace tepore::fuzz {

/// Ends the process when a rule does not hold, so that libFuzzer keeps the input.
inline void must(bool holds, std::string_view rule, std::string_view found = {}) {
    if (holds) [[likely]]
        return;
    std::fprintf(stderr, "\nBROKEN RULE: %.*s%s%.*s\n", static_cast<int>(rule.size()), rule.data(), found.empty() ? "" : ": ",
                 static_cast<int>(found.size()), found.data());
    std::abort();
}

class input {
public:
    explicit input(byte_view bytes) noexcept : rest_(bytes) {}

    [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
    /// 0 at the end.
    std::uint8_t byte() noexcept {
        if (rest_.empty()) return 0;
        const auto first = rest_.front();
        rest_ = rest_.subspan(1);
        return first;
    }
    unsigned below(unsigned limit) noexcept { return byte() % limit; }
    bool coin() noexcept { return (byte() & 1) != 0; }
    /// Fewer at the end.
    byte_view bytes(std::size_t size) noexcept {
        const auto first = rest_.first(std::min(size, rest_.size()));
        rest_ = rest_.subspan(first.size());
        return first;
    }
    /// A byte tells how many follow.
    byte_view piece() noexcept { return bytes(byte()); }
    std::string_view text() noexcept { return as_text(piece()); }
    /// Up to the next `end`, which is dropped. A change in the middle of a text does not move what comes after it.
    byte_view until(std::uint8_t end) noexcept {
        const auto size = static_cast<std::size_t>(std::find(rest_.begin(), rest_.end(), end) - rest_.begin());
        const auto first = bytes(size);
        byte();
        return first;
    }
    byte_view rest() noexcept { return bytes(rest_.size()); }

private:
    byte_view rest_;
};

}  // namespace tepore::fuzz
