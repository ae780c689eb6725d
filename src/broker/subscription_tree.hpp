// Who wants which topics: one tree for the whole broker, so that a subscription counts for every publisher from the moment its SUBACK can be sent.
// A publish does not come here when its shard's route_cache knows the topic: version() tells whether a cached route still holds.
// Threads: any. Changes take the lock exclusively, match() shares it; version() takes none. Inside it only the lock of a shared_group is taken.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "broker/level_tree.hpp"
#include "broker/message.hpp"
#include "broker/shared_group.hpp"
#include "broker/subscription_terms.hpp"

namespace tepore::broker {

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
    /// Whether subscribe() would find that the session has this filter.
    [[nodiscard]] bool has(std::string_view filter, target who) const;

    struct joined {
        std::shared_ptr<shared_group> group;
        bool existed;  // the session was a member: its terms were replaced
    };
    /// Shared subscriptions (4.8.2): the group of this ShareName and filter, made for its first member. REQUIRES a valid filter. The version
    /// changes with the group, not with its members.
    joined join(std::string_view name, std::string_view filter, group_member who, group_limits limits);
    /// The group that the session left; null when it was no member.
    std::shared_ptr<shared_group> leave(std::string_view name, std::string_view filter, target who);
    /// The session ends. REQUIRES that it is a member.
    void leave(shared_group& group, target who);
    [[nodiscard]] bool is_member(std::string_view name, std::string_view filter, target who) const;

    /// REQUIRES that the node is in use.
    [[nodiscard]] std::string filter_of(node_id node) const;

    /// Appends every subscription that matches, one entry for each filter: a session with overlapping filters appears several times. The groups
    /// of shared subscriptions that match go to `groups`, unless that is null.
    void match(std::string_view topic, std::vector<subscriber>& out, std::vector<std::shared_ptr<shared_group>>* groups = nullptr) const;

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
    using group_list = std::vector<std::shared_ptr<shared_group>>;
    struct filters {
        subscriber_list subscribers;
        std::unique_ptr<group_list> groups;  // null when there are none
        node_id plus = no_node;              // the children "+" and "#", which every match looks at
        node_id hash = no_node;
    };

    void link_wildcards(node_id node);
    void drop(node_id node);
    [[nodiscard]] std::shared_ptr<shared_group> group_at(node_id node, std::string_view name) const;
    bool remove_member(shared_group& group, target who);

    mutable std::shared_mutex lock_;
    level_tree<filters> tree_;
    std::atomic<std::uint64_t> version_{1};
    std::atomic<std::size_t> size_{0};
};

}  // namespace tepore::broker
