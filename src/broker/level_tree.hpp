// A tree over topic levels: one node for each distinct prefix, 20 bytes with what a subscription needs. Level texts are interned (level_texts.hpp); a
// child is found through one hash table keyed by (parent, level), and nodes live in one array and are named by index: nothing is allocated per node,
// and a node's path can be read back.
// Threads: none of its own; the owner locks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/chunked_array.hpp"
#include "base/hash.hpp"
#include "base/index_table.hpp"
#include "broker/level_texts.hpp"

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

/// What a node knows of its children where they are only searched by name: how many there are, and whether "+" and "#" are among them.
struct counted_children {
    std::uint32_t count : 30 = 0;
    std::uint32_t plus : 1 = 0;
    std::uint32_t hash : 1 = 0;

    [[nodiscard]] bool any() const noexcept { return count != 0; }
    [[nodiscard]] bool one() const noexcept { return count == 1; }
    /// Others than wildcards.
    [[nodiscard]] bool named() const noexcept { return count > 0u + plus + hash; }
};

/// What it knows where they are walked: the first of them, and its own neighbours.
struct linked_children {
    node_id first = no_node;
    node_id next = no_node;
    node_id previous = no_node;

    [[nodiscard]] bool any() const noexcept { return first != no_node; }
    [[nodiscard]] static bool one() noexcept { return false; }  // not known without a look at it
};

/// Value: what hangs on a node; default-constructible, copyable.
template <class Value, class Children>
class level_tree {
public:
    struct node {
        node_id parent = no_node;   // of a free node: the next free one
        level_id level = no_level;  // of a free node: none
        Children children;
        [[no_unique_address]] Value value{};
    };

    level_tree() { nodes_.add(); }

    [[nodiscard]] node& at(node_id id) noexcept { return nodes_[id]; }
    [[nodiscard]] const node& at(node_id id) const noexcept { return nodes_[id]; }
    /// All nodes have lower numbers.
    [[nodiscard]] std::size_t nodes_end() const noexcept { return nodes_.size(); }

    [[nodiscard]] std::string_view text(level_id id) const noexcept { return texts_[id]; }
    /// no_level when no node uses this text: then only wildcards can match it.
    [[nodiscard]] level_id find_level(std::string_view text) const noexcept { return texts_.find(text); }

    [[nodiscard]] node_id find_child(node_id parent, level_id level) const noexcept {
        if (level == no_level) return no_node;
        // A node made together with its parent stands right behind it, mostly in the same cache line: the rest of a filter that no other one shares
        // needs no look into the table, neither to be found nor to be left.
        if (const auto behind = parent + 1; behind < nodes_.size() && nodes_[behind].parent == parent) {
            if (nodes_[behind].level == level) return behind;
            if (nodes_[parent].children.one() && nodes_[behind].level != no_level) return no_node;
        }
        return index_.find(edge_hash(parent, level), [&](node_id id) { return nodes_[id].parent == parent && nodes_[id].level == level; });
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

    /// Removes a node without children, and then its ancestors as far as they have neither children nor a value (`empty(id)` tells).
    template <class Empty>
    void prune(node_id id, Empty&& empty) {
        while (id != root_node && !nodes_[id].children.any() && empty(id)) {
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
    [[nodiscard]] std::uint64_t edge_hash(node_id parent, level_id level) const noexcept {
        return mix((std::uint64_t{parent} << 32 | level) ^ seed_, 0x9e37'79b9'7f4a'7c15);
    }
    [[nodiscard]] auto hash_of() const noexcept {
        return [this](node_id id) { return edge_hash(nodes_[id].parent, nodes_[id].level); };
    }

    node_id make_child(node_id parent, std::string_view text) {
        if (const auto found = find_child(parent, find_level(text)); found != no_node) return found;
        const auto level = texts_.use(text);
        auto id = free_;
        if (id == no_node) {
            id = static_cast<node_id>(nodes_.size());
            nodes_.add();
        } else {
            free_ = nodes_[id].parent;
        }
        nodes_[id].parent = parent;
        nodes_[id].level = level;
        join(id);
        index_.insert(edge_hash(parent, level), id, hash_of());
        return id;
    }

    void remove(node_id id) {
        auto& n = nodes_[id];
        index_.erase(edge_hash(n.parent, n.level), id, hash_of());
        leave(id);
        texts_.release(n.level);
        n = node{};
        n.parent = free_;
        free_ = id;
    }

    /// Among its parent's children.
    void join(node_id id) noexcept {
        auto& of_parent = nodes_[nodes_[id].parent].children;
        if constexpr (std::is_same_v<Children, linked_children>) {
            nodes_[id].children.next = of_parent.first;
            if (of_parent.first != no_node) nodes_[of_parent.first].children.previous = id;
            of_parent.first = id;
        } else {
            ++of_parent.count;
            if (nodes_[id].level == plus_level) of_parent.plus = 1;
            if (nodes_[id].level == hash_level) of_parent.hash = 1;
        }
    }

    void leave(node_id id) noexcept {
        const auto& own = nodes_[id].children;
        auto& of_parent = nodes_[nodes_[id].parent].children;
        if constexpr (std::is_same_v<Children, linked_children>) {
            (own.previous == no_node ? of_parent.first : nodes_[own.previous].children.next) = own.next;
            if (own.next != no_node) nodes_[own.next].children.previous = own.previous;
        } else {
            --of_parent.count;
            if (nodes_[id].level == plus_level) of_parent.plus = 0;
            if (nodes_[id].level == hash_level) of_parent.hash = 0;
        }
    }

    chunked_array<node> nodes_;  // [0] is the root
    node_id free_ = no_node;
    index_table index_;
    level_texts texts_;
    std::uint64_t seed_ = hash_seed();
};

}  // namespace tepore::broker
