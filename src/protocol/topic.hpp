// Topic names and topic filters (4.7): validity and matching. matches() is the plain definition; the broker's trie is tested against it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "protocol/fault.hpp"

namespace tepore::protocol {

/// More levels than this are refused (stack depth, CPU). Broker hardening H8: hard limit 128.
inline constexpr std::size_t topic_levels_max = 128;

/// 1..65,535 bytes, valid UTF-8, no wildcards, no U+0000, not too many levels. The fault's code is topic_name_invalid. [MQTT-4.7.3-1] [MQTT-4.7.1-1]
[[nodiscard]] decoded<void> check_topic_name(std::string_view name) noexcept;
/// Wildcards only as whole levels, '#' only last. [MQTT-4.7.1-2] [MQTT-4.7.1-3]. A "$share/..." filter is checked as 4.8.2 says. [MQTT5-4.8.2-1]
/// [MQTT5-4.8.2-2] The fault's code is topic_filter_invalid: 5.0 answers it per filter in SUBACK.
[[nodiscard]] decoded<void> check_topic_filter(std::string_view filter) noexcept;

struct shared_filter {
    std::string_view group;
    std::string_view filter;  // the part that matches topics
};
/// Splits "$share/group/filter". Empty for an ordinary filter. REQUIRES a filter that check_topic_filter() accepted.
[[nodiscard]] std::optional<shared_filter> split_shared(std::string_view filter) noexcept;

/// Whether `topic` matches `filter`: '#' includes the parent level; filters that begin with a wildcard do not match topics that begin with '$'
/// [MQTT-4.7.2-1]. Both REQUIRED valid; a shared filter is matched by its filter part.
[[nodiscard]] bool matches(std::string_view filter, std::string_view topic) noexcept;

}  // namespace tepore::protocol
