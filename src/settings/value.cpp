#include "settings/value.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>
#include <type_traits>

namespace tepore::settings {
namespace {

template <class... F>
struct overloaded : F... {
    using F::operator()...;
};

/// Calls the visitor with the setting's slot in default settings: for its type only.
template <class Visitor>
auto visit_type(const setting& s, Visitor visitor) {
    all_settings unused;
    return std::visit(visitor, s.in(unused));
}

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            constexpr std::string_view hex = "0123456789abcdef";
            out += "\\u00";
            out += hex[static_cast<unsigned char>(c) >> 4];
            out += hex[static_cast<unsigned char>(c) & 15];
        } else {
            out += c;
        }
    }
    return out + '"';
}

/// Shortest form that reads back as the same number.
std::string number_text(double number) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::fixed).ptr;
    return {text, end};
}

std::string shown(const value& v) {
    return std::visit(overloaded{
                          [](bool b) -> std::string { return b ? "true" : "false"; },
                          [](std::int64_t n) { return std::to_string(n); },
                          [](double n) { return number_text(n); },
                          [](const std::string& text) { return quoted(text); },
                          [](const std::vector<std::string>&) -> std::string { return "a list"; },
                      },
                      v);
}

std::unexpected<error> not_allowed(const setting& s, const value& v) {
    return failure(shown(v) + " is not allowed: it must be " + allowed_values(s));
}

bool in_range(const setting& s, double number) {
    return number >= s.min && number <= s.max;
}

bool is_allowed_word(const setting& s, std::string_view word) {
    if (s.allowed.empty()) return true;
    const auto words = split(s.allowed, '|');
    return std::find(words.begin(), words.end(), word) != words.end();
}

template <class Integer>
result<void> store_whole(const setting& s, Integer& into, const value& v) {
    const auto* number = std::get_if<std::int64_t>(&v);
    if (number == nullptr || !in_range(s, static_cast<double>(*number))) return not_allowed(s, v);
    into = static_cast<Integer>(*number);
    return {};
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), into);
    return code == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// Text as the value it looks like to a setting of this type; text that does not look like it stays text, and assign() says so.
value typed(const setting& s, std::string_view text) {
    const std::string_view bare = trimmed(text);
    const auto whole = [&]() -> value {
        std::int64_t number = 0;
        if (read_number(bare, number)) return number;
        return std::string(text);
    };
    return visit_type(s, overloaded{
                             [&](bool*) -> value {
                                 if (bare == "true" || bare == "yes" || bare == "on" || bare == "1") return true;
                                 if (bare == "false" || bare == "no" || bare == "off" || bare == "0") return false;
                                 return std::string(text);
                             },
                             [&](std::uint32_t*) { return whole(); },
                             [&](std::uint64_t*) { return whole(); },
                             [&](double*) -> value {
                                 double number = 0;
                                 if (read_number(bare, number)) return number;
                                 return std::string(text);
                             },
                             [&](std::string*) -> value { return std::string(text); },
                             [&](std::vector<std::string>*) -> value {
                                 std::vector<std::string> list;
                                 for (const auto part : split(text, ',')) {
                                     if (!trimmed(part).empty()) list.emplace_back(trimmed(part));
                                 }
                                 return list;
                             },
                         });
}

}  // namespace

result<void> assign(const setting& s, all_settings& into, const value& v) {
    return std::visit(overloaded{
                          [&](bool* b) -> result<void> {
                              const auto* given = std::get_if<bool>(&v);
                              if (given == nullptr) return not_allowed(s, v);
                              *b = *given;
                              return {};
                          },
                          [&](std::uint32_t* number) { return store_whole(s, *number, v); },
                          [&](std::uint64_t* number) { return store_whole(s, *number, v); },
                          [&](double* number) -> result<void> {
                              const auto* whole = std::get_if<std::int64_t>(&v);
                              const auto* given = std::get_if<double>(&v);
                              if (whole == nullptr && given == nullptr) return not_allowed(s, v);
                              const double real = whole != nullptr ? static_cast<double>(*whole) : *given;
                              if (!std::isfinite(real) || !in_range(s, real)) return not_allowed(s, v);
                              *number = real;
                              return {};
                          },
                          [&](std::string* text) -> result<void> {
                              const auto* given = std::get_if<std::string>(&v);
                              if (given == nullptr || !is_allowed_word(s, *given)) return not_allowed(s, v);
                              *text = *given;
                              return {};
                          },
                          [&](std::vector<std::string>* list) -> result<void> {
                              const auto* given = std::get_if<std::vector<std::string>>(&v);
                              if (given == nullptr) return not_allowed(s, v);
                              for (const auto& item : *given)
                                  if (!is_allowed_word(s, item)) return not_allowed(s, item);
                              *list = *given;
                              return {};
                          },
                      },
                      s.in(into));
}

result<void> assign_text(const setting& s, all_settings& into, std::string_view text) {
    return assign(s, into, typed(s, text));
}

std::string allowed_values(const setting& s) {
    const auto range = [&] { return ", " + number_text(s.min) + " to " + number_text(s.max); };
    const auto words = [&] {
        std::string list;
        for (const auto word : split(s.allowed, '|')) {
            if (!list.empty()) list += ", ";
            list += word.empty() ? "\"\"" : std::string(word);
        }
        return list;
    };
    return visit_type(s, overloaded{
                             [](bool*) -> std::string { return "true or false"; },
                             [&](std::uint32_t*) { return "a whole number" + range(); },
                             [&](std::uint64_t*) { return "a whole number" + range(); },
                             [&](double*) { return "a number" + range(); },
                             [&](std::string*) { return s.allowed.empty() ? std::string("text") : "one of " + words(); },
                             [&](std::vector<std::string>*) { return s.allowed.empty() ? std::string("a list of texts") : "a list of " + words(); },
                         });
}

std::string as_toml(const setting& s, const all_settings& from) {
    // The slot is a pointer to non-const because assign() shares it; nothing is written here.
    all_settings copy = from;
    return std::visit(overloaded{
                          [](bool* b) -> std::string { return *b ? "true" : "false"; },
                          [](std::uint32_t* number) { return std::to_string(*number); },
                          [](std::uint64_t* number) { return std::to_string(*number); },
                          [](double* number) {
                              auto text = number_text(*number);
                              return text.find('.') == std::string::npos ? text + ".0" : text;
                          },
                          [](std::string* text) { return quoted(*text); },
                          [](std::vector<std::string>* list) {
                              std::string out = "[";
                              for (const auto& item : *list) out += (out.size() > 1 ? ", " : "") + quoted(item);
                              return out + "]";
                          },
                      },
                      s.in(copy));
}

bool is_list(const setting& s) {
    return visit_type(s, [](auto* v) { return std::is_same_v<decltype(v), std::vector<std::string>*>; });
}

bool is_switch(const setting& s) {
    return visit_type(s, [](auto* v) { return std::is_same_v<decltype(v), bool*>; });
}

}  // namespace tepore::settings
