// A shard's memory of where topics go: a steady publish costs one hash of the topic and one comparison, no lock and no walk of the tree.
// A direct-mapped table of fixed size: a topic that is not in its slot replaces what is. A route holds while the subscription tree has the
// version it was made from; when that is another one, it still holds if no change since then can concern the topic (filter_versions.hpp), so that
// clients that come and go do not make everybody's publishes walk the tree.
// Threads: belongs to one shard.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "broker/subscription_note.hpp"
#include "broker/subscription_tree.hpp"

namespace tepore::broker {

struct session;

/// One receiver of this shard. Overlapping subscriptions are merged: one copy, at the highest QoS [MQTT-3.3.5-1], with all subscription
/// identifiers [MQTT5-3.3.4-4].
struct local_target {
    /// A session with a No Local subscription has two entries: what counts for its own messages are the subscriptions without it.
    enum class publishers : std::uint8_t { all, others, itself };

    broker::session* session = nullptr;
    protocol::qos qos{};
    publishers of = publishers::all;
    bool retain_as_published = false;
    std::uint32_t note = 0;  // in route::notes, from 1; 0: none

    [[nodiscard]] bool takes_from(target publisher, target receiver) const noexcept {
        return of == publishers::all || (of == publishers::itself) == (receiver == publisher);
    }
};

struct route {
    std::vector<local_target> local;
    std::vector<note_ref> notes;
    std::vector<std::shared_ptr<shared_group>> groups;  // shared subscriptions, wherever their members are
    std::uint64_t remote_shards = 0;                    // bit n: shard n has receivers
    std::uint32_t remote_receivers = 0;

    void clear() noexcept {
        local.clear();
        notes.clear();
        groups.clear();
        remote_shards = 0;
        remote_receivers = 0;
    }

    [[nodiscard]] const note_ref& note_of(const local_target& to) const noexcept { return to.note == 0 ? no_note : notes[to.note - 1]; }

    /// Nobody wants it.
    [[nodiscard]] bool empty() const noexcept { return local.empty() && groups.empty() && remote_shards == 0; }
};

class route_cache {
public:
    /// `slots`: topics remembered. REQUIRES a power of two. The table is made when the first topic comes.
    explicit route_cache(std::size_t slots) : slots_(slots) { assert(slots != 0 && (slots & (slots - 1)) == 0); }

    /// Longer topics are not worth a slot's memory and are matched each time.
    static constexpr std::size_t topic_bytes_max = 512;

    /// The route of `topic`; `fill(topic, route&)` makes it when it is not known. `version` is the tree's, `version_of(topic)` what concerns the
    /// topic; it is asked when the former has changed. Valid until the next call.
    template <class VersionOf, class Fill>
    const route& find(std::string_view topic, std::uint64_t version, VersionOf&& version_of, Fill&& fill) {
        auto* e = last_;  // what one read brings is mostly of one topic
        if (e != nullptr && e->version == version && e->topic == topic) return e->route;
        e = last_ = &slot_of(topic);
        if (e->version != version || e->topic != topic) {
            const std::uint64_t of_topic = version_of(topic);
            const bool holds = e->version != 0 && e->of_topic == of_topic && e->topic == topic;
            e->version = version;
            if (!holds) {
                e->of_topic = of_topic;
                e->route.clear();
                e->topic.assign(topic);
                fill(topic, e->route);
            }
        }
        return e->route;
    }

    /// The topic that find() was last called with, or nothing.
    [[nodiscard]] std::string_view last_topic() const noexcept { return last_ == nullptr ? std::string_view{} : std::string_view(last_->topic); }

private:
    struct entry {
        std::string topic;
        std::uint64_t version = 0;  // 0: never filled
        std::uint64_t of_topic = 0;
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
    entry* last_ = nullptr;  // the table never moves once it is made
    std::uint64_t seed_ = hash_seed();
};

}  // namespace tepore::broker
