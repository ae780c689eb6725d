// A shard's memory of where topics go: a steady publish costs one hash of the topic and one comparison, no lock and no walk of the tree.
// A direct-mapped table of fixed size: a topic that is not in its slot replaces what is. A route holds while the subscription tree has the
// version it was made from.
// Threads: belongs to one shard.
#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "broker/subscription_tree.hpp"

namespace tepore::broker {

struct session;

/// One receiver of this shard. Overlapping subscriptions are merged: the highest QoS counts [MQTT-3.3.5-1].
struct local_target {
    broker::session* session = nullptr;
    protocol::qos qos{};
    bool local_too = true;  // false: every matching subscription says No Local
    bool retain_as_published = false;
};

struct route {
    std::vector<local_target> local;
    std::uint64_t remote_shards = 0;  // bit n: shard n has receivers

    /// Nobody wants it.
    [[nodiscard]] bool empty() const noexcept { return local.empty() && remote_shards == 0; }
};

class route_cache {
public:
    /// `slots`: topics remembered. REQUIRES a power of two. The table is made when the first topic comes.
    explicit route_cache(std::size_t slots) : slots_(slots) { assert(slots != 0 && (slots & (slots - 1)) == 0); }

    /// Longer topics are not worth a slot's memory and are matched each time.
    static constexpr std::size_t topic_bytes_max = 512;

    /// The route of `topic`; `fill(topic, route&)` makes it when it is not known. Valid until the next call.
    template <class Fill>
    const route& find(std::string_view topic, std::uint64_t version, Fill&& fill) {
        auto& e = slot_of(topic);
        if (e.version != version || e.topic != topic) {
            e.route.local.clear();
            e.route.remote_shards = 0;
            e.topic.assign(topic);
            e.version = version;
            fill(topic, e.route);
        }
        return e.route;
    }

private:
    struct entry {
        std::string topic;
        std::uint64_t version = 0;
        broker::route route;
    };

    entry& slot_of(std::string_view topic) {
        if (topic.size() > topic_bytes_max) {
            uncached_.version = 0;
            return uncached_;
        }
        if (entries_.empty()) entries_.resize(slots_);
        return entries_[hash_bytes(topic, seed_) & (slots_ - 1)];
    }

    std::size_t slots_;
    std::vector<entry> entries_;
    entry uncached_;
    std::uint64_t seed_ = hash_seed();
};

}  // namespace tepore::broker
