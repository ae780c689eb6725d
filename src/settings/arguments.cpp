#include "settings/arguments.hpp"

#include <algorithm>
#include <CLI/CLI.hpp>
#include <map>

#include "settings/nearest.hpp"

namespace tepore::settings {
namespace {

/// How a flag stands in the help: "-h, --host HOST".
std::string left_column(const flag& f) {
    std::string out;
    for (const char c : f.names) out += c == ',' ? std::string(", ") : std::string(1, c);
    if (out.starts_with("--")) out.insert(0, "    ");
    if (!f.value_name.empty()) out += " " + f.value_name;
    return out;
}

/// Appends `text` in lines of at most `width` columns, the following ones indented.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent, std::size_t width) {
    std::size_t column = indent;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (column > indent && column + 1 + end > width) {
            out += '\n' + std::string(indent, ' ');
            column = indent;
        }
        if (column > indent) {
            out += ' ';
            ++column;
        }
        out += text.substr(0, end);
        column += end;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    out += '\n';
}

std::string unknown_arguments(const CLI::ExtrasError& why, std::span<const flag> flags, const std::vector<std::string>& extras) {
    const std::string word = extras.empty() ? why.what() : extras.front();
    if (!word.starts_with('-')) return "\"" + word + "\" is one argument too many";
    std::vector<std::string> names;
    for (const auto& f : flags) names.emplace_back(long_name(f));
    const auto best = nearest(word.substr(0, word.find('=')), names);
    return "there is no flag " + word + (best.empty() ? "" : "; did you mean " + std::string(best) + "?");
}

}  // namespace

std::string_view long_name(const flag& f) noexcept {
    const std::string_view names = f.names;
    const auto at = names.find("--");
    return at == std::string_view::npos ? names.substr(0, names.find(',')) : names.substr(at);
}

result<std::vector<given_flag>> parse_arguments(std::span<const flag> flags, std::span<const std::string> arguments) {
    CLI::App app;
    app.set_help_flag();  // ours is a flag like the others; mosquitto's tools use -h for the host
    std::map<const CLI::Option*, const flag*> known;
    for (const auto& f : flags) {
        CLI::Option* option = nullptr;
        if (f.value_name.empty()) {
            option = app.add_flag(f.names)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        } else {
            option = app.add_option(f.names)->expected(f.values_min, f.values_max)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
            if (f.values_max == 1) option->allow_extra_args(false);
        }
        known[option] = &f;
    }
    // The library takes its arguments from the back.
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        app.parse(reversed);
    } catch (const CLI::ExtrasError& e) {
        return failure(unknown_arguments(e, flags, app.remaining()));
    } catch (const CLI::ParseError& e) {
        return failure(e.what());
    }
    // parse_order() names an option once for each time it was given; its results stand in the same order.
    std::vector<given_flag> out;
    std::map<const CLI::Option*, std::size_t> taken;
    for (const CLI::Option* option : app.parse_order()) {
        const auto& f = *known.at(option);
        const auto index = taken[option]++;
        if (f.values_max > 1) {
            if (index > 0) continue;
            for (const auto& word : option->results()) out.push_back({&f, word});
        } else if (index < option->results().size()) {
            out.push_back({&f, option->results()[index]});
        }
    }
    return out;
}

std::string flags_help(std::span<const flag> flags) {
    constexpr std::size_t column = 30;
    constexpr std::size_t width = 100;
    std::string out;
    std::string group;
    for (const auto& f : flags) {
        if (f.group != group) {
            group = f.group;
            out += "\n" + group + ":\n";
        }
        const std::string left = "  " + left_column(f);
        out += left;
        if (left.size() + 1 >= column) {
            out += '\n' + std::string(column, ' ');
        } else {
            out += std::string(column - left.size(), ' ');
        }
        append_wrapped(out, f.help, column, width);
    }
    return out;
}

}  // namespace tepore::settings
