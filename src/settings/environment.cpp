#include <unistd.h>

#include "settings/layers.hpp"
#include "settings/nearest.hpp"
#include "settings/value.hpp"

namespace tepore::settings {
namespace {

const setting* find_variable(std::string_view name) {
    for (const auto& s : table()) {
        if (environment_name(s) == name) return &s;
    }
    return nullptr;
}

/// Whether the name begins like one of our sections: TEPORE_BROKER_.
bool looks_like_ours(std::string_view name) {
    for (const auto& s : table()) {
        const auto full = environment_name(s);
        const auto prefix = std::string_view(full).substr(0, full.size() - s.key.size());
        if (name.starts_with(prefix)) return true;
    }
    return false;
}

std::string unknown_variable(std::string_view name) {
    std::vector<std::string> names;
    for (const auto& s : table()) names.push_back(environment_name(s));
    const auto best = nearest(name, names);
    std::string out = std::string(name) + ": there is no such setting";
    if (!best.empty()) out += "; did you mean " + std::string(best) + "?";
    return out;
}

}  // namespace

mistakes read_environment(layered& into, const std::vector<std::pair<std::string, std::string>>& variables) {
    mistakes wrong;
    for (const auto& [name, text] : variables) {
        const auto* s = find_variable(name);
        if (s == nullptr) {
            if (looks_like_ours(name)) wrong.push_back(unknown_variable(name));
        } else if (const auto done = assign_text(*s, into.values, text); !done) {
            wrong.push_back(name + ": " + done.error().message);
        } else {
            into.origins[s] = name;
        }
    }
    return wrong;
}

std::vector<std::pair<std::string, std::string>> environment() {
    std::vector<std::pair<std::string, std::string>> out;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (text.starts_with("TEPORE_") && equals != std::string_view::npos) out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return out;
}

}  // namespace tepore::settings
