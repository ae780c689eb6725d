// Topic aliases that we use towards a 5.0 broker (3.3.2.3.4): the topics published most recently, up to the number that the broker takes.
// They belong to one connection, and packets that are sent again never use them: on a new connection the broker would not know them.
//
//   auto use = aliases.of("home/temperature");    // what to send: an alias, and whether the topic must go with it
//   ... put the packet into the outbox ...
//   aliases.sent("home/temperature", use);        // only now the broker will know it
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tepore::mqtt_client {

/// An alias costs three bytes in each packet, and saves the topic in all but the first.
inline constexpr std::size_t aliased_topic_bytes_min = 8;

class outgoing_aliases {
public:
    struct use {
        std::uint16_t alias = 0;  // 0: none
        bool known = false;       // the broker knows it: the topic stays away
    };

    /// A new connection, whose broker takes `count` aliases [MQTT5-3.2.2-17] [MQTT5-3.2.2-18].
    void start(std::uint16_t count) {
        recent_.clear();
        by_topic_.clear();
        count_ = count;
    }

    [[nodiscard]] use of(std::string_view topic) const {
        if (count_ == 0 || topic.size() < aliased_topic_bytes_min) return {};
        if (const auto found = by_topic_.find(topic); found != by_topic_.end()) return {found->second->alias, true};
        if (recent_.size() < count_) return {static_cast<std::uint16_t>(recent_.size() + 1), false};
        return {recent_.back().alias, false};
    }

    /// The packet went into the outbox. REQUIRES `used` from of(topic), and nothing sent in between.
    void sent(std::string_view topic, use used) {
        if (used.alias == 0) return;
        if (used.known) return recent_.splice(recent_.begin(), recent_, by_topic_.find(topic)->second);
        if (recent_.size() == count_) {  // the one used longest ago gets a new meaning
            by_topic_.erase(recent_.back().topic);
            recent_.pop_back();
        }
        recent_.push_front({std::string(topic), used.alias});
        by_topic_.emplace(recent_.front().topic, recent_.begin());
    }

private:
    struct entry {
        std::string topic;
        std::uint16_t alias;
    };
    std::list<entry> recent_;                                                    // latest first; at most count_
    std::unordered_map<std::string_view, std::list<entry>::iterator> by_topic_;  // views into recent_
    std::uint16_t count_ = 0;
};

}  // namespace tepore::mqtt_client
