#include "broker/subscription_tree.hpp"

#include <algorithm>
#include <array>
#include <mutex>

#include "protocol/topic.hpp"

namespace tepore::broker {

void append_identifier(std::vector<std::uint8_t>& to, std::uint32_t identifier) {
    if (identifier == 0) return;
    to.push_back(static_cast<std::uint8_t>(protocol::property_id::subscription_identifier));
    for (; identifier >= 128; identifier >>= 7) to.push_back(static_cast<std::uint8_t>(identifier | 128));
    to.push_back(static_cast<std::uint8_t>(identifier));
}

bool subscription_tree::subscriber_list::put(subscriber s) {
    if (many_.empty()) {
        if (one_.target == no_target || one_.target == s.target) {
            const bool is_new = one_.target == no_target;
            one_ = s;
            return is_new;
        }
        many_.push_back(one_);
    }
    const auto at = std::ranges::lower_bound(many_, s.target, {}, &subscriber::target);
    if (at != many_.end() && at->target == s.target) {
        *at = s;
        return false;
    }
    many_.insert(at, s);
    return true;
}

bool subscription_tree::subscriber_list::take(target who) {
    if (many_.empty()) {
        if (one_.target != who) return false;
        one_ = {};
        return true;
    }
    const auto at = std::ranges::lower_bound(many_, who, {}, &subscriber::target);
    if (at == many_.end() || at->target != who) return false;
    many_.erase(at);
    if (many_.size() == 1) {
        one_ = many_.front();
        many_ = {};
    }
    return true;
}

/// Links the wildcard children of every node on the path: the leaf may be new together with its ancestors. REQUIRES the exclusive lock.
void subscription_tree::link_wildcards(node_id node) {
    for (auto at = node; at != root_node; at = tree_.at(at).parent) {
        auto& up = tree_.at(tree_.at(at).parent).value;
        const auto level = tree_.text(tree_.at(at).level);
        if (level == "+") up.plus = at;
        if (level == "#") up.hash = at;
    }
}

subscription_tree::added subscription_tree::subscribe(std::string_view filter, target who, subscription_terms terms) {
    const std::unique_lock guard(lock_);
    const auto node = tree_.make(filter);
    const bool is_new = tree_.at(node).value.subscribers.put({who, terms});
    link_wildcards(node);
    if (is_new) size_.fetch_add(1, std::memory_order_relaxed);
    version_.fetch_add(1, std::memory_order_release);
    return {node, !is_new};
}

/// A subscription left the node. REQUIRES the exclusive lock.
void subscription_tree::drop(node_id node) {
    // Unlink the wildcard shortcuts of the nodes that prune() is about to remove.
    const auto empty = [](const filters& f) { return f.subscribers.size() == 0 && !f.groups; };
    for (auto at = node; at != root_node && empty(tree_.at(at).value);) {
        const auto up = tree_.at(at).parent;
        const auto child = tree_.at(at).first_child;
        const bool leaf = child == no_node || (at != node && tree_.at(child).next == no_node);
        if (!leaf) break;
        if (tree_.at(up).value.plus == at) tree_.at(up).value.plus = no_node;
        if (tree_.at(up).value.hash == at) tree_.at(up).value.hash = no_node;
        at = up;
    }
    tree_.prune(node, empty);
    version_.fetch_add(1, std::memory_order_release);
}

std::optional<node_id> subscription_tree::unsubscribe(std::string_view filter, target who) {
    const std::unique_lock guard(lock_);
    const auto node = tree_.find(filter);
    if (node == no_node || !tree_.at(node).value.subscribers.take(who)) return std::nullopt;
    size_.fetch_sub(1, std::memory_order_relaxed);
    drop(node);
    return node;
}

void subscription_tree::remove(const std::vector<node_id>& nodes, target who) {
    if (nodes.empty()) return;
    const std::unique_lock guard(lock_);
    for (const auto node : nodes) {
        if (!tree_.at(node).value.subscribers.take(who)) continue;
        size_.fetch_sub(1, std::memory_order_relaxed);
        drop(node);
    }
}

bool subscription_tree::has(std::string_view filter, target who) const {
    const std::shared_lock guard(lock_);
    const auto node = tree_.find(filter);
    return node != no_node && std::ranges::find(tree_.at(node).value.subscribers, who, &subscriber::target) != tree_.at(node).value.subscribers.end();
}

/// REQUIRES the lock.
std::shared_ptr<shared_group> subscription_tree::group_at(node_id node, std::string_view name) const {
    if (node == no_node || !tree_.at(node).value.groups) return nullptr;
    const auto& groups = *tree_.at(node).value.groups;
    const auto found = std::ranges::find(groups, name, [](const auto& g) -> std::string_view { return g->name; });
    return found == groups.end() ? nullptr : *found;
}

bool subscription_tree::is_member(std::string_view name, std::string_view filter, target who) const {
    const std::shared_lock guard(lock_);
    const auto group = group_at(tree_.find(filter), name);
    return group && group->has(who);
}

subscription_tree::joined subscription_tree::join(std::string_view name, std::string_view filter, group_member who, group_limits limits) {
    const std::unique_lock guard(lock_);
    const auto node = tree_.make(filter);
    auto group = group_at(node, name);
    const bool first = !group;
    if (first) {
        group = std::make_shared<shared_group>(name, filter, node, limits);
        auto& groups = tree_.at(node).value.groups;
        if (!groups) groups = std::make_unique<group_list>();
        groups->push_back(group);
        link_wildcards(node);
    }
    const bool is_new = group->add(std::move(who));
    if (is_new) size_.fetch_add(1, std::memory_order_relaxed);
    if (first) version_.fetch_add(1, std::memory_order_release);
    return {std::move(group), !is_new};
}

std::shared_ptr<shared_group> subscription_tree::leave(std::string_view name, std::string_view filter, target who) {
    const std::unique_lock guard(lock_);
    auto group = group_at(tree_.find(filter), name);
    return group && remove_member(*group, who) ? group : nullptr;
}

void subscription_tree::leave(shared_group& group, target who) {
    const std::unique_lock guard(lock_);
    remove_member(group, who);
}

/// REQUIRES the exclusive lock.
bool subscription_tree::remove_member(shared_group& group, target who) {
    if (!group.remove(who)) return false;
    size_.fetch_sub(1, std::memory_order_relaxed);
    if (!group.empty()) return true;
    auto& groups = tree_.at(group.node).value.groups;
    std::erase_if(*groups, [&](const auto& g) { return g.get() == &group; });
    if (groups->empty()) groups.reset();
    drop(group.node);
    return true;
}

std::string subscription_tree::filter_of(node_id node) const {
    const std::shared_lock guard(lock_);
    return tree_.path(node);
}

void subscription_tree::match(std::string_view topic, std::vector<subscriber>& out, std::vector<std::shared_ptr<shared_group>>* groups) const {
    struct step {
        node_id node;
        std::uint32_t depth;
    };
    using level_id = decltype(tree_)::level_id;
    std::array<level_id, protocol::topic_levels_max> levels;
    std::uint32_t depth_max = 0;
    std::vector<step> pending;

    const std::shared_lock guard(lock_);
    for_each_level(topic, [&](std::string_view level) {
        if (depth_max == levels.size()) return false;  // deeper topics are refused before they come here
        levels[depth_max++] = tree_.find_level(level);
        return true;
    });
    const auto take = [&](node_id node) {
        const auto& here = tree_.at(node).value;
        out.insert(out.end(), here.subscribers.begin(), here.subscribers.end());
        if (here.groups && groups != nullptr) groups->insert(groups->end(), here.groups->begin(), here.groups->end());
    };
    // Every step is a node of the tree, reached once: the work is bounded by the tree, whatever the wildcards.
    const bool hidden = topic.starts_with('$');  // [MQTT-4.7.2-1]
    for (step at{root_node, 0};;) {
        const auto& here = tree_.at(at.node).value;
        const bool wildcards = !(hidden && at.depth == 0);
        if (wildcards && here.hash != no_node) take(here.hash);  // '#' matches its parent level too
        if (at.depth == depth_max) {
            take(at.node);
        } else {
            if (wildcards && here.plus != no_node) pending.push_back({here.plus, at.depth + 1});
            if (const auto child = tree_.find_child(at.node, levels[at.depth]); child != no_node) {
                at = {child, at.depth + 1};
                continue;
            }
        }
        if (pending.empty()) return;
        at = pending.back();
        pending.pop_back();
    }
}

}  // namespace tepore::broker
