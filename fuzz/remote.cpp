// remote: the terminal remote control with any payload on any of the thermostat's topics, typed lines and keys; what it shows is harmless
//
// Input: records that end with 0xFF: what happens, then its text.
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "fuzz/input.hpp"
#include "remote/terminal/home.hpp"
#include "remote/terminal/json_line.hpp"
#include "remote/terminal/payloads.hpp"
#include "remote/terminal/screen.hpp"
#include "remote/terminal/speech.hpp"
#include "remote/terminal/text.hpp"
#include "remote/terminal/view.hpp"
#include "thermostat/contract/topics.hpp"

using namespace tepore;
using namespace tepore::remote;
using fuzz::must;

namespace {

/// Printable UTF-8: what it shows cannot move the cursor, change colours or turn the direction of text.
void must_be_harmless(std::string_view text, std::string_view where) {
    must(harmless(text, text.size()) == text, "nothing on the terminal has control characters or broken UTF-8", where);
    for (const char c : text) must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "nothing on the terminal has control characters", where);
}

void check_lines(const home& h, language l, view_size size, std::vector<line>& shown) {
    auto lines = view(h, l, size);
    must(lines.size() <= size.rows, "the view has at most the rows of the screen");
    for (const auto& one : lines) {
        const auto text = text_of(one);
        must_be_harmless(text, "view");
        must(columns_of(text) <= size.columns, "a line has at most the columns of the screen", text);
    }
    static_cast<void>(redraw(shown, lines, true));
    shown = std::move(lines);
}

void check_bounds(const home& h) {
    must(h.notes().size() <= notes_max && h.alarms().size() <= alarms_max && h.curve().size() <= curve_points_max, "what is kept is bounded");
    must(h.modes().size() <= words_in_list_max && h.presets().size() <= words_in_list_max, "lists of words are bounded");
    must(h.setpoint_min() < h.setpoint_max() && h.setpoint_step() > 0, "the range of set points stays one");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input in({data, size});
    const unsigned mode = in.byte();
    const auto l = (mode & 1) != 0 ? language::italian : language::english;
    home h("home1", (mode & 2) != 0 ? "bath" : "");
    const std::string root = (mode & 2) != 0 ? "home1/thermostat/zones/bath" : "home1/thermostat";
    speaker voice(l);
    std::vector<line> shown;
    auto now = monotonic{} + std::chrono::hours(1);
    h.link_is(broker_link::connected, "");
    h.hear("home1/thermostat/online", "true", now);
    while (!in.empty()) {
        fuzz::input record(in.until(0xFF));
        const unsigned what = record.byte();
        const auto text = as_text(record.rest());
        constexpr auto states = thermostat::property_table.size();
        if (what < states)
            h.hear(root + "/" + std::string(thermostat::property_table[what].name), text, now);
        else if (what < 32)
            h.hear("home1/thermostat/info", text, now);
        else if (what < 40)
            h.hear("home1/thermostat/result", text, now);
        else if (what < 48)
            h.hear("home1/thermostat/alarm/" + std::string(text.substr(0, text.find('='))), text.substr(std::min(text.size(), text.find('='))), now);
        else if (what < 64)
            static_cast<void>(obey(h, text, now));
        else if (what < 68)
            h.hear(text, text, now);
        else if (what < 72)
            h.link_is((what & 1) != 0 ? broker_link::connected : broker_link::away, text);
        else if (what < 76)
            h.hear("home1/thermostat/online", text, now);
        else if (what < 80)
            h.nudge_setpoint(what % 2 == 0 ? 1 : -1, now);
        else if (what < 84)
            h.next_mode(now);
        else if (what < 88)
            h.next_preset(now);
        else if (what < 92)
            h.toggle_boost(now);
        else if (what < 96)
            now += std::chrono::seconds(what - 91);
        else {
            auto typed = text;
            while (!typed.empty()) {
                const auto left = typed.size();
                static_cast<void>(take_key(typed));
                must(typed.size() < left, "a key takes at least one byte");
            }
        }
        h.tick(now);
        for (const auto& c : h.take_commands(now)) {
            must(c.topic.starts_with("home1/thermostat/"), "commands go to the thermostat", c.topic);
            must(c.topic.find_first_of("+#") == std::string::npos, "a command's topic has no wildcards", c.topic);
        }
        check_bounds(h);
        // Drawing costs a hundred times what hearing does.
        if (what % 8 == 0 || in.empty()) check_lines(h, l, {what % 3 == 0 ? 80u : 40u + what % 60, 12 + what % 20}, shown);
        for (const auto& sentence : voice.news(h)) must_be_harmless(sentence, "news");
    }
    for (const auto& sentence : voice.status(h)) must_be_harmless(sentence, "status");
    const auto json = json_line(h);
    must_be_harmless(json, "json");
    must(nlohmann::json::accept(json), "the line of JSON is JSON", json);
    return 0;
}
