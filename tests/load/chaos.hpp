#pragma once

#include "load/mqtt_side.hpp"

namespace tepore::load {

struct chaos_options {
    std::uint16_t port = 0;
    unsigned clients = 200;
    unsigned seconds = 30;        // of disorder; then everybody comes back and everything is drained
    unsigned drain_seconds = 60;  // at most
    unsigned publishes_per_s = 3'000;
    unsigned breaks_per_s = 100;  // connections that end without DISCONNECT, or are taken over
    std::uint64_t seed = 1;
};

/// Clients with persistent sessions publish at random QoS to each other while their connections break and are taken over at random.
/// Afterwards, for every message of QoS 1 and 2 and every subscriber:
///   - it arrived (all of them were acknowledged to their publishers, or the test fails for that)
///   - at QoS 2 on both sides, it arrived once
///   - of one publisher, topic and QoS, first arrivals are in the order of publishing
///   - a session was present at every return
outcome chaos(const chaos_options& options);

}  // namespace tepore::load
