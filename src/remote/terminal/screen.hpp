// The terminal as a screen of lines: raw keys, alternate screen, and only what changed is written.
#pragma once

#include <termios.h>

#include <string>
#include <string_view>
#include <vector>

#include "remote/terminal/view.hpp"

namespace tepore::remote {

/// The escape sequences that turn the lines of `before` into `after`. Pure. `colours`: false leaves only bold and faint.
[[nodiscard]] std::string redraw(const std::vector<line>& before, const std::vector<line>& after, bool colours);

/// Standard input and output are a terminal that understands escape sequences.
[[nodiscard]] bool is_screen();

class screen {
public:
    /// REQUIRES is_screen().
    explicit screen(bool colours);
    /// The terminal is as it was.
    ~screen();
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;

    void show(std::vector<line> lines);
    /// Everything is written anew the next time: the terminal's size changed.
    void forget();
    [[nodiscard]] static view_size size();

private:
    termios before_{};
    bool colours_;
    std::vector<line> shown_;
};

enum class key : unsigned char { none, up, down, mode, preset, boost, refresh, quit };
/// Takes one key from the beginning of what was typed. Escape sequences of the arrow keys are one key; others are skipped whole.
[[nodiscard]] key take_key(std::string_view& typed) noexcept;

}  // namespace tepore::remote
