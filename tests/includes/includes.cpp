#include "includes/includes.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <sstream>

namespace tepore::includes {
namespace {

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
}

bool is_test(const law& law, std::string_view path) {
    const auto name = path.substr(path.rfind('/') + 1);
    return path.ends_with("_test.cpp") || std::find(law.test_headers.begin(), law.test_headers.end(), name) != law.test_headers.end();
}

/// "CLI/" matches every header below it, "mutex" only itself.
bool names(const std::vector<std::string>& list, std::string_view header) {
    return std::any_of(list.begin(), list.end(), [&](const auto& name) { return name.ends_with('/') ? header.starts_with(name) : header == name; });
}

/// The room that `"header"` belongs to; "support" for tests/support; empty when it is no header of ours.
std::string room_of_header(std::string_view header) {
    if (header.starts_with("tepore/")) return "public";
    if (header.starts_with("support/")) return "support";
    return room_of("src/" + std::string(header));
}

struct include_line {
    std::string header;
    bool quoted;
};

/// Reads `#include "x"` and `#include <x>`; anything else gives an empty header.
include_line parse_include(std::string_view line) {
    std::string text = trimmed(line);
    if (!text.starts_with('#')) return {};
    text = trimmed(std::string_view(text).substr(1));
    if (!text.starts_with("include")) return {};
    text = trimmed(std::string_view(text).substr(7));
    if (text.size() < 2 || (text[0] != '"' && text[0] != '<')) return {};
    const auto end = text.find(text[0] == '"' ? '"' : '>', 1);
    if (end == std::string::npos) return {};
    return {text.substr(1, end - 1), text[0] == '"'};
}

std::string judge(const law& law, const std::string& room, std::string_view path, const include_line& include) {
    const auto& header = include.header;
    const bool test = is_test(law, path);
    if (path.ends_with(".hpp") && !test && names(law.heavy_headers, header)) return "<" + header + "> is expensive: include it in a .cpp file only";
    if (law.pure.contains(room) && !test && (names(law.impure_headers, header) || header.starts_with("sys/") || header.starts_with("netinet/"))) {
        return "<" + header + "> has no place in " + room + ", which is pure: bytes, events and time come in as arguments";
    }
    // What stands in <> and is not one of our rooms is the system's or a library's.
    const std::string target = room_of_header(header);
    if (!include.quoted && (target.empty() || !law.may_include.contains(target))) return {};
    if (target == "support") return test ? "" : "tests/support is for tests";
    if (target.empty()) return "\"" + header + "\" names no room: write the path from src/, include/ or tests/";
    if (!law.may_include.contains(target)) return "\"" + header + "\": the room " + target + " is not in allowed.txt";
    if (target == room || law.may_include.at(room).contains(target)) return {};
    return room + " may not include " + target + " (\"" + header + "\")";
}

}  // namespace

law read_law(std::string_view text, std::vector<std::string>& bad_lines) {
    law out;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        line = trimmed(line);
        if (line.empty() || line.starts_with('#')) continue;
        const auto colon = line.find(':');
        if (colon == std::string::npos) {
            bad_lines.push_back(line);
            continue;
        }
        const std::string name = line.substr(0, colon);
        const auto list = words(line.substr(colon + 1));
        if (name == "pure") {
            out.pure = {list.begin(), list.end()};
        } else if (name == "impure headers") {
            out.impure_headers = list;
        } else if (name == "test headers") {
            out.test_headers = list;
        } else if (name == "heavy headers") {
            out.heavy_headers = list;
        } else {
            out.may_include[name] = {list.begin(), list.end()};
        }
    }
    return out;
}

std::string room_of(std::string_view path) {
    if (path.starts_with("apps/")) return "apps";
    if (path.starts_with("include/tepore/")) return "public";
    if (!path.starts_with("src/")) return {};
    path.remove_prefix(4);
    auto end = path.find('/');
    if (end == std::string_view::npos) return {};
    if (path.starts_with("thermostat/")) {
        const auto inner = path.find('/', end + 1);
        if (inner != std::string_view::npos) end = inner;
    }
    return std::string(path.substr(0, end));
}

std::vector<std::string> complaints(const law& law, std::string_view path, std::string_view text) {
    const std::string room = room_of(path);
    if (room.empty()) return {};
    std::vector<std::string> out;
    if (!law.may_include.contains(room)) return {std::string(path) + ": the room " + room + " is not in allowed.txt"};
    std::istringstream lines{std::string(text)};
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
        const auto include = parse_include(line);
        if (include.header.empty()) continue;
        const auto verdict = judge(law, room, path, include);
        if (!verdict.empty()) out.push_back(std::string(path) + ":" + std::to_string(number) + ": " + verdict);
    }
    return out;
}

std::vector<std::string> cycles(const law& law) {
    std::vector<std::string> out;
    for (const auto& [start, unused] : law.may_include) {
        std::set<std::string> reached;
        std::vector<std::string> next{start};
        while (!next.empty()) {
            const auto room = next.back();
            next.pop_back();
            const auto arrows = law.may_include.find(room);
            if (arrows == law.may_include.end()) continue;
            for (const auto& target : arrows->second) {
                if (reached.insert(target).second) next.push_back(target);
            }
        }
        if (reached.contains(start)) out.push_back(start);
    }
    return out;
}

}  // namespace tepore::includes
