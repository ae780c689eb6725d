// topics: topic names and filters, the subscription tree and the retained store against a simple recursive definition of matching
//
// Input: records that end with 0xFF; the first byte of a record says what to do, the rest is a topic or filter.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/retained_store.hpp"
#include "broker/subscription_tree.hpp"
#include "fuzz/input.hpp"
#include "protocol/topic.hpp"

using namespace tepore;
using namespace tepore::broker;
using fuzz::must;

namespace {

// ---- the definition, written down a second time and without a thought for speed

/// Reads code points and writes them again: only the one shortest form of a scalar value comes back the same.
bool is_mqtt_text(const std::string& text) {
    std::string again;
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t size = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 0;
        if (size == 0 || at + size > text.size()) return false;
        std::uint32_t code = size == 1 ? lead : lead & (0xFFu >> (size + 1));
        for (std::size_t i = 1; i < size; ++i) {
            const auto next = static_cast<unsigned char>(text[at + i]);
            if (next / 64 != 2) return false;
            code = code * 64 + next % 64;
        }
        if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
        const auto put = [&again](std::uint32_t byte) { again += static_cast<char>(byte); };
        if (code < 0x80) {
            put(code);
        } else if (code < 0x800) {
            put(0xC0 + code / 64);
            put(0x80 + code % 64);
        } else if (code < 0x10000) {
            put(0xE0 + code / 4096);
            put(0x80 + code / 64 % 64);
            put(0x80 + code % 64);
        } else {
            put(0xF0 + code / 262144);
            put(0x80 + code / 4096 % 64);
            put(0x80 + code / 64 % 64);
            put(0x80 + code % 64);
        }
        at += size;
    }
    return again == text;
}

using levels = std::vector<std::string>;

levels levels_in(const std::string& text) {
    levels out(1);
    for (const char c : text) {
        if (c == '/')
            out.emplace_back();
        else
            out.back() += c;
    }
    return out;
}

bool has(const std::string& text, char c) {
    return text.find(c) != std::string::npos;
}

bool name_is_valid(const std::string& text) {
    return !text.empty() && text.size() <= 65'535 && is_mqtt_text(text) && !has(text, '+') && !has(text, '#') &&
           levels_in(text).size() <= protocol::topic_levels_max;
}

bool plain_filter_is_valid(const std::string& text) {
    if (text.empty() || text.size() > 65'535 || !is_mqtt_text(text)) return false;
    const auto all = levels_in(text);
    if (all.size() > protocol::topic_levels_max) return false;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (has(all[i], '+') && all[i] != "+") return false;
        if (has(all[i], '#') && (all[i] != "#" || i + 1 != all.size())) return false;
    }
    return true;
}

struct shared_parts {
    std::string group;
    std::string filter;
};
std::optional<shared_parts> shared(const std::string& text) {
    const auto all = levels_in(text);
    if (all.front() != "$share") return std::nullopt;
    shared_parts out;
    if (all.size() > 1) out.group = all[1];
    for (std::size_t i = 2; i < all.size(); ++i) out.filter += (i > 2 ? "/" : "") + all[i];
    return out;
}

bool filter_is_valid(const std::string& text) {
    const auto parts = shared(text);
    if (!parts) return plain_filter_is_valid(text);
    return text.size() <= 65'535 && !parts->group.empty() && is_mqtt_text(parts->group) && !has(parts->group, '+') && !has(parts->group, '#') &&
           plain_filter_is_valid(parts->filter);
}

bool match_levels(const levels& filter, std::size_t f, const levels& topic, std::size_t t) {
    if (f == filter.size()) return t == topic.size();
    if (filter[f] == "#") return true;
    if (t == topic.size()) return false;
    return (filter[f] == "+" || filter[f] == topic[t]) && match_levels(filter, f + 1, topic, t + 1);
}

bool matches_simply(const std::string& filter, const std::string& topic) {
    const auto parts = shared(filter);
    const auto f = levels_in(parts ? parts->filter : filter);
    if (topic.front() == '$' && (f.front() == "+" || f.front() == "#")) return false;
    return match_levels(f, 0, levels_in(topic), 0);
}

// ---- what is checked against it

class store_pair {
public:
    void check_name(const std::string& text) {
        const auto said = protocol::check_topic_name(text);
        must(said.has_value() == name_is_valid(text), "check_topic_name() agrees with the definition", text);
        must(said || said.error().code == protocol::reason::topic_name_invalid, "the code of a bad topic name", text);
    }
    void check_filter(const std::string& text) {
        const auto said = protocol::check_topic_filter(text);
        must(said.has_value() == filter_is_valid(text), "check_topic_filter() agrees with the definition", text);
        must(said || said.error().code == protocol::reason::topic_filter_invalid, "the code of a bad topic filter", text);
        if (!said) return;
        const auto parts = protocol::split_shared(text);
        const auto expected = shared(text);
        must(parts.has_value() == expected.has_value(), "split_shared() knows a shared filter", text);
        if (parts) must(parts->group == expected->group && parts->filter == expected->filter, "split_shared() finds both parts", text);
        for (const auto& topic : names_)
            must(protocol::matches(text, topic) == matches_simply(text, topic), "matches() agrees with the definition", text + " and " + topic);
        filters_.insert(text);
    }

