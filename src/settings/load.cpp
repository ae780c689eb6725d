#include "settings/load.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "settings/check.hpp"
#include "settings/value.hpp"

namespace tepore::settings {
namespace {

std::string dashed(std::string_view text) {
    std::string out(text);
    std::replace(out.begin(), out.end(), '_', '-');
    return out;
}

std::string upper_dashed(std::string_view text) {
    std::string out = dashed(text);
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

std::string joined(const mistakes& lines) {
    std::string out;
    for (const auto& line : lines) out += (out.empty() ? "" : "\n") + line;
    return out;
}

std::string setting_help(const setting& s, const all_settings& defaults) {
    std::string out(s.help);
    out += " (";
    if (!s.allowed.empty()) out += allowed_values(s) + "; ";
    out += as_toml(s, defaults) + ")";
    if (is_list(s)) out += "; may be given several times";
    return out;
}

/// A list given by flags is the flags' list, whatever the file says: the first one empties it.
result<void> assign_flag(layered& into, const setting& s, const std::string& name, const std::string& text) {
    if (is_list(s)) {
        const auto* list = std::get<std::vector<std::string>*>(s.in(into.values));
        std::vector<std::string> items;
        if (const auto origin = into.origins.find(&s); origin != into.origins.end() && origin->second == name) items = *list;
        items.push_back(text);
        return assign(s, into.values, items);
    }
    return assign_text(s, into.values, text);
}

result<std::string> read_whole_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return failure(path + ": cannot be read");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) return failure(path + ": cannot be read");
    return text;
}

struct flag_values {
    std::vector<given_flag> settings;
    std::vector<std::pair<std::string, std::string>> own_flags;
    std::string config_file;
    tepore::settings::wish wish = tepore::settings::wish::start;
};

flag_values sort_flags(const command& c, const std::vector<given_flag>& given) {
    flag_values out;
    for (const auto& one : given) {
        const auto name = long_name(*one.which);
        const auto is_own = [&](const flag& f) { return long_name(f) == name; };
        if (std::any_of(c.own_flags.begin(), c.own_flags.end(), is_own)) {
            out.own_flags.emplace_back(name, one.value);
        } else if (name == "--config") {
            out.config_file = one.value;
        } else if (name == "--help") {
            out.wish = wish::help;
        } else if (name == "--check-config") {
            if (out.wish == wish::start) out.wish = wish::check_config;
        } else if (name == "--print-config") {
            if (out.wish != wish::help) out.wish = wish::print_config;
        } else {
            out.settings.push_back(one);
        }
    }
    return out;
}

}  // namespace

const command& broker_command() {
    static const command it{"broker", "An MQTT broker.", "broker", {"tls", "http", "log"}};
    return it;
}

const command& thermostat_command() {
    static const command it{"thermostat", "A thermostat in a simulated house, on any MQTT broker.", "thermostat", {"log"}};
    return it;
}

const command& run_command() {
    static const command it{
        "run", "Broker, thermostat and web remote control, all in one process.", "run", {"thermostat", "broker", "tls", "http", "log"}};
    return it;
}

const command& remote_command() {
    static const command it{"remote",
                            "A remote control in the terminal.",
                            "remote",
                            {},
                            {
                                {"--plain", "", "Plain lines instead of a screen: for screen readers", "What to do"},
                                {"--json", "", "A line of JSON for each change", "What to do"},
                                {"--once", "", "With --json: one line, and end", "What to do"},
                                {"--set", "CELSIUS", "Set this temperature (21.5; also +0.5) and end", "What to do"},
                                {"--mode", "MODE", "Set this mode (off, heat, auto) and end", "What to do"},
                                {"--preset", "PRESET", "Choose this preset (none, comfort, eco, sleep, away) and end", "What to do"},
                                {"--boost", "MINUTES", "Heat for so many minutes (or off) and end", "What to do"},
                            }};
    return it;
}

std::string flag_name(const command& c, const setting& s) {
    if (s.section == c.own_section || (c.own_section == "run" && s.short_in_run)) return "--" + dashed(s.key);
    const auto& others = c.other_sections;
    if (std::find(others.begin(), others.end(), s.section) == others.end()) return {};
    return "--" + dashed(s.section) + "-" + dashed(s.key);
}

std::vector<flag> flags_of(const command& c) {
    const all_settings defaults;
    std::vector<flag> out;
    const auto add_section = [&](std::string_view section) {
        for (const auto& s : table()) {
            if (s.section != section) continue;
            out.push_back({flag_name(c, s), is_switch(s) ? "" : upper_dashed(s.key), setting_help(s, defaults),
                           section == c.own_section ? "" : "Settings of [" + std::string(section) + "]"});
        }
    };
    add_section(c.own_section);
    out.insert(out.end(), c.own_flags.begin(), c.own_flags.end());
    for (const auto section : c.other_sections) add_section(section);
    out.push_back({"-c,--config", "FILE", "Configuration file (TOML); flags and environment win over it", "Other"});
    out.push_back({"--check-config", "", "Check all settings and end", "Other"});
    out.push_back({"--print-config", "", "Print all settings as they are in force, and where each was given, and end", "Other"});
    out.push_back({"--help", "", "This text", "Other"});
    return out;
}

std::string help_text(const command& c) {
    return "tepore " + std::string(c.name) + " [FLAGS]\n" + std::string(c.summary) + "\n\n" + flags_help(flags_of(c)) +
           "\nEvery setting can also be given in the configuration file and in the environment\n"
           "(TEPORE_SECTION_KEY). All of them: docs/configuration.md\n";
}

surroundings process_surroundings() {
    return {environment(), read_whole_file};
}

std::expected<loaded, trouble> load(const command& c, std::span<const std::string> arguments, const surroundings& world) {
    const auto flags = flags_of(c);
    const auto given = parse_arguments(flags, arguments);
    if (!given) return std::unexpected(trouble{exit_code::usage, given.error().message});
    auto sorted = sort_flags(c, *given);
    loaded out{.layers = {}, .own_flags = std::move(sorted.own_flags), .wish = sorted.wish};
    if (out.wish == wish::help) return out;

    mistakes wrong;
    if (sorted.config_file.empty()) {
        for (const auto& [name, text] : world.environment) {
            if (name == "TEPORE_CONFIG") sorted.config_file = text;
        }
    }
    if (!sorted.config_file.empty()) {
        const auto text = world.read_file(sorted.config_file);
        if (!text) return std::unexpected(trouble{exit_code::configuration, text.error().message});
        wrong = read_file(out.layers, sorted.config_file, *text);
    }
    for (auto& mistake : read_environment(out.layers, world.environment)) wrong.push_back(std::move(mistake));
    if (!wrong.empty()) return std::unexpected(trouble{exit_code::configuration, joined(wrong)});

    for (const auto& one : sorted.settings) {
        const auto name = std::string(long_name(*one.which));
        const auto s = std::find_if(table().begin(), table().end(), [&](const auto& row) { return flag_name(c, row) == name; });
        if (const auto done = assign_flag(out.layers, *s, name, one.value); !done) wrong.push_back(name + ": " + done.error().message);
        out.layers.origins[&*s] = name;
    }
    if (!wrong.empty()) return std::unexpected(trouble{exit_code::usage, joined(wrong)});

    wrong = check(c, out.layers);
    if (!wrong.empty()) return std::unexpected(trouble{exit_code::configuration, joined(wrong)});
    return out;
}

}  // namespace tepore::settings
