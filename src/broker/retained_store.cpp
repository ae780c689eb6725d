#include "broker/retained_store.hpp"

#include <algorithm>

namespace tepore::broker {
namespace {

/// Below this many entries for messages that expire, a clean-up is not worth it.
constexpr std::size_t stale_kept = 1'024;

}  // namespace

bool retained_store::put(message_ref m) {
    const std::scoped_lock guard(lock_);
    const auto topic = m->view().topic;
    const auto existing = tree_.find(topic);
    const auto& old = existing == no_node ? message_ref{} : tree_.at(existing).value;
    const auto old_bytes = old ? old->bytes() : 0;
    if (!old && size_ == limits_.messages_max) return false;
    if (bytes_ - old_bytes + m->bytes() > limits_.bytes_max) return false;
    bytes_ += m->bytes() - old_bytes;
    if (!old) ++size_;
    const auto node = existing == no_node ? tree_.make(topic) : existing;
    const auto expires = m->expires();
    tree_.at(node).value = std::move(m);
    if (expires != never) {
        // What was replaced stays in the heap until it is due, or until such entries are the greater part.
        if (due_.size() > 2 * size_ + stale_kept) {
            std::erase_if(due_, [this](const due& d) { return !still_there(d); });
            std::make_heap(due_.begin(), due_.end());
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
    if (node != no_node && tree_.at(node).value) remove(node);
}

void retained_store::remove(node_id node) {
    bytes_ -= tree_.at(node).value->bytes();
    --size_;
    tree_.at(node).value = {};
    tree_.prune(node, [](const message_ref& m) { return !m; });
}

void retained_store::match(std::string_view filter, monotonic now, std::vector<message_ref>& out) const {
    struct step {
        node_id node;
        std::string_view rest;  // of the filter, below this node
        bool last;              // the filter ends at this node
    };
    const std::scoped_lock guard(lock_);
    const auto take = [&](node_id id) {
        if (const auto& m = tree_.at(id).value; m && m->expires() > now) out.push_back(m);
    };
    const auto hidden = [&](node_id parent, node_id child) {
        return parent == root_node && tree_.text(tree_.at(child).level).starts_with('$');  // [MQTT-4.7.2-1]
    };
    std::vector<step> pending{{root_node, filter, false}};
    std::vector<node_id> below;
    while (!pending.empty()) {
        const auto at = pending.back();
        pending.pop_back();
        if (at.last) {
            take(at.node);
            continue;
        }
        const auto slash = at.rest.find('/');
        const auto level = at.rest.substr(0, slash);
        const bool last = slash == std::string_view::npos;
        const auto rest = last ? std::string_view{} : at.rest.substr(slash + 1);
        if (level == "#") {  // this node and everything below it
            if (at.node != root_node) take(at.node);
            for (auto c = tree_.at(at.node).first_child; c != no_node; c = tree_.at(c).next)
                if (!hidden(at.node, c)) below.push_back(c);
            while (!below.empty()) {
                const auto node = below.back();
                below.pop_back();
                take(node);
                for (auto c = tree_.at(node).first_child; c != no_node; c = tree_.at(c).next) below.push_back(c);
            }
        } else if (level == "+") {
            for (auto c = tree_.at(at.node).first_child; c != no_node; c = tree_.at(c).next)
                if (!hidden(at.node, c)) pending.push_back({c, rest, last});
        } else if (const auto child = tree_.find_child(at.node, tree_.find_level(level)); child != no_node) {
            pending.push_back({child, rest, last});
        }
    }
}

std::size_t retained_store::size() const {
    const std::scoped_lock guard(lock_);
    return size_;
}

std::size_t retained_store::bytes() const {
    const std::scoped_lock guard(lock_);
    return bytes_;
}

}  // namespace tepore::broker
