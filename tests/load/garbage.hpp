#pragma once

#include "load/mqtt_side.hpp"

namespace tepore::load {

struct garbage_options {
    std::uint16_t port = 0;
    std::uint16_t ws_port = 0;  // 0: only TCP is troubled
    unsigned pairs = 10;
    unsigned seconds = 10;
    std::uint64_t seed = 1;
};

/// Pairs of good clients exchange messages at every QoS while others send random bytes, damaged, cut and oversized packets and wrong protocol
/// names, stay half open, or never read. Every good message arrives once and in order, and none waits long; who breaks the
/// protocol beyond doubt is disconnected.
outcome garbage(const garbage_options& options);

}  // namespace tepore::load
