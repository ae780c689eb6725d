// The subscribers of one shared subscription (4.8.2), wherever their sessions live, and the messages that wait for one of them.
//
// QoS 1 and 2 messages pass through the group's queue: whoever takes one out of it has it, so exactly one member gets it, and the order of a
// group with one member is the order of the queue. The publisher's shard puts a message in and picks the member whose turn it is among those
// that can take it; that member's shard fetches it. When nobody can, it waits here, and not in a session: it belongs to the first member that
// comes back or has room again, and a member that goes away takes nothing with it but what was sent to it.
// A QoS 0 message never waits: it goes to a member that is there, or nowhere.
//
// Whether a member can take messages is told by its own shard through member_state, which other shards read without waiting. What they read
// may be old. So that no message is overlooked: a shard first writes that its member can take messages, and then looks into the queue (can_take
// and take()); a publisher first puts the message into the queue, and then reads (put()). One of them sees the other, for the lock orders them.
//
// Threads: any. The lock is a leaf; it is taken for messages of shared subscriptions only.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "broker/level_tree.hpp"
#include "broker/message.hpp"
#include "broker/subscription_terms.hpp"

namespace tepore::broker {

/// What a session can take, in rising order.
enum class readiness : std::uint8_t {
    away,   // not connected
    busy,   // its network takes no more now
    qos_0,  // its window is full, or messages wait for it
    all,
};

/// One for a session, shared with its groups. Written by the session's shard.
struct member_state {
    std::atomic<readiness> ready{readiness::away};
    std::atomic<std::uint32_t> packet_bytes_max{0};  // that its client takes
};

struct group_member {
    broker::target target = no_target;
    subscription_terms terms;
    std::shared_ptr<member_state> state;
};

/// How much may wait in a group: the limits of a session's queue.
struct group_limits {
    std::size_t messages_max = 0;
    std::size_t bytes_max = 0;
};

class shared_group {
public:
    shared_group(std::string_view share_name, std::string_view its_filter, node_id its_node, group_limits limits)
        : name(share_name), filter(its_filter), node(its_node), limits_(limits) {}

    const std::string name;    // ShareName
    const std::string filter;  // without $share and name
    const node_id node;        // of the filter in the subscription tree, as long as the group is there

    // By the subscription tree, under its own lock.

    /// False: it was a member, and has new terms.
    bool add(group_member m);
    /// False: it was none. The group's messages end with its last member.
    bool remove(target who);
    [[nodiscard]] bool has(target who) const;
    [[nodiscard]] bool empty() const;

    // By any shard.

    struct put_result {
        bool kept = false;           // false: dropped
        bool full = false;           // dropped because of the limits, for the first time since something was taken
        target fetches = no_target;  // the member that should take() it; none: nobody can now
    };
    /// REQUIRES QoS 1 or 2. Dropped when nobody can take it now or later: its packet is too large, or the grants of those away are for QoS 0.
    [[nodiscard]] put_result put(message_ref m, monotonic now);
    /// A message that a session had not acknowledged when it ended becomes the next one, whatever the limits. False: nobody is left.
    bool put_back(message_ref m);
    /// The first waiting message that `who` takes; nothing when there is none. `dropped` counts those that no member can ever take.
    [[nodiscard]] message_ref take(target who, monotonic now, std::size_t& dropped);
    /// Whose turn it is to take() a waiting message; none when nobody can.
    [[nodiscard]] target next_fetcher(monotonic now);
    /// Whose turn it is for a QoS 0 message. `there`: somebody is connected.
    [[nodiscard]] target choose(const message_view& m, bool& there);
    [[nodiscard]] std::size_t waiting() const;

private:
    [[nodiscard]] target turn(const message_view& m);
    [[nodiscard]] bool hopeless(const message_view& m) const;
    void drop_expired(monotonic now);
    void pop(std::deque<message_ref>::iterator at);

    /// Entries looked at for one that fits: a queue may begin with messages that wait for a member with a larger Maximum Packet Size.
    static constexpr std::size_t entries_looked_at_max = 1'024;

    mutable std::mutex lock_;
    const group_limits limits_;
    std::vector<group_member> members_;  // by target
    target last_ = no_target;            // who had the last turn
    std::deque<message_ref> queue_;
    std::size_t queue_bytes_ = 0;
    bool full_told_ = false;
};

}  // namespace tepore::broker
