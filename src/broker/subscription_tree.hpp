// Who wants which topics: one tree for the whole broker, so that a subscription counts for every publisher from the moment its SUBACK can be sent.
// A publish does not come here when its shard's route_cache knows the topic: version() tells whether a cached route still holds.
// Threads: any. Changes take the lock exclusively, match() shares it; version() takes none. Inside it only the lock of a shared_group is taken.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/filter_versions.hpp"
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
    void remove(std::span<const node_id> nodes, target who);
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
    /// of shared subscriptions that match go to `groups`, unless that is null. Returns the nodes that were looked at, which is what it cost: each
    /// node of the tree at most once, whatever the wildcards.
    std::size_t match(std::string_view topic, std::vector<subscriber>& out, std::vector<std::shared_ptr<shared_group>>* groups = nullptr) const;

    /// Changes with every change of the tree. Read it before match(): a route made from that match is good while version() stays the same.
    [[nodiscard]] std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
    /// What can concern this topic; see filter_versions.hpp. Read it after version() and before match(): a route made from that match is good while
    /// this stays the same, even when version() does not.
    [[nodiscard]] std::uint64_t version_of(std::string_view topic) const noexcept { return filter_versions_.of(topic); }
    [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

private:
    /// What hangs on a node, in 8 bytes: nobody, one subscriber, or the number of a crowd. Most filters have one subscriber.
    struct leaf {
        static constexpr target in_crowd = no_target - 1;  // no shard has this number either
        target who = no_target;
        std::uint32_t rest = 0;  // the subscriber's terms, or the crowd
    };
    /// Whoever does not fit into a leaf.
    struct crowd {
        std::vector<subscriber> subscribers;  // sorted by target
        std::vector<std::shared_ptr<shared_group>> groups;
    };

    [[nodiscard]] const crowd* crowd_at(node_id node) const noexcept;
    crowd& need_crowd(node_id node);
    void shrink(node_id node);
    bool put(node_id node, subscriber s);
    bool take(node_id node, target who);
    void changed(node_id node) noexcept;
    void drop(node_id node);
    [[nodiscard]] std::shared_ptr<shared_group> group_at(node_id node, std::string_view name) const;
    bool remove_member(shared_group& group, target who);

    mutable std::shared_mutex lock_;
    level_tree<leaf, counted_children> tree_;
    chunked_array<crowd> crowds_;
    std::vector<std::uint32_t> free_crowds_;
    filter_versions filter_versions_;
    std::atomic<std::uint64_t> version_{1};
    std::atomic<std::size_t> size_{0};
};

}  // namespace tepore::broker
