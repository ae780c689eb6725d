#include "apps/tools/remote_face.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "remote/terminal/json_line.hpp"
#include "remote/terminal/screen.hpp"
#include "remote/terminal/speech.hpp"

namespace tepore::tools {
namespace {

using remote::broker_link;
using remote::home;

/// Faster nobody sees, and a thermostat in a hurry must not keep the terminal busy.
constexpr duration redraw_pause = std::chrono::milliseconds(50);
/// Retained messages come in one go: when nothing has come for so long, that was all.
constexpr duration quiet_time = std::chrono::milliseconds(250);
/// Changes that belong together are one line of JSON, and no line waits longer than this.
constexpr duration json_gather = std::chrono::milliseconds(50);
constexpr duration json_patience = std::chrono::milliseconds(500);
/// A line longer than this is no command.
constexpr std::size_t typed_bytes_max = 4096;

constexpr int exit_trouble = 6;  // settings::exit_code::other

/// False when nobody reads any more.
bool print_line(std::string text) {
    text += '\n';
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto written = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// Whether the home has been still for `quiet_time`, and when to look again.
class stillness {
public:
    [[nodiscard]] bool reached(const home& h, monotonic now) {
        if (version_ != h.version()) {
            version_ = h.version();
            since_ = now;
        }
        const bool still = now >= since_ + quiet_time;
        look_again_ = still ? never : since_ + quiet_time;
        return still;
    }
    [[nodiscard]] monotonic look_again() const { return look_again_; }

private:
    std::optional<std::uint64_t> version_;
    monotonic since_{};
    monotonic look_again_ = never;
};

/// How long a command that ends by itself waits to hear of its thermostat.
class patience {
public:
    explicit patience(monotonic now) : until_(now + broker_patience) {}
    /// Why it is useless to wait any longer; empty: it is not.
    [[nodiscard]] std::string exhausted(const home& h, monotonic now) {
        if (h.link() == broker_link::away) return h.link_trouble();
        if (h.link() == broker_link::connected && !connected_) {
            connected_ = true;
            until_ = now + thermostat_patience;
        }
        if (now < until_) return {};
        return connected_ ? "nothing heard of a thermostat '" + h.uid() + "' on this broker" : "the broker does not answer";
    }
    [[nodiscard]] monotonic until() const { return until_; }

private:
    monotonic until_;
    bool connected_ = false;
};

class screen_face final : public remote_face {
public:
    explicit screen_face(remote::language l) : language_(l), screen_(std::getenv("NO_COLOR") == nullptr) {}

    std::optional<int> show(home& h, monotonic now) override {
        if (drawn_ == h.version() || now < next_draw_) {
            draw_again_ = drawn_ == h.version() ? never : next_draw_;
            return {};
        }
        screen_.show(view(h, language_, remote::screen::size()));
        drawn_ = h.version();
        next_draw_ = now + redraw_pause;
        draw_again_ = never;
        return {};
    }
    bool typed(home& h, std::string_view text, monotonic now) override {
        while (!text.empty()) {
            switch (remote::take_key(text)) {
                case remote::key::up: h.nudge_setpoint(1, now); break;
                case remote::key::down: h.nudge_setpoint(-1, now); break;
                case remote::key::mode: h.next_mode(now); break;
                case remote::key::preset: h.next_preset(now); break;
                case remote::key::boost: h.toggle_boost(now); break;
                case remote::key::refresh: h.refresh(); break;
                case remote::key::quit: return false;
                case remote::key::none: break;
            }
        }
        next_draw_ = now;  // a key is answered at once
        return true;
    }
    [[nodiscard]] bool takes_input() const override { return true; }
    void resized() override {
        screen_.forget();
        drawn_.reset();
        next_draw_ = {};
    }
    [[nodiscard]] monotonic next_deadline() const override { return draw_again_; }

private:
    remote::language language_;
    remote::screen screen_;
    std::optional<std::uint64_t> drawn_;  // the version that is on the screen
    monotonic next_draw_{};
    monotonic draw_again_ = never;
};

class plain_face final : public remote_face {
public:
    explicit plain_face(remote::language l) : language_(l), speaker_(l) {
        said_everything_ = print_line(std::string(say(l, remote::phrase::plain_hint)));
    }

    std::optional<int> show(home& h, monotonic now) override {
        // Not while the retained messages are still coming: first "set to 21", then "no, 22" would be confusing.
        if (!still_.reached(h, now)) return {};
        for (auto& sentence : speaker_.news(h)) said_everything_ = said_everything_ && print_line(std::move(sentence));
        return said_everything_ ? std::nullopt : std::optional(exit_trouble);
    }
    bool typed(home& h, std::string_view text, monotonic now) override {
        if (text.empty()) return false;  // end of the input
        line_ += text;
        for (auto end = line_.find('\n'); end != std::string::npos; end = line_.find('\n')) {
            const bool go_on = obey(h, line_.substr(0, end), now);
            line_.erase(0, end + 1);
            if (!go_on) return false;
        }
        if (line_.size() > typed_bytes_max) line_.clear();
        return true;
    }
    [[nodiscard]] bool takes_input() const override { return true; }
    [[nodiscard]] monotonic next_deadline() const override { return still_.look_again(); }

private:
    void tell(remote::phrase p) { said_everything_ = said_everything_ && print_line(std::string(say(language_, p))); }

    bool obey(home& h, const std::string& typed, monotonic now) {
        const auto before = h.version();
        switch (remote::obey(h, typed, now)) {
            case remote::heard::quit: return false;
            case remote::heard::help: tell(remote::phrase::plain_help); break;
            case remote::heard::not_understood: tell(remote::phrase::plain_unknown); break;
            case remote::heard::status:
                for (auto& sentence : speaker_.status(h)) said_everything_ = said_everything_ && print_line(std::move(sentence));
                break;
            case remote::heard::done:
                if (h.version() == before && !h.reachable()) tell(remote::phrase::not_reachable);
                break;
        }
        return true;
    }

    remote::language language_;
    remote::speaker speaker_;
    stillness still_;
    std::string line_;
    bool said_everything_ = true;
};

class json_face final : public remote_face {
public:
    json_face(bool once, monotonic now) : once_(once), patience_(now) {}

    std::optional<int> show(home& h, monotonic now) override {
        if (once_) return show_once(h, now);
        if (h.version() != seen_) {
            if (!first_change_) first_change_ = now;
            last_change_ = now;
            seen_ = h.version();
        }
        if (!first_change_ || (now < last_change_ + json_gather && now < *first_change_ + json_patience)) return {};
        first_change_.reset();
        auto line = json_line(h);
        if (line == printed_) return {};
        printed_ = line;
        return print_line(std::move(line)) ? std::nullopt : std::optional(0);  // whoever read it has enough
    }
    [[nodiscard]] monotonic next_deadline() const override {
        if (once_) return std::min(still_.look_again(), patience_.until());
        return first_change_ ? std::min(last_change_ + json_gather, *first_change_ + json_patience) : never;
    }
    [[nodiscard]] std::string trouble() const override { return trouble_; }

private:
    std::optional<int> show_once(const home& h, monotonic now) {
        const bool complete = still_.reached(h, now) && h.online().has_value();
        if (complete) return print_line(json_line(h)) ? 0 : exit_trouble;
        trouble_ = patience_.exhausted(h, now);
        return trouble_.empty() ? std::nullopt : std::optional(exit_trouble);
    }

    bool once_;
    patience patience_;
    stillness still_;
    std::uint64_t seen_ = 0;
    std::optional<monotonic> first_change_;
    monotonic last_change_{};
    std::string printed_;
    std::string trouble_;
};

class command_face final : public remote_face {
public:
    command_face(std::vector<std::pair<std::string, std::string>> commands, remote::language l, monotonic now)
        : commands_(std::move(commands)), language_(l), patience_(now) {}

    std::optional<int> show(home& h, monotonic now) override {
        if (asked_ == 0 && !h.reachable()) return wait_for_thermostat(h, now);
        // One after the other: the next may depend on the one before.
        if (asked_ > 0 && h.notes().front().outcome == remote::command_outcome::waiting) return {};
        if (asked_ > 0 && !report(h.notes().front())) return exit_trouble;
        if (asked_ == commands_.size()) return 0;
        const auto& [name, payload] = commands_[asked_];
        h.ask(name, payload, now);
        if (!h.reachable()) {
            trouble_ = say(language_, remote::phrase::not_reachable);
            return exit_trouble;
        }
        ++asked_;
        return {};
    }
    [[nodiscard]] monotonic next_deadline() const override { return asked_ == 0 ? patience_.until() : never; }
    [[nodiscard]] std::string trouble() const override { return trouble_; }

private:
    std::optional<int> wait_for_thermostat(const home& h, monotonic now) {
        trouble_ = h.online() == false ? std::string(say(language_, remote::phrase::not_reachable)) : patience_.exhausted(h, now);
        return trouble_.empty() ? std::nullopt : std::optional(exit_trouble);
    }
    /// True when it was accepted.
    bool report(const remote::note& n) {
        const auto sentence = note_sentence(n, language_);
        if (n.outcome == remote::command_outcome::accepted) return print_line(sentence);
        trouble_ = sentence;
        return false;
    }

    std::vector<std::pair<std::string, std::string>> commands_;
    remote::language language_;
    patience patience_;
    std::size_t asked_ = 0;
    std::string trouble_;
};

}  // namespace

std::unique_ptr<remote_face> make_screen_face(remote::language language) {
    return std::make_unique<screen_face>(language);
}

std::unique_ptr<remote_face> make_plain_face(remote::language language) {
    return std::make_unique<plain_face>(language);
}

std::unique_ptr<remote_face> make_json_face(bool once, monotonic now) {
    return std::make_unique<json_face>(once, now);
}

std::unique_ptr<remote_face> make_command_face(std::vector<std::pair<std::string, std::string>> commands, remote::language language, monotonic now) {
    return std::make_unique<command_face>(std::move(commands), language, now);
}

}  // namespace tepore::tools
