// 4.7 of the specification, word by word. Slow and plain on purpose: not the code that the broker uses.
#pragma once

#include <string_view>

namespace tepore::model {

namespace detail {

struct split_level {
    std::string_view first;
    std::string_view rest;
    bool last;
};

inline split_level split(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return {text, {}, true};
    return {text.substr(0, slash), text.substr(slash + 1), false};
}

inline bool levels_match(std::string_view filter, std::string_view topic) {
    const auto f = split(filter);
    if (f.first == "#") return true;
    const auto t = split(topic);
    if (f.first != "+" && f.first != t.first) return false;
    if (t.last && !f.last) return f.rest == "#";  // "a/#" matches "a": the parent is included (4.7.1.2)
    if (t.last || f.last) return t.last && f.last;
    return levels_match(f.rest, t.rest);
}

}  // namespace detail

/// Both valid, the filter without "$share/NAME/".
inline bool matches(std::string_view filter, std::string_view topic) {
    // [MQTT5-4.7.2-1] A filter that begins with a wildcard does not match a topic that begins with '$'.
    if (topic.starts_with('$') && (filter.starts_with('#') || filter.starts_with('+'))) return false;
    return detail::levels_match(filter, topic);
}

}  // namespace tepore::model
