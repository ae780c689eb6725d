#include "remote/terminal/home.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

#include "remote/terminal/payloads.hpp"
#include "remote/terminal/text.hpp"

namespace tepore::remote {
namespace {

constexpr std::string_view boost_minutes = "60";

/// The rest of `topic` below `root`, without the slash; empty when it is not below it.
std::string_view below(std::string_view topic, std::string_view root) {
    if (!topic.starts_with(root) || topic.size() <= root.size() + 1 || topic[root.size()] != '/') return {};
    return topic.substr(root.size() + 1);
}

std::optional<double> parse_number(std::string_view text) {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
    return value;
}

std::string_view next_of(const std::vector<std::string>& words, std::string_view now) {
    if (words.empty()) return {};
    const auto at = std::find(words.begin(), words.end(), now);
    return at == words.end() || at + 1 == words.end() ? words.front() : *(at + 1);
}

}  // namespace

std::string degrees(double celsius) {
    // No temperature is so large, but anybody may have written it: with all its digits it would have three hundred.
    const bool sane = std::abs(celsius) < 1e12;
    const double rounded = sane ? std::round(celsius * 100) / 100 : celsius;
    char text[32];
    const auto [end, code] = std::to_chars(text, text + sizeof text, rounded, sane ? std::chars_format::fixed : std::chars_format::scientific);
    assert(code == std::errc());
    std::string out(text, end);
    if (out == "-0") out = "0";
    return out.find_first_of(".e") == std::string::npos ? out + ".0" : out;
}

home::home(std::string uid, std::string zone)
    : uid_(std::move(uid)),
      zone_(std::move(zone)),
      device_root_(uid_ + "/thermostat"),
      zone_root_(zone_.empty() ? device_root_ : device_root_ + "/zones/" + zone_) {}

std::vector<std::string> home::filters() const {
    // One level each: with '#' a house of many zones would send all of them.
    std::vector<std::string> out{device_root_ + "/+", device_root_ + "/alarm/+"};
    if (!zone_.empty()) out.push_back(zone_root_ + "/+");
    return out;
}

void home::link_is(broker_link link, std::string_view why) {
    ++version_;
    link_ = link;
    link_trouble_ = harmless(why, 200);
    // The broker says anew what is so; until then nothing is certain.
    if (link != broker_link::connected) online_.reset();
}

void home::hear(std::string_view topic, std::string_view payload, monotonic) {
    const auto on_device = below(topic, device_root_);
    const auto before = version_;
    if (on_device == "online") {
        ++version_;
        online_ = payload == "true";
    } else if (on_device == "info") {
        ++version_;
        name_ = read_zone_name(payload, zone_);
    } else if (on_device == "result") {
        hear_result(payload);
    } else if (on_device.starts_with("alarm/")) {
        hear_alarm(on_device.substr(6), payload);
    } else if (on_device == "outdoor") {
        hear_state(property::outdoor, payload);
    }
    if (version_ != before) return;
    const auto on_zone = below(topic, zone_root_);
    for (const auto& row : thermostat::property_table) {
        if (row.id != property::outdoor && row.name == on_zone) hear_state(row.id, payload);
    }
}

void home::hear_state(property p, std::string_view payload) {
    auto& word = words_[static_cast<std::size_t>(p)];
    auto heard = harmless(payload, row_of(p).kind == thermostat::payload_kind::json ? 4096 : 64);
    if (heard == word) return;
    word = std::move(heard);
    ++version_;
    if (p == property::config) hear_config(payload);
    if (p == property::temperature) {
        if (const auto value = number(p)) curve_.push_back(*value);
        if (curve_.size() > curve_points_max) curve_.pop_front();
    }
    const auto shown = number(property::setpoint);
    if (p == property::setpoint && !send_setpoint_at_ && wished_setpoint_ && shown && std::abs(*shown - *wished_setpoint_) < 0.01)
        wished_setpoint_.reset();
}

void home::hear_config(std::string_view payload) {
    const auto config = read_config(payload);
    // A range that is none would make the keys useless: keep the last good one.
    if (config.min && config.max && *config.min < *config.max) {
        min_ = *config.min;
        max_ = *config.max;
    }
    if (config.step && *config.step >= 0.01 && *config.step <= 10) step_ = *config.step;
    if (!config.modes.empty()) modes_ = config.modes;
    if (!config.presets.empty()) presets_ = config.presets;
}

void home::hear_alarm(std::string_view code, std::string_view payload) {
    const auto name = harmless(code, 40);
    if (payload.empty()) {
        if (alarms_.erase(name) > 0) ++version_;
    } else if (alarms_.size() < alarms_max || alarms_.contains(name)) {
        alarms_[name] = read_alarm_message(payload);
        ++version_;
    }
}

void home::hear_result(std::string_view payload) {
    const auto heard = read_answer(payload);
    if (!heard) return;
    // The oldest command of ours on that topic: answers come in the order of the commands.
    for (auto n = notes_.rbegin(); n != notes_.rend(); ++n) {
        if (n->outcome != command_outcome::waiting || command_topic(n->command) != heard->topic) continue;
        n->error = heard->error;
        n->message = heard->message;
        settle(*n, heard->ok ? command_outcome::accepted : command_outcome::refused);
        return;
    }
}

void home::settle(note& n, command_outcome outcome) {
    n.outcome = outcome;
    ++version_;
    if (n.command == "setpoint" && !send_setpoint_at_ && !waits_for("setpoint")) wished_setpoint_.reset();
}

std::string home::command_topic(std::string_view name) const {
    if (name == "get") return device_root_ + "/cmd/get";
    return zone_root_ + "/" + std::string(name) + "/set";
}

bool home::waits_for(std::string_view name) const noexcept {
    return std::any_of(notes_.begin(), notes_.end(), [&](const note& n) { return n.outcome == command_outcome::waiting && n.command == name; });
}

std::optional<double> home::number(property p) const noexcept {
    return parse_number(word(p));
}

void home::ask(std::string_view name, std::string_view payload, monotonic now) {
    if (!reachable()) return;
    ++version_;
    outgoing_.push_back({command_topic(name), std::string(payload)});
    notes_.push_front({.command = std::string(name), .payload = harmless(payload, 40), .error = {}, .message = {}, .sent = now});
    if (notes_.size() > notes_max) notes_.pop_back();
}

void home::nudge_setpoint(int steps, monotonic now) {
    const auto from = wished_setpoint_ ? wished_setpoint_ : number(property::setpoint);
    if (!from || !reachable()) return;
    ++version_;
    // On the grid of steps, so that 20.7 and one step of 0.5 make 21.0.
    const double grid = steps > 0 ? std::floor(*from / step_ + 1e-6) : std::ceil(*from / step_ - 1e-6);
    wished_setpoint_ = std::clamp((grid + steps) * step_, min_, max_);
    send_setpoint_at_ = now + setpoint_pause;
}

void home::next_mode(monotonic now) {
    if (const auto mode = next_of(modes_, word(property::mode)); !mode.empty()) ask("mode", mode, now);
}

void home::next_preset(monotonic now) {
    std::vector<std::string> choices{"none"};
    std::copy_if(presets_.begin(), presets_.end(), std::back_inserter(choices), [](const auto& p) { return p != "boost"; });
    ask("preset", next_of(choices, word(property::preset)), now);
}

void home::toggle_boost(monotonic now) {
    ask("boost", word(property::preset) == "boost" ? "off" : boost_minutes, now);
}

void home::refresh() {
    if (reachable()) outgoing_.push_back({command_topic("get"), "all"});
}

std::vector<command> home::take_commands(monotonic now) {
    if (send_setpoint_at_ && *send_setpoint_at_ <= now) {
        send_setpoint_at_.reset();
        if (wished_setpoint_) ask("setpoint", degrees(*wished_setpoint_), now);
    }
    std::vector<command> out(outgoing_.begin(), outgoing_.end());
    outgoing_.clear();
    return out;
}

void home::tick(monotonic now) {
    for (auto& n : notes_) {
        if (n.outcome == command_outcome::waiting && n.sent + answer_patience <= now) settle(n, command_outcome::unanswered);
    }
}

monotonic home::next_deadline() const {
    monotonic out = outgoing_.empty() ? never : monotonic::min();
    if (send_setpoint_at_) out = std::min(out, *send_setpoint_at_);
    for (const auto& n : notes_) {
        if (n.outcome == command_outcome::waiting) out = std::min(out, n.sent + answer_patience);
    }
    return out;
}

}  // namespace tepore::remote
