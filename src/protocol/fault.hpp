// A protocol fault is a value: the reason code MQTT 5.0 gives it, the statement it breaks, and what was found.
// All texts are static, so a fault never allocates and may be copied freely.
#pragma once

#include <expected>

#include "protocol/reason.hpp"

namespace tepore::protocol {

struct fault {
    reason code = reason::malformed_packet;
    const char* rule = "";  // "MQTT-3.8.3-4" (3.1.1), "MQTT5-3.8.3-5" (5.0), or a section such as "MQTT5 2.2.2.2"; both specifications' where
                            // the version makes no difference, with ", " between them; never null
    const char* what = "";  // "SUBSCRIBE: reserved bits of the options byte are not 0"; never null
};

template <class T>
using decoded = std::expected<T, fault>;

}  // namespace tepore::protocol
