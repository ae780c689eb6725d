// A tree over topic levels: one node for each distinct prefix, 20 bytes plus the value. Level texts are interned (stored once however many nodes
// use them); a child is found through one hash table keyed by (parent, level), and siblings are linked for walks. Nodes live in one array and
// are named by index, so nothing is allocated per node and a node's path can be read back.
// Threads: none of its own; the owner locks.
#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/index_table.hpp"

namespace tepore::broker {

using node_id = std::uint32_t;
inline constexpr node_id no_node = index_table::none;
inline constexpr node_id root_node = 0;

/// Calls visit(level) for each level of `topic` until it returns false. "a//b" has the levels "a", "", "b".
template <class Visit>
void for_each_level(std::string_view topic, Visit&& visit) {
    for (;;) {
        const auto slash = topic.find('/');
        if (!visit(topic.substr(0, slash)) || slash == std::string_view::npos) return;
        topic.remove_prefix(slash + 1);
    }
}

/// Value: what hangs on a node; default-constructible, movable.
template <class Value>
class level_tree {
public:
    using level_id = std::uint32_t;
    static constexpr level_id no_level = index_table::none;

    struct node {
        node_id parent = no_node;
        level_id level = no_level;
        node_id first_child = no_node;
        node_id next = no_node;  // sibling, or next free node
        node_id previous = no_node;
        Value value{};
    };

    level_tree() : nodes_(1) {}

    [[nodiscard]] node& at(node_id id) noexcept { return nodes_[id]; }
    [[nodiscard]] const node& at(node_id id) const noexcept { return nodes_[id]; }
    [[nodiscard]] std::string_view text(level_id id) const noexcept { return levels_[id].text; }

    /// no_level when no node uses this text: then only wildcards can match it.
    [[nodiscard]] level_id find_level(std::string_view text) const noexcept {
        return level_index_.find(hash_bytes(text, seed_), [&](level_id id) { return levels_[id].text == text; });
    }

    [[nodiscard]] node_id find_child(node_id parent, level_id level) const noexcept {
        if (level == no_level) return no_node;
        return child_index_.find(edge_hash(parent, level), [&](node_id id) { return nodes_[id].parent == parent && nodes_[id].level == level; });
    }

    /// The node of a path (a topic or filter, wildcards taken literally), or no_node.
    [[nodiscard]] node_id find(std::string_view path) const noexcept {
        node_id at = root_node;
        for_each_level(path, [&](std::string_view level) { return (at = find_child(at, find_level(level))) != no_node; });
        return at;
    }

    /// The node of a path, made when it is not there.
    node_id make(std::string_view path) {
        node_id at = root_node;
        for_each_level(path, [&](std::string_view level) {
            at = make_child(at, level);
            return true;
        });
        return at;
    }

    /// Removes a node without children, and then its ancestors as far as they have neither children nor a value (`empty(value)` tells).
    template <class Empty>
    void prune(node_id id, Empty&& empty) {
        while (id != root_node && nodes_[id].first_child == no_node && empty(nodes_[id].value)) {
            const auto parent = nodes_[id].parent;
            remove(id);
            id = parent;
        }
    }

    /// The path of a node, as it was given to make().
    [[nodiscard]] std::string path(node_id id) const {
        std::vector<std::string_view> parts;
        for (; id != root_node; id = nodes_[id].parent) parts.push_back(text(nodes_[id].level));
        std::string out;
        for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
            if (part != parts.rbegin()) out += '/';
            out += *part;
        }
        return out;
    }

private:
    struct level_text {
        std::string text;
        std::uint32_t users = 0;
    };

    [[nodiscard]] std::uint64_t edge_hash(node_id parent, level_id level) const noexcept {
        return mix((std::uint64_t{parent} << 32 | level) ^ seed_, 0x9e37'79b9'7f4a'7c15);
    }
    [[nodiscard]] auto node_hash() const noexcept {
        return [this](node_id id) { return edge_hash(nodes_[id].parent, nodes_[id].level); };
    }
    [[nodiscard]] auto level_hash() const noexcept {
        return [this](level_id id) { return hash_bytes(levels_[id].text, seed_); };
    }

    level_id intern(std::string_view text) {
        auto id = find_level(text);
        if (id == no_level) {
            if (free_levels_.empty()) {
                id = static_cast<level_id>(levels_.size());
                levels_.emplace_back();
            } else {
                id = free_levels_.back();
                free_levels_.pop_back();
            }
            level_index_.insert(hash_bytes(text, seed_), id, level_hash());
            levels_[id].text = text;
        }
        ++levels_[id].users;
        return id;
    }

    node_id make_child(node_id parent, std::string_view text) {
        if (const auto found = find_child(parent, find_level(text)); found != no_node) return found;
        const auto level = intern(text);
        node_id id = free_nodes_;
        if (id == no_node) {
            id = static_cast<node_id>(nodes_.size());
            nodes_.emplace_back();
        } else {
            free_nodes_ = nodes_[id].next;
        }
        auto& n = nodes_[id];
        n.parent = parent;
        n.level = level;
        n.previous = no_node;
        n.next = nodes_[parent].first_child;
        if (n.next != no_node) nodes_[n.next].previous = id;
        nodes_[parent].first_child = id;
        child_index_.insert(edge_hash(parent, level), id, node_hash());
        return id;
    }

    void remove(node_id id) {
        auto& n = nodes_[id];
        child_index_.erase(edge_hash(n.parent, n.level), id, node_hash());
        (n.previous == no_node ? nodes_[n.parent].first_child : nodes_[n.previous].next) = n.next;
        if (n.next != no_node) nodes_[n.next].previous = n.previous;
        if (--levels_[n.level].users == 0) {
            level_index_.erase(hash_bytes(levels_[n.level].text, seed_), n.level, level_hash());
            levels_[n.level].text = {};
            free_levels_.push_back(n.level);
        }
        n = node{};
        n.next = free_nodes_;
        free_nodes_ = id;
    }

    std::vector<node> nodes_;  // [0] is the root
    node_id free_nodes_ = no_node;
    index_table child_index_;
    std::vector<level_text> levels_;
    std::vector<level_id> free_levels_;
    index_table level_index_;
    std::uint64_t seed_ = hash_seed();
};

}  // namespace tepore::broker
