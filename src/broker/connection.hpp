// One network connection as the core sees it. Belongs to a shard; the shell (worker, or a test) moves its bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ring_queue.hpp"
#include "broker/authentication.hpp"
#include "broker/durability.hpp"
#include "broker/incoming_aliases.hpp"
#include "broker/outbox.hpp"
#include "broker/outgoing_aliases.hpp"
#include "protocol/codec.hpp"
#include "protocol/types.hpp"
#include "session/incoming_ids.hpp"

namespace tepore::broker {

struct session;

///  awaiting_connect ──CONNECT──▶ (authenticating: password, or exchanging: AUTH) ──▶ established ──▶ closing
///        └── CONNECT of a client that another shard owns ──▶ moving
enum class connection_state : std::uint8_t { awaiting_connect, authenticating, exchanging, established, closing, moving };

/// An acknowledgement that waits for the store.
struct held_ack {
    ticket needs = 0;
    std::vector<std::uint8_t> bytes;
    bool is_puback = false;  // gives the client its quota back
};

struct connection {
    connection_state state = connection_state::awaiting_connect;
    protocol::version version = protocol::version::v3_1_1;
    bool abandoned = false;           // closing took too long: the shell drops the network connection as it is
    bool reading = true;              // false: back-pressure, the shell should not read
    bool put_off = false;             // what came waits in `partial` for a later turn: others come first
    bool slowed = false;              // put off because it publishes faster than its receivers take it
    bool slow = false;                // the network did not take everything at the last flush
    bool verified = false;            // the client has proven who it is
    bool problem_information = true;  // 5.0: reason strings are welcome
    bool keeps_session = false;       // 5.0: CONNECT's Session Expiry Interval was not 0
    std::uint16_t keep_alive_s = 0;
    std::uint16_t inflight_max = 0;  // QoS 1 and 2 towards the client: its receive maximum, or ours
    std::uint16_t in_flight = 0;     // sent on this connection, not acknowledged
    std::uint16_t alias_max = 0;     // topic aliases towards the client
    std::uint16_t pubacks_held = 0;  // QoS 1 from the client whose PUBACK waits for the store
    tepore::session::incoming_ids
        received_here;  // QoS 2 from the client, received first on this connection, not released: with pubacks_held its quota (4.9)
    std::uint32_t packet_bytes_max = protocol::remaining_length_max;  // that the client takes
    std::uint32_t dirty_at = 0;                                       // 1 + place in the shard's dirty_list; 0: not in it
    std::uint32_t slot = 0;
    std::uint32_t serial = 0;      // tells this connection from the slot's former owner
    std::uint32_t handled = 0;     // put off: bytes at the front of `partial` that are done with
    std::uint32_t period = 0;      // the last in which it published, see shard_receive.cpp
    std::uint32_t published = 0;   // deliveries of that period
    std::uint32_t generation = 0;  // tells this connection's timer from those that no longer count
    unsigned move_to = 0;          // moving: the shard
    broker::session* session = nullptr;
    monotonic last_packet;        // when the last whole packet came [MQTT-3.1.2-24]
    monotonic timer_due = never;  // when this connection's timer is looked at
    outbox out;
    std::vector<std::uint8_t> partial;              // an incomplete packet, or more: put_off; moving, authenticating: everything from CONNECT on
    std::unique_ptr<authentication> login;          // of a CONNECT that named an authentication method
    std::unique_ptr<ring_queue<held_ack>> held;     // in the order of receipt
    std::unique_ptr<incoming_aliases> aliases_in;   // made with the first that the client sets
    std::unique_ptr<outgoing_aliases> aliases_out;  // made with the first message, when the client takes aliases
    std::string_view peer;                          // "127.0.0.1:52113", for logs; the shell's
    void* shell = nullptr;                          // the shell's own object for this connection; never touched by the core
};

}  // namespace tepore::broker
