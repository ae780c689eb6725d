#include "broker/retained_store.hpp"

#include <algorithm>

#include "protocol/topic.hpp"

namespace tepore::broker {
namespace {

/// Below this many entries for messages that expire, a clean-up is not worth it.
constexpr std::size_t stale_kept = 1'024;

/// Messages taken out under one hold of the lock, about a tenth of a millisecond: who subscribes to everything must not stop all publishers.
constexpr std::size_t messages_per_hold = 4'096;

/// Messages lie all over memory: so far ahead of its use, one is asked for.
constexpr std::size_t messages_ahead = 12;

}  // namespace

bool retained_store::put(message_ref m) {
    const std::scoped_lock guard(lock_);
    const auto topic = m->view().topic;
    const auto existing = tree_.find(topic);
    const auto old_bytes = existing != no_node && messages_[existing] ? messages_[existing]->bytes() : 0;
    if (old_bytes == 0 && size_ == limits_.messages_max) return false;
    if (bytes_ - old_bytes + m->bytes() > limits_.bytes_max) return false;
    bytes_ += m->bytes() - old_bytes;
    allocated_bytes_.fetch_add(m->allocated_bytes() - (old_bytes != 0 ? messages_[existing]->allocated_bytes() : 0), std::memory_order_relaxed);
    if (old_bytes == 0) ++size_;
    const auto node = existing == no_node ? tree_.make(topic) : existing;
    while (messages_.size() < tree_.nodes_end()) messages_.add();
    const auto expires = m->expires();
    messages_[node] = std::move(m);
    if (expires != never) {
        // What was replaced stays in the heap until it is due, or until such entries are the greater part.
        if (due_.size() > 2 * size_ + stale_kept) {
            std::erase_if(due_, [this](const due& d) { return !still_there(d); });
            // A topic whose messages all came in one turn has as many entries: one is enough. What is sorted with the earliest first is a heap.
            std::ranges::sort(due_, {}, [](const due& d) { return std::pair(d.when, d.node); });
            due_.erase(std::ranges::unique(due_).begin(), due_.end());
        }
        due_.push_back({expires, node});
        std::push_heap(due_.begin(), due_.end());
    }
    return true;
}

void retained_store::expire(monotonic now) {
    const std::scoped_lock guard(lock_);
    while (!due_.empty() && due_.front().when <= now) {
        const auto next = due_.front();
        std::pop_heap(due_.begin(), due_.end());
        due_.pop_back();
        if (still_there(next)) remove(next.node);
    }
}

void retained_store::erase(std::string_view topic) {
    const std::scoped_lock guard(lock_);
    const auto node = tree_.find(topic);
    if (node != no_node && messages_[node]) remove(node);
}

void retained_store::remove(node_id node) {
    bytes_ -= messages_[node]->bytes();
    allocated_bytes_.fetch_sub(messages_[node]->allocated_bytes(), std::memory_order_relaxed);
    --size_;
    ++removals_;
    messages_[node] = {};
    tree_.prune(node, [this](node_id id) { return !messages_[id]; });
}

/// The nodes whose paths match, some of them without a message. For the filter "#" also those that it must not see. REQUIRES the lock. How many it
/// has looked at.
std::size_t retained_store::find_nodes(std::string_view filter, std::vector<node_id>& out) const {
    if (filter == "#") {  // no need to walk: everything is wanted, in the order of memory
        out.reserve(size_);
        for (node_id id = 0; id < messages_.size(); ++id)
            if (messages_[id]) out.push_back(id);
        return messages_.size();
    }
    struct step {
        node_id node;
        std::string_view rest;  // of the filter, below this node
        bool last;              // the filter ends at this node
    };
    const auto children = [&](node_id parent, auto&& visit) {
        for (auto c = tree_.at(parent).children.first; c != no_node; c = tree_.at(c).children.next)
            if (parent != root_node || !tree_.text(tree_.at(c).level).starts_with('$')) visit(c);  // [MQTT-4.7.2-1]
    };
    std::vector<step> pending{{root_node, filter, false}};
    std::vector<node_id> below;
    std::size_t looked_at = 0;
    while (!pending.empty()) {
        ++looked_at;
        const auto at = pending.back();
        pending.pop_back();
        if (at.last) {
            out.push_back(at.node);
            continue;
        }
        const auto slash = at.rest.find('/');
        const auto level = at.rest.substr(0, slash);
        const bool last = slash == std::string_view::npos;
        const auto rest = last ? std::string_view{} : at.rest.substr(slash + 1);
        if (level == "#") {  // this node and everything below it
            below.push_back(at.node);
            while (!below.empty()) {
                ++looked_at;
                const auto node = below.back();
                below.pop_back();
                out.push_back(node);
                children(node, [&](node_id c) { below.push_back(c); });
            }
        } else if (level == "+") {
            children(at.node, [&](node_id c) { pending.push_back({c, rest, last}); });
        } else if (const auto child = tree_.find_child(at.node, tree_.find_level(level)); child != no_node) {
            pending.push_back({child, rest, last});
        }
    }
    return looked_at;
}

std::size_t retained_store::match(std::string_view filter, monotonic now, std::vector<message_ref>& out) const {
    std::vector<node_id> nodes;
    std::unique_lock guard(lock_);
    const auto looked_at = find_nodes(filter, nodes);
    const auto removals = removals_;
    for (std::size_t at = 0; at < nodes.size(); ++at) {
        if (at % messages_per_hold == messages_per_hold - 1) {
            guard.unlock();
            guard.lock();
        }
        if (at + messages_ahead < nodes.size()) messages_[nodes[at + messages_ahead]].prefetch();
        const auto& m = messages_[nodes[at]];
        if (!m || m->expires() <= now) continue;
        // Only "#" comes here with what begins with '$'. After a removal between two holds the node may be another topic's by now.
        const auto topic = m->view().topic;
        if (topic.starts_with('$') && filter == "#") continue;
        if (removals != removals_ && !protocol::matches(filter, topic)) continue;
        out.push_back(m);
    }
    return looked_at;
}

std::size_t retained_store::size() const {
    const std::scoped_lock guard(lock_);
    return size_;
}

std::size_t retained_store::expiries() const {
    const std::scoped_lock guard(lock_);
    return due_.size();
}

std::size_t retained_store::bytes() const {
    const std::scoped_lock guard(lock_);
    return bytes_;
}

}  // namespace tepore::broker
