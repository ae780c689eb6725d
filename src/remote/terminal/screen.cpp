#include "remote/terminal/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace tepore::remote {
namespace {

std::string_view start_of(style s, bool colours) {
    switch (s) {
        case style::plain: return "";
        case style::faint: return "\033[2m";
        case style::strong: return "\033[1m";
        case style::warm: return colours ? "\033[38;5;208m" : "\033[1m";
        case style::cold: return colours ? "\033[36m" : "";
        case style::good: return colours ? "\033[32m" : "";
        case style::bad: return colours ? "\033[31m" : "\033[1m";
    }
    return "";
}

bool same(const line& a, const line& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].text != b[i].text || a[i].style != b[i].style) return false;
    }
    return true;
}

void write_out(std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

std::string redraw(const std::vector<line>& before, const std::vector<line>& after, bool colours) {
    std::string out;
    for (std::size_t row = 0; row < after.size(); ++row) {
        if (row < before.size() && same(before[row], after[row])) continue;
        out += "\033[" + std::to_string(row + 1) + ";1H\033[0m";
        for (const auto& p : after[row]) {
            const auto start = start_of(p.style, colours);
            out += start;
            out += p.text;
            if (!start.empty()) out += "\033[0m";
        }
        out += "\033[K";
    }
    if (after.size() < before.size()) out += "\033[" + std::to_string(after.size() + 1) + ";1H\033[J";
    return out;
}

bool is_screen() {
    const char* terminal = std::getenv("TERM");
    return isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0 && terminal != nullptr && *terminal != '\0' &&
           std::string_view(terminal) != "dumb";
}

screen::screen(bool colours) : colours_(colours) {
    tcgetattr(STDIN_FILENO, &before_);
    termios raw = before_;
    // Signals stay: Ctrl-C ends us in order. Ctrl-Z would leave the shell on our screen.
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VSUSP] = _POSIX_VDISABLE;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
    write_out("\033[?1049h\033[?25l\033[2J");
}

screen::~screen() {
    write_out("\033[0m\033[?25h\033[?1049l");
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
}

void screen::show(std::vector<line> lines) {
    write_out(redraw(shown_, lines, colours_));
    shown_ = std::move(lines);
}

void screen::forget() {
    shown_.clear();
    write_out("\033[2J");
}

view_size screen::size() {
    winsize told{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &told) != 0 || told.ws_col == 0 || told.ws_row == 0) return {};
    return {told.ws_col, told.ws_row};
}

key take_key(std::string_view& typed) noexcept {
    if (typed.empty()) return key::none;
    const char c = typed.front();
    typed.remove_prefix(1);
    if (c == '\033') {
        if (!typed.starts_with('[') && !typed.starts_with('O')) return key::none;
        typed.remove_prefix(1);
        // A sequence ends with a letter or '~'; what stands before are parameters.
        while (!typed.empty() && !(typed.front() >= '@' && typed.front() <= '~')) typed.remove_prefix(1);
        if (typed.empty()) return key::none;
        const char last = typed.front();
        typed.remove_prefix(1);
        if (last == 'A' || last == 'C') return key::up;
        if (last == 'B' || last == 'D') return key::down;
        return key::none;
    }
    switch (c) {
        case '+':
        case '=':
        case 'k': return key::up;
        case '-':
        case '_':
        case 'j': return key::down;
        case 'm':
        case 'M': return key::mode;
        case 'p':
        case 'P': return key::preset;
        case 'b':
        case 'B': return key::boost;
        case 'r':
        case 'R': return key::refresh;
        case 'q':
        case 'Q':
        case 4: return key::quit;  // 4: Ctrl-D
        default: return key::none;
    }
}

}  // namespace tepore::remote
