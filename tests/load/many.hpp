#pragma once

#include "load/mqtt_side.hpp"

namespace tepore::load {

struct many_options {
    std::uint16_t port = 0;
    unsigned clients = 10'000;
    unsigned seconds = 120;  // at most, for the whole test
};

/// Each client connects, subscribes to a topic of its own, publishes one message to it, and receives that message once and nothing else.
outcome many(const many_options& options);

}  // namespace tepore::load
