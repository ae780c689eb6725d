// Is a message what was sent? All scenarios ask the same of what is around the content; the content says for itself (stamp.hpp).
#pragma once

#include <string_view>

#include "protocol/packet.hpp"

namespace tepore::bench {

[[nodiscard]] inline bool is_as_sent(const protocol::publish& m, std::string_view topic, protocol::qos qos, bool retain = false) noexcept {
    return m.topic == topic && m.qos == qos && m.retain == retain;
}

/// Marked as sent again, which "at least once" allows.
[[nodiscard]] inline bool is_redelivery(const protocol::publish& m) noexcept {
    return m.dup && m.qos == protocol::qos::at_least_once;
}

}  // namespace tepore::bench
