// The topic aliases that the broker sets on a connection whose client takes some. An alias costs three bytes in each PUBLISH and saves the topic in
// each but the first, so it goes to topics that come again: a free alias at once, one that is taken when another topic came twice while its owner did
// not come. A table with one place for each alias, found by the topic's hash. Memory: topic_bytes_max for each.
#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"

namespace tepore::broker {

class outgoing_aliases {
public:
    /// A shorter topic is hardly longer than its alias.
    static constexpr std::size_t topic_bytes_min = 8;
    /// Longer topics are sent as they are: with them the table could grow to 4 MiB.
    static constexpr std::size_t topic_bytes_max = 1'024;

    /// REQUIRES 0 < count.
    explicit outgoing_aliases(std::uint16_t count) : places_(count) { assert(count != 0); }

    struct choice {
        std::uint16_t alias = 0;  // 0: the topic goes without one
        bool known = false;       // the client knows it: the topic can be left out
    };
    /// What to do for a PUBLISH of this topic. When it was sent with an alias that is not known yet, set() must follow.
    [[nodiscard]] choice choose(std::string_view topic) noexcept {
        if (topic.size() < topic_bytes_min || topic.size() > topic_bytes_max) return {};
        const auto hash = hash_bytes(topic, seed_);
        const auto index = hash % places_.size();
        auto& at = places_[index];
        const auto alias = static_cast<std::uint16_t>(index + 1);
        if (at.topic == topic) {
            at.rival = 0;
            return {alias, true};
        }
        if (at.topic.empty() || at.rival == hash) return {alias, false};
        at.rival = hash;
        return {};
    }

    void set(std::uint16_t alias, std::string_view topic) {
        auto& at = places_[alias - 1u];
        at.topic.assign(topic);
        at.rival = 0;
    }

private:
    struct place {
        std::string topic;
        std::uint64_t rival = 0;  // hash of another topic that came since this one came last
    };
    std::vector<place> places_;
    std::uint64_t seed_ = hash_seed();
};

}  // namespace tepore::broker
