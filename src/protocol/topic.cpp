#include "protocol/topic.hpp"

#include <algorithm>

#include "protocol/text_scan.hpp"
#include "protocol/types.hpp"
#include "protocol/wire.hpp"

namespace tepore::protocol {
namespace {

constexpr std::string_view shared_prefix = "$share/";

[[nodiscard]] std::unexpected<fault> bad_name(const char* rule, const char* what) noexcept {
    return std::unexpected(fault{reason::topic_name_invalid, rule, what});
}

[[nodiscard]] std::unexpected<fault> bad_filter(const char* rule, const char* what) noexcept {
    return std::unexpected(fault{reason::topic_filter_invalid, rule, what});
}

[[nodiscard]] bool is_too_deep(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '/')) >= topic_levels_max;
}

[[nodiscard]] decoded<void> check_wildcards(std::string_view filter) noexcept {
    for (auto at = filter.find_first_of("+#"); at != std::string_view::npos; at = filter.find_first_of("+#", at + 1)) {
        const bool begins_level = at == 0 || filter[at - 1] == '/';
        const bool is_last = at + 1 == filter.size();
        if (filter[at] == '#' && !(begins_level && is_last)) {
            return bad_filter("MQTT-4.7.1-2, MQTT5-4.7.1-1", "topic filter: '#' stands alone in the last level only");
        }
        if (filter[at] == '+' && !(begins_level && (is_last || filter[at + 1] == '/'))) {
            return bad_filter("MQTT-4.7.1-3, MQTT5-4.7.1-2", "topic filter: '+' stands alone in its level");
        }
    }
    return {};
}

[[nodiscard]] decoded<void> check_plain_filter(std::string_view filter) noexcept {
    if (filter.empty()) return bad_filter("MQTT-4.7.3-1, MQTT5-4.7.3-1", "topic filter: empty");
    if (filter.size() > string_bytes_max) return bad_filter("MQTT-4.7.3-3, MQTT5-4.7.3-3", "topic filter: more than 65,535 bytes");
    if (!is_valid_utf8(filter)) return bad_filter("MQTT-1.5.3-1, MQTT5-1.5.4-1", "topic filter: not well-formed UTF-8");
    if (is_too_deep(filter)) return bad_filter("limit topic_levels_max", "topic filter: too many levels");
    return check_wildcards(filter);
}

/// The first level of `rest`, which moves behind it and its '/'; `at_end` tells that there was no '/'.
[[nodiscard]] std::string_view take_level(std::string_view& rest, bool& at_end) noexcept {
    const auto slash = rest.find('/');
    at_end = slash == std::string_view::npos;
    const auto level = rest.substr(0, slash);
    rest = at_end ? std::string_view{} : rest.substr(slash + 1);
    return level;
}

}  // namespace

topic_text scan_topic_name(std::string_view text) noexcept {
    if (all_plain(text, [](std::uint64_t chunk) { return odd_bytes(chunk) | wildcard_bytes(chunk); })) [[likely]]
        return topic_text::plain;
    if (!is_valid_utf8(text)) return topic_text::not_utf8;
    return text.find_first_of("+#") == std::string_view::npos ? topic_text::plain : topic_text::has_wildcard;
}

decoded<void> check_topic_name(std::string_view name) noexcept {
    if (name.empty()) return bad_name("MQTT-4.7.3-1, MQTT5-4.7.3-1", "topic name: empty");
    if (name.size() > string_bytes_max) return bad_name("MQTT-4.7.3-3, MQTT5-4.7.3-3", "topic name: more than 65,535 bytes");
    if (is_too_deep(name)) return bad_name("limit topic_levels_max", "topic name: too many levels");
    switch (scan_topic_name(name)) {
        case topic_text::plain: return {};
        case topic_text::has_wildcard: return bad_name("MQTT-4.7.1-1, MQTT5-4.7.0-1", "topic name: '+' and '#' are for filters");
        case topic_text::not_utf8: break;
    }
    return bad_name("MQTT-1.5.3-1, MQTT5-1.5.4-1", "topic name: not well-formed UTF-8");
}

decoded<void> check_topic_filter(std::string_view filter) noexcept {
    if (filter != "$share" && !filter.starts_with(shared_prefix)) return check_plain_filter(filter);
    if (filter.size() > string_bytes_max) return bad_filter("MQTT5-4.7.3-3", "topic filter: more than 65,535 bytes");
    const auto rest = filter.substr(std::min(filter.size(), shared_prefix.size()));
    const auto slash = rest.find('/');
    const auto group = rest.substr(0, slash);
    if (group.empty()) return bad_filter("MQTT5-4.8.2-1", "shared subscription: no share name");
    if (!is_valid_utf8(group)) return bad_filter("MQTT5-1.5.4-1", "shared subscription: the share name is not well-formed UTF-8");
    if (group.find_first_of("+#") != std::string_view::npos) return bad_filter("MQTT5-4.8.2-2", "shared subscription: wildcard in the share name");
    if (slash == std::string_view::npos || slash + 1 == rest.size()) return bad_filter("MQTT5-4.8.2-2", "shared subscription: no topic filter");
    return check_plain_filter(rest.substr(slash + 1));
}

std::optional<shared_filter> split_shared(std::string_view filter) noexcept {
    if (!filter.starts_with(shared_prefix)) return std::nullopt;
    const auto rest = filter.substr(shared_prefix.size());
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    return shared_filter{rest.substr(0, slash), rest.substr(slash + 1)};
}

bool matches(std::string_view filter, std::string_view topic) noexcept {
    if (const auto shared = split_shared(filter)) filter = shared->filter;
    if (topic.starts_with('$') && !filter.empty() && (filter[0] == '+' || filter[0] == '#')) return false;
    for (;;) {
        bool filter_ends = false;
        bool topic_ends = false;
        const auto wanted = take_level(filter, filter_ends);
        if (wanted == "#") return true;
        const auto level = take_level(topic, topic_ends);
        if (wanted != "+" && wanted != level) return false;
        if (topic_ends) return filter_ends || filter == "#";
        if (filter_ends) return false;
    }
}

}  // namespace tepore::protocol
