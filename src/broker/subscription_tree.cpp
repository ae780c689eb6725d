#include "broker/subscription_tree.hpp"

#include <algorithm>
#include <array>
#include <mutex>

#include "broker/subscription_note.hpp"
#include "protocol/topic.hpp"

namespace tepore::broker {

void append_identifier(std::vector<std::uint8_t>& to, std::uint32_t identifier) {
    if (identifier == 0) return;
    to.push_back(static_cast<std::uint8_t>(protocol::property_id::subscription_identifier));
    for (; identifier >= 128; identifier >>= 7) to.push_back(static_cast<std::uint8_t>(identifier | 128));
    to.push_back(static_cast<std::uint8_t>(identifier));
}

// All of the following REQUIRE the lock; what changes something, the exclusive one.

const subscription_tree::crowd* subscription_tree::crowd_at(node_id node) const noexcept {
    if (node == no_node || tree_.at(node).value.who != leaf::in_crowd) return nullptr;
    return &crowds_[tree_.at(node).value.rest];
}

/// The node's crowd, made of what hangs on it now.
subscription_tree::crowd& subscription_tree::need_crowd(node_id node) {
    auto& here = tree_.at(node).value;
    if (here.who != leaf::in_crowd) {
        auto number = static_cast<std::uint32_t>(crowds_.size());
        if (free_crowds_.empty()) {
            crowds_.add();
        } else {
            number = free_crowds_.back();
            free_crowds_.pop_back();
        }
        if (here.who != no_target) crowds_[number].subscribers.push_back({here.who, subscription_terms::of_bits(here.rest)});
        here = {leaf::in_crowd, number};
    }
    return crowds_[here.rest];
}

/// Somebody left the node's crowd: maybe it is none any more.
void subscription_tree::shrink(node_id node) {
    auto& here = tree_.at(node).value;
    const auto number = here.rest;
    auto& all = crowds_[number];
    if (all.subscribers.size() > 1 || !all.groups.empty()) return;
    here = all.subscribers.empty() ? leaf{} : leaf{all.subscribers.front().target, all.subscribers.front().terms.bits()};
    all = {};
    free_crowds_.push_back(number);
}

/// False: the subscriber was there, and has new terms.
bool subscription_tree::put(node_id node, subscriber s) {
    auto& here = tree_.at(node).value;
    if (here.who == no_target || here.who == s.target) {
        const bool is_new = here.who == no_target;
        here = {s.target, s.terms.bits()};
        return is_new;
    }
    auto& all = need_crowd(node).subscribers;
    const auto at = std::ranges::lower_bound(all, s.target, {}, &subscriber::target);
    if (at != all.end() && at->target == s.target) {
        *at = s;
        return false;
    }
    all.insert(at, s);
    return true;
}

/// False: it was not there.
bool subscription_tree::take(node_id node, target who) {
    auto& here = tree_.at(node).value;
    if (here.who != leaf::in_crowd) {
        if (here.who != who) return false;
        here = {};
        return true;
    }
    auto& all = crowds_[here.rest].subscribers;
    const auto at = std::ranges::lower_bound(all, who, {}, &subscriber::target);
    if (at == all.end() || at->target != who) return false;
    all.erase(at);
    shrink(node);
    return true;
}

/// The node's subscriptions are not what they were.
void subscription_tree::changed(node_id node) noexcept {
    std::array<std::string_view, protocol::topic_levels_max> levels;
    auto from = levels.end();
    for (auto at = node; at != root_node && from != levels.begin(); at = tree_.at(at).parent) *--from = tree_.text(tree_.at(at).level);
    filter_versions_.changed({from, levels.end()});
    version_.fetch_add(1, std::memory_order_release);
}

/// A subscription left the node.
void subscription_tree::drop(node_id node) {
    changed(node);
    tree_.prune(node, [this](node_id id) { return tree_.at(id).value.who == no_target; });
}

subscription_tree::added subscription_tree::subscribe(std::string_view filter, target who, subscription_terms terms) {
    const std::unique_lock guard(lock_);
    const auto node = tree_.make(filter);
    const bool is_new = put(node, {who, terms});
    if (is_new) size_.fetch_add(1, std::memory_order_relaxed);
    changed(node);
    return {node, !is_new};
}

std::optional<node_id> subscription_tree::unsubscribe(std::string_view filter, target who) {
    const std::unique_lock guard(lock_);
    const auto node = tree_.find(filter);
    if (node == no_node || !take(node, who)) return std::nullopt;
    size_.fetch_sub(1, std::memory_order_relaxed);
    drop(node);
    return node;
}

void subscription_tree::remove(std::span<const node_id> nodes, target who) {
    if (nodes.empty()) return;
    const std::unique_lock guard(lock_);
    for (const auto node : nodes) {
        if (!take(node, who)) continue;
        size_.fetch_sub(1, std::memory_order_relaxed);
        drop(node);
    }
}

bool subscription_tree::has(std::string_view filter, target who) const {
    const std::shared_lock guard(lock_);
    const auto node = tree_.find(filter);
    if (const auto* all = crowd_at(node)) return std::ranges::binary_search(all->subscribers, who, {}, &subscriber::target);
    return node != no_node && tree_.at(node).value.who == who;
}

/// REQUIRES the lock.
std::shared_ptr<shared_group> subscription_tree::group_at(node_id node, std::string_view name) const {
    const auto* all = crowd_at(node);
    if (all == nullptr) return nullptr;
    const auto found = std::ranges::find(all->groups, name, [](const auto& g) -> std::string_view { return g->name; });
    return found == all->groups.end() ? nullptr : *found;
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
        need_crowd(node).groups.push_back(group);
    }
    const bool is_new = group->add(std::move(who));
    if (is_new) size_.fetch_add(1, std::memory_order_relaxed);
    if (first) changed(node);
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
    const auto node = group.node;
    std::erase_if(need_crowd(node).groups, [&](const auto& g) { return g.get() == &group; });
    shrink(node);
    drop(node);
    return true;
}

