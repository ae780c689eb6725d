// What a run is asked to do, and how much of it at most. Checked by the command line (apps/tools/bench_plan.cpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/address.hpp"
#include "net/dial.hpp"
#include "protocol/types.hpp"

namespace tepore::bench {

enum class scenario : std::uint8_t { pubsub, fanout, fanin, latency, idle, match, churn, retained, offline, overload };

enum class match_shape : std::uint8_t { plain, deep };

// The bounds. What follows from several of them (scenario.hpp: demand) has bounds of its own.
inline constexpr std::uint32_t clients_max = 200'000;  // of a role; descriptors and source ports end earlier on most machines
inline constexpr std::uint32_t payload_bytes_max = 256 * 1024;
inline constexpr std::uint32_t window_max = 30'000;  // messages; below half of all packet identifiers
inline constexpr std::uint32_t subscriptions_max = 10'000'000;
inline constexpr std::uint32_t messages_max = 10'000'000;  // that are stored: retained, or queued for all sessions together
inline constexpr std::uint32_t concurrency_max = 10'000;   // connections that are being made
inline constexpr std::uint32_t filters_per_packet_max = 1'000;
inline constexpr std::uint32_t siblings_max = 64;                 // filters of a deep group
inline constexpr double seconds_max = 600;                        // a flow counts its messages in 32 bits
inline constexpr double rate_max = 10'000'000;                    // per second
inline constexpr std::uint64_t flows_max = 50'000'000;            // 16 bytes each
inline constexpr std::uint64_t bytes_under_way_max = 1ull << 30;  // of payload, in the generator's memory
inline constexpr std::uint64_t broker_bytes_max = 2ull << 30;     // that a broker is made to keep: it may have no bound, and the machine has one
inline constexpr std::size_t prefix_bytes_max = 200;

/// Clients whose subscriptions come and go.
inline constexpr std::uint32_t churners = 10;
/// Publishers that send more than anybody can take; every other one at QoS 1.
inline constexpr std::uint32_t flooders = 4;

struct options {
    bench::scenario scenario = scenario::pubsub;

    // The broker, and how to talk to it.
    net::address broker;
    net::client_tls_options tls;
    protocol::version version = protocol::version::v3_1_1;
    std::string prefix = "bench";  // of all topics; some digits of the run follow
    std::int64_t pid = 0;          // the broker's process; 0: unknown, so its cost is not told
    bool yes = false;              // the broker is not on this machine or its network, and that is meant

    // Sizes. Which of them a scenario reads, and their defaults, is in bench_plan.cpp.
    protocol::qos qos = protocol::qos::at_most_once;
    std::uint32_t payload_bytes = 64;
    std::uint32_t publishers = 100;
    std::uint32_t receivers = 100;
    std::uint32_t window = 64;
    std::uint32_t connections = 10'000;
    std::uint32_t clients = 1'000;  // over which subscriptions are spread
    std::uint32_t count = 100'000;  // subscriptions, retained messages, messages for each session
    std::uint32_t frozen = 1'000;
    match_shape shape = match_shape::plain;
    std::uint32_t siblings = 8;
    double rate = 10'000;        // messages per second
    double flood_per_s = 0;      // messages of the flood; 0: as many as the broker lets in
    double churn_per_s = 1'000;  // subscriptions that come or go
    double seconds = 5;
    double warmup_s = 1;
    double drain_s = 10;     // patience for what is still on its way at the end
    double patience_s = 60;  // for connecting, subscribing, storing
    std::uint32_t concurrency = 128;
    std::uint32_t per_source = 1'000;  // connections from one loopback address
    std::uint32_t filters_per_packet = 20;
};

[[nodiscard]] std::string_view name_of(scenario s) noexcept;

}  // namespace tepore::bench
