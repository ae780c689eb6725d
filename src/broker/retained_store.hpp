// The retained message of each topic, one store for all shards. The lock makes it the point where "stored" and "subscribed" meet: a shard stores
// before it sends the message to live subscribers, and a subscriber is in the subscription tree before it reads here; so it sees the
// message in one of the two places, and never an old retained message after a newer live one.
// Threads: any. The lock is a leaf. It is not taken for messages without the retain flag.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "broker/level_tree.hpp"
#include "broker/message.hpp"

namespace tepore::broker {

struct retained_limits {
    std::size_t messages_max = 1'000'000;
    std::size_t bytes_max = 1024u * 1024 * 1024;
};

class retained_store {
public:
    explicit retained_store(retained_limits limits = {}) : limits_(limits) {}

    /// False when the store is full; the message is then not kept, and an older one for the topic stays.
    [[nodiscard]] bool put(message_ref m);
    void erase(std::string_view topic);
    /// Forgets what has expired. Costs nothing when nothing has.
    void expire(monotonic now);
    /// Appends the retained messages whose topics match, in no particular order. Expired ones are left out. Where they are many, the lock is left in
    /// between: what is put or erased meanwhile may be among them or not, and a live message tells in any case. How many nodes it has looked at.
    std::size_t match(std::string_view filter, monotonic now, std::vector<message_ref>& out) const;

    [[nodiscard]] std::size_t size() const;
    /// Expiries kept, those of messages that were replaced included: at most about twice the messages.
    [[nodiscard]] std::size_t expiries() const;
    [[nodiscard]] std::size_t bytes() const;
    /// Memory of its messages, their part of message_bytes(). Takes no lock.
    [[nodiscard]] std::size_t allocated_bytes() const noexcept { return allocated_bytes_.load(std::memory_order_relaxed); }

private:
    /// A message that expires, and where it was put: it may have been replaced since.
    struct due {
        monotonic when;
        node_id node;
        [[nodiscard]] bool operator==(const due&) const noexcept = default;
        [[nodiscard]] bool operator<(const due& other) const noexcept { return when > other.when; }  // earliest on top
    };
    [[nodiscard]] bool still_there(const due& d) const noexcept {
        const auto& m = messages_[d.node];
        return m && m->expires() == d.when;
    }
    void remove(node_id node);
    std::size_t find_nodes(std::string_view filter, std::vector<node_id>& out) const;

    mutable std::mutex lock_;
    retained_limits limits_;
    struct nothing {};
    level_tree<nothing, linked_children> tree_;
    chunked_array<message_ref> messages_;  // by node; apart from the nodes, so that each has its size and all of them can be looked through
    std::size_t size_ = 0;
    std::uint64_t removals_ = 0;
    std::size_t bytes_ = 0;
    std::atomic<std::size_t> allocated_bytes_{0};
    std::vector<due> due_;  // a heap; at most about twice the messages, and stale_kept
};

}  // namespace tepore::broker
