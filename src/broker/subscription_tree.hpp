// Who wants which topics: one tree for the whole broker, so that a subscription counts for every publisher from the moment its SUBACK can be sent.
// A publish does not come here when its shard's route_cache knows the topic: version() tells whether a cached route still holds.
// Threads: any. Changes take the lock exclusively, match() shares it; version() takes none. The lock is a leaf: nothing else is locked inside.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "broker/level_tree.hpp"
#include "broker/message.hpp"
#include "protocol/packet.hpp"

namespace tepore::broker {

/// What a subscription asks for, in 32 bits: QoS, No Local, Retain As Published (low four bits), subscription identifier (0: none).
class subscription_terms {
public:
    subscription_terms() = default;
    subscription_terms(const protocol::subscription_options& o, std::uint32_t identifier) noexcept
        : bits_((identifier << 4) | (o.to_byte() & 0xfu)) {}
    [[nodiscard]] protocol::qos qos() const noexcept { return static_cast<protocol::qos>(bits_ & 3); }
    [[nodiscard]] bool no_local() const noexcept { return (bits_ & 4) != 0; }
    [[nodiscard]] bool retain_as_published() const noexcept { return (bits_ & 8) != 0; }
    [[nodiscard]] std::uint32_t identifier() const noexcept { return bits_ >> 4; }

private:
    std::uint32_t bits_ = 0;
};

struct subscriber {
    broker::target target = no_target;
    subscription_terms terms;
};

class subscription_tree {
public:
    struct added {
        node_id node;
        bool existed;  // the same session had this filter: its terms were replaced [MQTT-3.8.4-3]
    };
    /// REQUIRES a valid filter.
    added subscribe(std::string_view filter, target who, subscription_terms terms);
    /// The node that the session no longer has; nothing when it had no such filter (compared character by character [MQTT-3.10.4-1]).
    std::optional<node_id> unsubscribe(std::string_view filter, target who);
    /// The session ends. REQUIRES that it is subscribed at each node.
    void remove(const std::vector<node_id>& nodes, target who);
    /// REQUIRES that the node is in use.
    [[nodiscard]] std::string filter_of(node_id node) const;

    /// Appends every subscription that matches, one entry for each filter: a session with overlapping filters appears several times.
    void match(std::string_view topic, std::vector<subscriber>& out) const;

    /// Changes with every change of the tree. Read it before match(): a route made from that match is good while version() stays the same.
    [[nodiscard]] std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
    [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

private:
    /// Subscribers of one filter, sorted by target. Most filters have one subscriber, which needs no memory of its own.
    class subscriber_list {
    public:
        [[nodiscard]] const subscriber* begin() const noexcept { return many_.empty() ? &one_ : many_.data(); }
        [[nodiscard]] const subscriber* end() const noexcept { return begin() + size(); }
        [[nodiscard]] std::size_t size() const noexcept { return many_.empty() ? (one_.target == no_target ? 0u : 1u) : many_.size(); }
        bool put(subscriber s);  // false: replaced
        bool take(target who);

    private:
        subscriber one_;
        std::vector<subscriber> many_;
    };
    struct filters {
        subscriber_list subscribers;
        node_id plus = no_node;  // the children "+" and "#", which every match looks at
        node_id hash = no_node;
    };

    void drop(node_id node);

    mutable std::shared_mutex lock_;
    level_tree<filters> tree_;
    std::atomic<std::uint64_t> version_{1};
    std::atomic<std::size_t> size_{0};
};

}  // namespace tepore::broker