    void subscribe(const std::string& filter, target who) {
        if (!filter_is_valid(filter) || shared(filter)) return;
        const auto [node, existed] = tree_.subscribe(filter, who, {});
        must(existed == subscribed_.contains({filter, who}), "subscribe() tells whether there was one", filter);
        must(tree_.filter_of(node) == filter, "filter_of() gives the filter back", filter);
        subscribed_[{filter, who}] = node;
    }
    void unsubscribe(const std::string& filter, target who) {
        if (!filter_is_valid(filter) || shared(filter)) return;
        const auto node = tree_.unsubscribe(filter, who);
        const auto known = subscribed_.find({filter, who});
        must(node.has_value() == (known != subscribed_.end()), "unsubscribe() finds what was subscribed and nothing else", filter);
        if (!node) return;
        must(*node == known->second, "unsubscribe() names the node", filter);
        subscribed_.erase(known);
    }
    void remove(target who) {
        std::vector<node_id> nodes;
        for (const auto& [key, node] : subscribed_)
            if (key.second == who) nodes.push_back(node);
        std::ranges::sort(nodes);
        tree_.remove(nodes, who);
        std::erase_if(subscribed_, [&](const auto& e) { return e.first.second == who; });
    }

    void keep(const std::string& topic, const std::string& payload, monotonic expires) {
        if (!name_is_valid(topic)) return;
        const auto m = message_ref::make({.topic = topic, .payload = as_bytes(payload), .retain = true, .expires = expires});
        if (!retained_.put(m)) {
            must(kept_.size() >= limits.messages_max || retained_.bytes() + m->bytes() > limits.bytes_max, "a store with room takes a message",
                 topic);
            return;
        }
        kept_[topic] = {payload, expires};
    }
    void forget(const std::string& topic) {
        if (!name_is_valid(topic)) return;
        retained_.erase(topic);
        kept_.erase(topic);
    }

    void look_up_topic(const std::string& topic) {
        if (!name_is_valid(topic)) return;
        names_.insert(topic);
        for (const auto& filter : filters_)
            must(protocol::matches(filter, topic) == matches_simply(filter, topic), "matches() agrees with the definition", filter + " and " + topic);
        std::vector<subscriber> found;
        tree_.match(topic, found);
        std::vector<target> got, expected;
        for (const auto& s : found) got.push_back(s.target);
        for (const auto& [key, node] : subscribed_)
            if (matches_simply(key.first, topic)) expected.push_back(key.second);
        std::ranges::sort(got);
        std::ranges::sort(expected);
        must(got == expected, "the subscription tree finds what the definition finds", topic);
    }
    void look_up_filter(const std::string& filter, monotonic now) {
        if (!filter_is_valid(filter) || shared(filter)) return;
        std::vector<message_ref> found;
        retained_.match(filter, now, found);
        std::map<std::string, std::string> got, expected;
        for (const auto& m : found) must(got.emplace(m->view().topic, as_text(m->view().payload)).second, "a retained message is found once", filter);
        for (const auto& [topic, m] : kept_)
            if (m.second > now && matches_simply(filter, topic)) expected.emplace(topic, m.first);
        must(got == expected, "the retained store finds what the definition finds", filter);
    }

    void check_sizes() {
        must(tree_.size() == subscribed_.size(), "the tree counts its subscriptions");
        must(retained_.size() == kept_.size(), "the retained store counts its messages");
        must(retained_.size() <= limits.messages_max && retained_.bytes() <= limits.bytes_max, "the retained store keeps its bounds");
    }

private:
    static constexpr retained_limits limits{.messages_max = 12, .bytes_max = 8192};

    subscription_tree tree_;
    retained_store retained_{limits};
    std::map<std::pair<std::string, target>, node_id> subscribed_;
    std::map<std::string, std::pair<std::string, monotonic>> kept_;
    std::set<std::string> names_;
    std::set<std::string> filters_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input in({data, size});
    store_pair both;
    auto now = monotonic{} + std::chrono::hours(1);
    while (!in.empty()) {
        fuzz::input record(in.until(0xFF));
        const unsigned what = record.byte();
        const auto who = static_cast<target>(what / 8 % 4);
        const std::string text(as_text(record.rest()));
        both.check_name(text);
        both.check_filter(text);
        switch (what % 8) {
            case 0: both.subscribe(text, who); break;
            case 1: both.unsubscribe(text, who); break;
            case 2: both.look_up_topic(text); break;
            case 3: both.look_up_filter(text, now); break;
            case 4: both.keep(text, "kept by " + std::to_string(who), who == 3 ? now + std::chrono::seconds(2) : never); break;
            case 5: both.forget(text); break;
            case 6: both.remove(who); break;
            default: now += std::chrono::seconds(1); break;
        }
        both.check_sizes();
    }
    return 0;
}