std::string subscription_tree::filter_of(node_id node) const {
    const std::shared_lock guard(lock_);
    return tree_.path(node);
}

std::size_t subscription_tree::match(std::string_view topic, std::vector<subscriber>& out, std::vector<std::shared_ptr<shared_group>>* groups) const {
    struct step {
        node_id node;
        std::uint32_t depth;
    };
    std::array<level_id, protocol::topic_levels_max> levels;
    std::array<step, protocol::topic_levels_max> pending;  // their depths rise, so there are never more
    std::size_t waiting = 0;
    std::uint32_t depth_max = 0;
    std::size_t looked_at = 0;

    const std::shared_lock guard(lock_);
    for_each_level(topic, [&](std::string_view level) {
        if (depth_max == levels.size()) return false;  // deeper topics are refused before they come here
        levels[depth_max++] = tree_.find_level(level);
        return true;
    });
    const auto take = [&](const leaf& here) {
        if (here.who == no_target) return;
        if (here.who != leaf::in_crowd) {
            out.push_back({here.who, subscription_terms::of_bits(here.rest)});
            return;
        }
        const auto& all = crowds_[here.rest];
        out.insert(out.end(), all.subscribers.begin(), all.subscribers.end());
        if (groups != nullptr) groups->insert(groups->end(), all.groups.begin(), all.groups.end());
    };
    const bool hidden = topic.starts_with('$');  // [MQTT-4.7.2-1]
    for (step at{root_node, 0};;) {
        const auto& here = tree_.at(at.node);
        ++looked_at;
        const bool wildcards = !(hidden && at.depth == 0);
        if (wildcards && here.children.hash != 0) {  // '#' matches its parent level too
            take(tree_.at(tree_.find_child(at.node, hash_level)).value);
            ++looked_at;
        }
        if (at.depth == depth_max) {
            take(here.value);
        } else {
            if (wildcards && here.children.plus != 0) pending[waiting++] = {tree_.find_child(at.node, plus_level), at.depth + 1};
            if (here.children.named()) {
                if (const auto child = tree_.find_child(at.node, levels[at.depth]); child != no_node) {
                    at = {child, at.depth + 1};
                    continue;
                }
            }
        }
        if (waiting == 0) return looked_at;
        at = pending[--waiting];
    }
}

}  // namespace tepore::broker
