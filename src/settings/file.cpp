// The configuration file. The only place that sees the TOML library.

// Version 3.3 asserts some things about the file that a file may well break ("[[[["), and in release builds tells the compiler to assume them.
// Here such an assertion is an error of the file, in every build.
#undef NDEBUG
namespace tepore::settings {
struct broken_file {};
[[noreturn]] static void refuse_file() {
    throw broken_file{};
}
}  // namespace tepore::settings
#define TOML_ASSERT(condition) static_cast<void>((condition) ? void() : tepore::settings::refuse_file())
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <optional>

#include "settings/layers.hpp"
#include "settings/nearest.hpp"
#include "settings/value.hpp"

namespace tepore::settings {
namespace {

std::string place(std::string_view name, const toml::source_region& where) {
    return std::string(name) + ":" + std::to_string(where.begin.line);
}

/// Nothing for what no setting can be: dates, tables, lists of anything but text.
std::optional<value> as_value(const toml::node& node) {
    if (const auto* b = node.as_boolean()) return value{b->get()};
    if (const auto* number = node.as_integer()) return value{number->get()};
    if (const auto* number = node.as_floating_point()) return value{number->get()};
    if (const auto* text = node.as_string()) return value{text->get()};
    if (const auto* array = node.as_array()) {
        std::vector<std::string> list;
        for (const auto& item : *array) {
            const auto* text = item.as_string();
            if (text == nullptr) return {};
            list.push_back(text->get());
        }
        return value{std::move(list)};
    }
    return {};
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    const auto best = nearest(word, candidates);
    if (!best.empty()) return "; did you mean \"" + std::string(best) + "\"?";
    std::string all;
    for (const auto& candidate : candidates) all += (all.empty() ? "" : ", ") + candidate;
    return "; there are: " + all;
}

std::string unknown_key(std::string_view section, std::string_view key) {
    std::vector<std::string> keys;
    for (const auto& s : table()) {
        if (s.section == section) keys.emplace_back(s.key);
    }
    return "unknown key \"" + std::string(key) + "\" in [" + std::string(section) + "]" + did_you_mean(key, keys);
}

std::string unknown_section(std::string_view name, bool is_table) {
    if (!is_table) {
        for (const auto& s : table()) {
            if (s.key == name) return "\"" + std::string(name) + "\" stands outside of a section; it belongs under [" + std::string(s.section) + "]";
        }
    }
    std::vector<std::string> names;
    for (const auto& s : sections()) names.emplace_back(s.name);
    return "unknown section [" + std::string(name) + "]" + did_you_mean(name, names);
}

void read_section(layered& into, mistakes& wrong, std::string_view file, std::string_view section, const toml::table& content) {
    for (const auto& [key, node] : content) {
        const auto where = place(file, key.source());
        const auto* s = find(section, key.str());
        if (s == nullptr) {
            wrong.push_back(where + ": " + unknown_key(section, key.str()));
            continue;
        }
        const auto given = as_value(node);
        if (!given) {
            wrong.push_back(where + ": " + full_name(*s) + ": it must be " + allowed_values(*s));
        } else if (const auto done = assign(*s, into.values, *given); !done) {
            wrong.push_back(where + ": " + full_name(*s) + ": " + done.error().message);
        } else {
            into.origins[s] = where;
        }
    }
}

result<toml::table> parse(std::string_view name, std::string_view text) {
    try {
        toml::parse_result parsed = toml::parse(text, name);
        if (parsed) return std::move(parsed).table();
        return failure(place(name, parsed.error().source()) + ": this is not TOML: " + std::string(parsed.error().description()));
    } catch (const broken_file&) {
        return failure(std::string(name) + ": this is not TOML");
    }
}

}  // namespace

mistakes read_file(layered& into, std::string_view name, std::string_view text) {
    mistakes wrong;
    const auto parsed = parse(name, text);
    if (!parsed) return {parsed.error().message};
    for (const auto& [key, node] : *parsed) {
        const auto* content = node.as_table();
        bool known = false;
        for (const auto& s : sections()) known = known || s.name == key.str();
        if (known && content != nullptr) {
            read_section(into, wrong, name, key.str(), *content);
        } else if (known) {
            wrong.push_back(place(name, key.source()) + ": \"" + std::string(key.str()) + "\" is a section: write [" + std::string(key.str()) + "]");
        } else {
            wrong.push_back(place(name, key.source()) + ": " + unknown_section(key.str(), content != nullptr));
        }
    }
    return wrong;
}

}  // namespace tepore::settings
