#include "remote/terminal/view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "remote/terminal/payloads.hpp"
#include "remote/terminal/text.hpp"

namespace tepore::remote {
namespace {

constexpr std::size_t label_columns = 12;

line plain(std::string text, style s = style::plain) {
    return {{std::move(text), s}};
}

void cut_to(line& l, std::size_t columns) {
    for (auto& p : l) {
        p.text = cut(p.text, columns);
        columns -= columns_of(p.text);
    }
}

std::string padded(std::string_view text, std::size_t columns) {
    return std::string(text) + std::string(columns - std::min(columns, columns_of(text)), ' ');
}

// --- The room's temperature, large -----------------------------------------------------------------------------------------------------------

constexpr std::size_t digit_rows = 5;
struct large_digit {
    char character;
    std::array<std::string_view, digit_rows> rows;
};
constexpr std::array large_digits{
    large_digit{'0', {"█▀▀█", "█  █", "█  █", "█  █", "█▄▄█"}},
    large_digit{'1', {"  ▄█", "   █", "   █", "   █", "   █"}},
    large_digit{'2', {"█▀▀█", "   █", "█▀▀▀", "█   ", "█▄▄▄"}},
    large_digit{'3', {"▀▀▀█", "   █", " ▀▀█", "   █", "▄▄▄█"}},
    large_digit{'4', {"█  █", "█  █", "█▄▄█", "   █", "   █"}},
    large_digit{'5', {"█▀▀▀", "█   ", "▀▀▀█", "   █", "▄▄▄█"}},
    large_digit{'6', {"█▀▀▀", "█   ", "█▀▀█", "█  █", "█▄▄█"}},
    large_digit{'7', {"▀▀▀█", "   █", "   █", "   █", "   █"}},
    large_digit{'8', {"█▀▀█", "█  █", "█▀▀█", "█  █", "█▄▄█"}},
    large_digit{'9', {"█▀▀█", "█  █", "▀▀▀█", "   █", "▄▄▄█"}},
    large_digit{'.', {" ", " ", " ", " ", "▄"}},
    large_digit{'-', {"   ", "   ", "▀▀▀", "   ", "   "}},
};

std::array<std::string, digit_rows> large(std::string_view number) {
    std::array<std::string, digit_rows> out;
    for (const char c : number) {
        const auto digit = std::find_if(large_digits.begin(), large_digits.end(), [&](const auto& d) { return d.character == (c == ',' ? '.' : c); });
        if (digit == large_digits.end()) continue;
        for (std::size_t row = 0; row < digit_rows; ++row) out[row] += std::string(digit->rows[row]) + " ";
    }
    return out;
}

// --- Parts ------------------------------------------------------------------------------------------------------------------------------------

line header(const home& h, language l, std::size_t columns) {
    std::string left = " Tepore";
    if (!h.name().empty()) left += "  " + h.name();
    left += "  (" + h.uid() + ")";
    const bool good = h.reachable();
    const auto state = h.link() == broker_link::away         ? phrase::broker_away
                       : h.link() == broker_link::connecting ? phrase::broker_connecting
                       : !h.online()                         ? phrase::broker_connected
                       : *h.online()                         ? phrase::thermostat_online
                                                             : phrase::thermostat_offline;
    const std::string right = std::string(good ? "● " : "○ ") + std::string(say(l, state)) + " ";
    const auto used = columns_of(left) + columns_of(right);
    if (used >= columns) return {{left + "  ", style::strong}, {right, good ? style::good : style::bad}};
    return {{left + std::string(columns - used, ' '), style::strong}, {right, good ? style::good : style::bad}};
}

line trouble(const home& h, language l) {
    if (h.link() != broker_link::connected) return plain(" " + h.link_trouble(), style::bad);
    if (!h.online()) return plain(" " + std::string(say(l, phrase::thermostat_silent)), style::faint);
    return {};
}

/// Temperature at the left, set point at its right.
std::vector<line> temperatures(const home& h, language l) {
    const auto now = h.number(property::temperature);
    const auto shown = h.wished_setpoint() ? h.wished_setpoint() : h.number(property::setpoint);
    std::vector<line> out;
    std::array<line, digit_rows> right;
    right[0] = plain(std::string(say(l, phrase::set_to)), style::faint);
    right[1] = shown ? plain(say_number(l, degrees(*shown)) + " °C", style::strong) : plain("--");
    if (h.wished_setpoint() || h.waits_for("setpoint")) right[2] = plain(std::string(say(l, phrase::waiting)), style::faint);
    right[4] = plain(say_reason(l, h.word(property::action), h.word(property::reason), h.word(property::setpoint)));
    std::array<std::string, digit_rows> left;
    if (now) {
        char text[16];
        std::snprintf(text, sizeof text, "%.1f", std::clamp(*now, -99.0, 999.0));
        left = large(text);
    } else {
        left[2] = std::string(say(l, phrase::no_reading));
    }
    left[0] += now ? "°C" : "";
    const bool heating = h.word(property::action) == "heating";
    for (std::size_t row = 0; row < digit_rows; ++row) {
        line both = {{"   " + padded(left[row], 24), heating ? style::warm : style::plain}};
        both.insert(both.end(), right[row].begin(), right[row].end());
        out.push_back(std::move(both));
    }
    return out;
}

/// A line from the coldest to the warmest set point, with the room (●) and the set point (▼) on it.
line scale(const home& h, std::size_t columns) {
    const std::string low = degrees(h.setpoint_min());
    const std::string high = degrees(h.setpoint_max());
    const std::size_t width = columns > 24 ? std::min<std::size_t>(columns - 12, 60) : 12;
    const auto place = [&](double celsius) {
        const double part = (celsius - h.setpoint_min()) / (h.setpoint_max() - h.setpoint_min());
        return static_cast<std::size_t>(std::lround(std::clamp(part, 0.0, 1.0) * static_cast<double>(width - 1)));
    };
    const auto now = h.number(property::temperature);
    const auto setpoint = h.wished_setpoint() ? h.wished_setpoint() : h.number(property::setpoint);
    line out{{"   " + low + " ", style::faint}};
    for (std::size_t i = 0; i < width; ++i) {
        if (setpoint && place(*setpoint) == i) {
            out.push_back({"▼", style::strong});
        } else if (now && place(*now) == i) {
            out.push_back({"●", style::warm});
        } else {
            out.push_back({"─", style::faint});
        }
    }
    out.push_back({" " + high, style::faint});
    return out;
}

/// "Mode  off [heat] auto"
line choices(std::string_view label, const std::vector<std::string>& words, std::string_view chosen, language l) {
    line out{{"   " + padded(label, label_columns), style::faint}};
    for (const auto& word : words) {
        const bool is_it = word == chosen;
        out.push_back({(is_it ? "[" : " ") + std::string(say_word(l, word)) + (is_it ? "]" : " "), is_it ? style::strong : style::plain});
    }
    return out;
}

std::string with_unit(const home& h, property p, language l, std::string_view unit) {
    return h.number(p) ? say_number(l, h.word(p)) + std::string(unit) : "--";
}

line facts(const home& h, language l) {
    line out;
    const auto add = [&](phrase label, std::string text) {
        out.push_back({"   " + std::string(say(l, label)) + " ", style::faint});
        out.push_back({std::move(text), style::plain});
    };
    add(phrase::humidity, with_unit(h, property::humidity, l, " %"));
    add(phrase::outdoor, with_unit(h, property::outdoor, l, " °C"));
    add(phrase::demand, with_unit(h, property::demand, l, " %"));
    if (!h.word(property::window).empty()) add(phrase::window, std::string(say_word(l, h.word(property::window))));
    return out;
}

line more_facts(const home& h, language l) {
    line out;
    const auto add = [&](phrase label, std::string text) {
        out.push_back({"   " + std::string(say(l, label)) + " ", style::faint});
        out.push_back({std::move(text), style::plain});
    };
    if (h.number(property::energy)) add(phrase::energy, with_unit(h, property::energy, l, " kWh"));
    if (const auto next = read_next(h.word(property::next))) {
        const auto t = next->at.find('T');
        const auto time = t == std::string::npos ? next->at : next->at.substr(t + 1, 5);
        add(phrase::next, time + " " + say_number(l, degrees(next->setpoint_c)) + " °C");
    }
    if (!h.word(property::sensor).empty() && h.word(property::sensor) != "ok") {
        add(phrase::sensor, std::string(say_word(l, h.word(property::sensor))));
        out.back().style = style::bad;
    }
    return out;
}

/// The last temperatures, from the lowest to the highest of them.
line curve(const home& h, language l) {
    if (h.curve().size() < 2) return {};
    constexpr std::array<std::string_view, 8> heights{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const auto [low, high] = std::minmax_element(h.curve().begin(), h.curve().end());
    const double span = std::max(*high - *low, 0.5);  // noise shall not look like a mountain
    std::string text;
    for (const double t : h.curve()) text += heights[static_cast<std::size_t>(std::clamp((t - *low) / span * 7.99, 0.0, 7.0))];
    return {{"   " + padded(say(l, phrase::curve), label_columns), style::faint}, {text, style::warm}};
}

line note_line(const note& n, language l) {
    std::string what = " " + say_command(l, n.command, n.payload) + ": ";
    switch (n.outcome) {
        case command_outcome::waiting: return {{what, style::plain}, {std::string(say(l, phrase::waiting)), style::faint}};
        case command_outcome::accepted: return {{what, style::plain}, {std::string(say(l, phrase::accepted)), style::good}};
        case command_outcome::unanswered: return {{what, style::plain}, {std::string(say(l, phrase::unanswered)), style::bad}};
        case command_outcome::refused: break;
    }
    // The thermostat's own words are English and more exact; the key is translated.
    const auto why = l == language::english && !n.message.empty() ? n.message : std::string(say_word(l, n.error));
    return {{what, style::plain}, {std::string(say(l, phrase::refused)) + ": " + why, style::bad}};
}

}  // namespace

std::string text_of(const line& l) {
    std::string out;
    for (const auto& p : l) out += p.text;
    return out;
}

std::vector<line> view(const home& h, language l, view_size size) {
    if (size.columns < smallest_view.columns || size.rows < smallest_view.rows) {
        line hint = plain(std::string(say(l, phrase::too_small)));
        cut_to(hint, size.columns);
        return {hint};
    }
    std::vector<line> out{header(h, l, size.columns), trouble(h, l)};
    for (auto& row : temperatures(h, l)) out.push_back(std::move(row));
    out.push_back({});
    out.push_back(scale(h, size.columns));
    out.push_back({});
    out.push_back(choices(say(l, phrase::mode), h.modes(), h.word(property::mode), l));
    std::vector<std::string> presets{"none"};
    presets.insert(presets.end(), h.presets().begin(), h.presets().end());
    out.push_back(choices(say(l, phrase::preset), presets, h.word(property::preset), l));
    out.push_back({});
    out.push_back(facts(h, l));
    out.push_back(more_facts(h, l));
    out.push_back(curve(h, l));
    for (const auto& [code, message] : h.alarms()) {
        out.push_back(plain(" ! " + std::string(say(l, phrase::alarm)) + ": " + std::string(say_word(l, code)), style::bad));
    }
    out.push_back({});
    for (const auto& n : h.notes()) out.push_back(note_line(n, l));

    // The keys stand at the bottom, whatever else there is to say.
    out.resize(size.rows - 1);
    out.push_back(plain(" " + std::string(say(l, phrase::keys)), style::faint));
    for (auto& row : out) cut_to(row, size.columns);
    return out;
}

}  // namespace tepore::remote
