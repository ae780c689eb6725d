// The bounds of one broker, and what it offers. Each has a reason; the configuration names them alike.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "broker/retained_store.hpp"
#include "protocol/types.hpp"

namespace tepore::broker {

/// Whether clients are sent to another server (4.11): for now, or for good.
enum class redirection : std::uint8_t { none, temporary, permanent };

struct limits {
    /// Before CONNECT nobody is known, so nobody may make us buffer more than a CONNECT needs (two topics and strings of 64 KiB would be odd; a
    /// will with a payload is not).
    std::uint32_t connect_packet_bytes_max = 16 * 1024;
    /// Largest packet from a client. Memory: a connection buffers at most one incomplete packet, and what was read with it when it is put off
    /// (turn_deliveries_max).
    std::uint32_t packet_bytes_max = 1024 * 1024;
    /// QoS 1/2 messages a 5.0 client may have unacknowledged towards us; told in CONNACK. 3.x clients cannot be told; for QoS 2 their
    /// identifiers are a set of at most 8 KiB.
    std::uint16_t receive_maximum = 100;
    /// Topic aliases a 5.0 client may set; told in CONNACK. Memory: as many topics, of at most 64 KiB, for a connection that sets them.
    std::uint16_t topic_alias_maximum = 16;
    /// Topic aliases the broker sets for one 5.0 client, which may ask for fewer, and has asked for none unless it says so. Memory: as many topics
    /// (outgoing_aliases.hpp has the bound of each).
    std::uint16_t topic_alias_out_max = 64;
    /// QoS 1/2 messages in flight to one client; 5.0 clients may ask for fewer.
    std::uint16_t inflight_max = 100;
    /// QoS 2 messages in flight to one 3.x client: Paho Embedded has ten places for them and loses what comes beyond.
    std::uint16_t inflight_qos2_max_v3 = 10;
    /// Messages that wait for one session, or for one shared subscription: both hold. Beyond them the newest is dropped and counted.
    std::size_t queue_messages_max = 10'000;
    std::size_t queue_bytes_max = 16u * 1024 * 1024;
    /// Bytes in one connection's outbox above which messages wait in the queue (as references) instead.
    std::size_t outbox_bytes_high = 256 * 1024;
    /// What one turn may put into an outbox that the network took everything from so far: it leaves at the end of the turn.
    std::size_t outbox_bytes_turn = 8u * 1024 * 1024;
    /// Bytes in one connection's outbox above which its input is not read: who does not read answers asks no more questions.
    std::size_t outbox_bytes_pause = 1024 * 1024;
    /// Memory for what waits for clients, all shards together: outboxes, queues, and their messages. From three quarters of it on publishers of many
    /// deliveries are slowed; when it is used up, messages for clients that do not keep up are dropped and counted, and no new session begins.
    std::size_t waiting_bytes_max = std::size_t{1024} * 1024 * 1024;
    /// Receivers that the messages of one turn may have before publishers that had more than a share wait for the next one: what a flood makes all
    /// others wait. A message has all its receivers at once, so one turn may go beyond it by as many.
    std::size_t turn_deliveries_max = 16'384;
    /// The share that is always there: who has no more in four milliseconds is never put off. A message is one, and one more for each receiver.
    std::size_t share_deliveries = 128;
    /// Messages for one shard from all others that it has not come to; from here on their publishers are slowed.
    std::size_t backlog_messages_max = 16'384;
    /// Who publishes faster than its receivers take it has a share of deliveries in each such time.
    std::chrono::milliseconds slow_down{5};
    /// The same for those most of whose receivers' networks take nothing, all of one worker's together: what they publish is little more than work
    /// for others to wait for.
    std::chrono::milliseconds stuck_slow_down{25};
    std::size_t connections_max = 1'000'000;
    std::size_t sessions_max = 1'000'000;
    std::size_t subscriptions_per_session_max = 10'000;
    /// Topic levels, for names and filters; at most protocol::topic_levels_max.
    std::size_t topic_levels_max = 128;
    /// Topics whose receivers a shard remembers, a power of two: 8,192 x about 100 bytes a shard.
    std::size_t routes_cached = 8'192;
    retained_limits retained;
    /// From the accepted connection to a whole CONNECT.
    std::chrono::milliseconds connect_timeout{10'000};
    /// Longest keep alive; told to 5.0 clients, who follow it. 65,535: whatever the client asks, also none. 3.x clients cannot be told, and keep
    /// theirs.
    std::uint16_t keep_alive_max_s = 65'535;
    /// Sessions of 5.0 clients live at most this long while away; 3.x persistent sessions exactly this long.
    std::uint32_t session_expiry_max_s = 0xffff'ffff;  // for ever

    // What is offered: told in CONNACK to 5.0 clients; who uses it nevertheless is disconnected.

    protocol::qos maximum_qos = protocol::qos::exactly_once;
    bool retain_available = true;
    bool wildcard_subscriptions_available = true;
    bool subscription_identifiers_available = true;
    bool shared_subscriptions_available = true;
    /// A payload that says that it is UTF-8 is looked at.
    bool validate_payload_format = false;
    /// For clients that ask for it: where their response topics may be (3.2.2.3.15). Empty: nothing is told.
    std::string response_information;
    /// Where clients find another server, when they are sent there, and when this one stops. Empty: they are not told.
    std::string server_reference;
    redirection redirect = redirection::none;

    /// $SYS is published this often; 0 turns it off.
    std::chrono::seconds sys_interval{10};
};

}  // namespace tepore::broker
