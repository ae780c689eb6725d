#include "remote/terminal/speech.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tepore::remote {
namespace {

constexpr double worth_a_sentence_k = 0.5;

std::string link_sentence(const home& h, language l) {
    if (h.link() == broker_link::away) return std::string(say(l, phrase::broker_away)) + ": " + h.link_trouble();
    if (h.link() == broker_link::connecting) return std::string(say(l, phrase::broker_connecting));
    if (!h.online()) return std::string(say(l, phrase::broker_connected));
    return std::string(say(l, *h.online() ? phrase::thermostat_online : phrase::thermostat_offline));
}

std::string value_sentence(language l, phrase what, std::string_view value) {
    return std::string(say(l, what)) + ": " + std::string(value);
}

struct verb {
    std::string_view english;
    std::string_view italian;
    std::string_view command;  // of the contract
};
constexpr std::array verbs{
    verb{"mode", "modo", "mode"},       verb{"preset", "situazione", "preset"}, verb{"boost", "boost", "boost"},
    verb{"set", "imposta", "setpoint"}, verb{"hold", "mantieni", "hold"},
};

/// "caldo" as "heat": what people say as the contract's word.
std::string contract_word(std::string_view said) {
    constexpr std::array words{"off", "heat", "cool", "auto", "none", "comfort", "eco", "sleep", "away", "boost"};
    for (const auto* word : words) {
        if (said == say_word(language::italian, word)) return word;
    }
    return std::string(said);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
    return text;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

std::string note_sentence(const note& n, language l) {
    std::string out = say_command(l, n.command, n.payload) + ": ";
    if (n.outcome == command_outcome::accepted) return out + std::string(say(l, phrase::accepted));
    if (n.outcome == command_outcome::unanswered) return out + std::string(say(l, phrase::unanswered));
    const auto why = l == language::english && !n.message.empty() ? n.message : std::string(say_word(l, n.error));
    return out + std::string(say(l, phrase::refused)) + ": " + why;
}

/// The same command may be given twice: its moment tells the two apart.
static std::string once_key(const note& n, language l) {
    return std::to_string(n.sent.time_since_epoch().count()) + note_sentence(n, l);
}

std::vector<std::string> speaker::news(const home& h) {
    std::vector<std::string> out;
    const auto once = [&](std::string& said, std::string sentence) {
        if (sentence == said || sentence.empty()) return;
        said = std::move(sentence);
        out.push_back(said);
    };
    once(said_link_, link_sentence(h, language_));
    const auto temperature = h.number(property::temperature);
    if (temperature && (!said_temperature_ || std::abs(*temperature - *said_temperature_) >= worth_a_sentence_k - 1e-9)) {
        said_temperature_ = temperature;
        out.push_back(value_sentence(language_, phrase::plain_temperature, say_number(language_, degrees(*temperature)) + " °C"));
    }
    if (const auto setpoint = h.number(property::setpoint)) {
        once(said_setpoint_, value_sentence(language_, phrase::plain_setpoint, say_number(language_, degrees(*setpoint)) + " °C"));
    }
    if (!h.word(property::mode).empty()) once(said_mode_, value_sentence(language_, phrase::plain_mode, say_word(language_, h.word(property::mode))));
    if (!h.word(property::preset).empty()) {
        once(said_preset_, value_sentence(language_, phrase::plain_preset, say_word(language_, h.word(property::preset))));
    }
    once(said_reason_, say_reason(language_, h.word(property::action), h.word(property::reason), h.word(property::setpoint)));
    std::vector<std::string> alarms;
    for (const auto& [code, message] : h.alarms()) {
        alarms.push_back(value_sentence(language_, phrase::alarm, say_word(language_, code)));
        if (std::find(said_alarms_.begin(), said_alarms_.end(), alarms.back()) == said_alarms_.end()) out.push_back(alarms.back());
    }
    said_alarms_ = std::move(alarms);
    std::vector<std::string> notes;
    for (const auto& n : h.notes()) {
        if (n.outcome == command_outcome::waiting) continue;
        notes.push_back(once_key(n, language_));
        if (std::find(said_notes_.begin(), said_notes_.end(), notes.back()) == said_notes_.end()) out.push_back(note_sentence(n, language_));
    }
    said_notes_ = std::move(notes);
    return out;
}

std::vector<std::string> speaker::status(const home& h) const {
    speaker fresh(language_);
    for (const auto& n : h.notes()) {
        if (n.outcome != command_outcome::waiting) fresh.said_notes_.push_back(once_key(n, language_));  // what was answered is no state
    }
    auto out = fresh.news(h);
    const auto add = [&](phrase label, property p, std::string_view unit) {
        if (h.number(p)) out.push_back(value_sentence(language_, label, say_number(language_, h.word(p)) + std::string(unit)));
    };
    add(phrase::humidity, property::humidity, " %");
    add(phrase::outdoor, property::outdoor, " °C");
    add(phrase::demand, property::demand, " %");
    return out;
}

heard obey(home& h, std::string_view typed, monotonic now) {
    typed = trimmed(typed);
    if (typed.empty() || is_one_of(typed, {"status", "stato", "s"})) return heard::status;
    if (is_one_of(typed, {"quit", "exit", "esci", "q"})) return heard::quit;
    if (is_one_of(typed, {"help", "aiuto", "?"})) return heard::help;
    if (is_one_of(typed, {"refresh", "rileggi", "r"})) {
        h.refresh();
        return heard::done;
    }
    if (typed == "+" || typed == "-") {
        h.nudge_setpoint(typed == "+" ? 1 : -1, now);
        return heard::done;
    }
    if (typed.find_first_not_of("0123456789.,+-") == typed.npos) {
        h.ask("setpoint", typed, now);
        return heard::done;
    }
    const auto blank = typed.find(' ');
    if (blank == typed.npos) return heard::not_understood;
    const auto said = typed.substr(0, blank);
    const auto verb = std::find_if(verbs.begin(), verbs.end(), [&](const auto& v) { return v.english == said || v.italian == said; });
    if (verb == verbs.end()) return heard::not_understood;
    h.ask(verb->command, contract_word(trimmed(typed.substr(blank))), now);
    return heard::done;
}

}  // namespace tepore::remote
