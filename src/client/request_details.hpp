// What a SUBSCRIBE or UNSUBSCRIBE of 5.0 says beside its filters.
#pragma once

#include <cstdint>

#include "tepore/client.hpp"

namespace tepore::mqtt_client {

/// The range of a subscription identifier (3.8.2.1.2).
inline constexpr std::uint32_t subscription_id_max = 268'435'455;

struct request_details {
    std::uint32_t subscription_id = 0;  // 0: none
    bool id_is_a_wish = false;          // it is left out where the broker has none, in place of refusing the request
    user_properties user;
};

}  // namespace tepore::mqtt_client
