// The gate before acknowledgements. Whatever a session must remember is told to the store first, which answers with a ticket; the acknowledgement
// that promises it is sent once settled() has reached that ticket. A store in memory settles at once. A store on disk settles when the journal is
// synced, and then calls for the shards' release of waiting acknowledgements (shard::settled). Threads: each shard has a store object of its own.
#pragma once

#include <cstdint>
#include <string_view>

#include "broker/message.hpp"
#include "broker/subscription_terms.hpp"
#include "protocol/types.hpp"

namespace tepore::broker {

struct session;
class shared_group;

/// A place in the order of things to remember. 0: nothing to wait for.
using ticket = std::uint64_t;

class session_store {
public:
    virtual ~session_store() = default;

    virtual ticket session_opened(const session& s) = 0;
    virtual ticket session_ended(const session& s) = 0;
    virtual ticket subscribed(const session& s, std::string_view filter, subscription_terms terms) = 0;
    virtual ticket unsubscribed(const session& s, std::string_view filter) = 0;
    /// A QoS 1/2 message waits for the session (queued or in flight).
    virtual ticket queued(const session& s, const message_ref& m, protocol::qos q) = 0;
    /// A QoS 1/2 message waits for a member of a shared subscription / was taken by one, whose session is told with queued().
    virtual ticket shared_queued(const shared_group& group, const message_ref& m) = 0;
    virtual ticket shared_taken(const shared_group& group, const message_ref& m) = 0;
    /// The client acknowledged (PUBACK, PUBCOMP), or released with PUBREC (then PUBREL is what must not be forgotten).
    virtual ticket delivered(const session& s, protocol::packet_id id) = 0;
    virtual ticket release_pending(const session& s, protocol::packet_id id) = 0;
    /// A QoS 2 message of the client was taken / its identifier was released.
    virtual ticket received(const session& s, protocol::packet_id id) = 0;
    virtual ticket released(const session& s, protocol::packet_id id) = 0;
    virtual ticket retained(const message_ref& m) = 0;
    virtual ticket retained_cleared(std::string_view topic) = 0;

    /// Everything with a ticket up to this one is safe.
    [[nodiscard]] virtual ticket settled() const noexcept = 0;
};

/// Remembers nothing beyond the shards' own memory, and so settles at once.
class memory_store final : public session_store {
public:
    ticket session_opened(const session&) override { return 0; }
    ticket session_ended(const session&) override { return 0; }
    ticket subscribed(const session&, std::string_view, subscription_terms) override { return 0; }
    ticket unsubscribed(const session&, std::string_view) override { return 0; }
    ticket queued(const session&, const message_ref&, protocol::qos) override { return 0; }
    ticket shared_queued(const shared_group&, const message_ref&) override { return 0; }
    ticket shared_taken(const shared_group&, const message_ref&) override { return 0; }
    ticket delivered(const session&, protocol::packet_id) override { return 0; }
    ticket release_pending(const session&, protocol::packet_id) override { return 0; }
    ticket received(const session&, protocol::packet_id) override { return 0; }
    ticket released(const session&, protocol::packet_id) override { return 0; }
    ticket retained(const message_ref&) override { return 0; }
    ticket retained_cleared(std::string_view) override { return 0; }
    [[nodiscard]] ticket settled() const noexcept override { return 0; }
};

}  // namespace tepore::broker
