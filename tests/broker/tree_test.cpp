// The subscription tree and the retained store against the plain definition of matching.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "broker/retained_store.hpp"
#include "broker/subscription_tree.hpp"
#include "protocol/topic.hpp"

using namespace tepore::broker;

namespace {

std::string random_path(std::mt19937& random, bool filter) {
    static const char* const levels[] = {"a", "b", "", "$x", "long level", "+"};
    std::string out;
    const auto depth = 1 + random() % 5;
    for (unsigned i = 0; i < depth; ++i) {
        if (i != 0) out += '/';
        if (filter && i + 1 == depth && random() % 4 == 0)
            out += '#';
        else
            out += levels[random() % (filter ? 6 : 5)];
    }
    return out.empty() ? "a" : out;
}

}  // namespace

TEST_CASE("subscription_tree against matches(), with subscriptions coming and going") {
    std::mt19937 random(11);
    subscription_tree tree;
    std::map<std::pair<std::string, target>, node_id> model;
    for (int step = 0; step < 30'000; ++step) {
        const auto who = static_cast<target>(random() % 6);
        const auto filter = random_path(random, true);
        const auto key = std::pair(filter, who);
        switch (random() % 4) {
            case 0: {
                const auto [node, existed] = tree.subscribe(filter, who, {});
                REQUIRE(existed == model.contains(key));
                REQUIRE(tree.filter_of(node) == filter);
                model[key] = node;
                break;
            }
            case 1: REQUIRE(tree.unsubscribe(filter, who).has_value() == (model.erase(key) == 1)); break;
            case 2:
                if (random() % 100 == 0) {
                    std::vector<node_id> nodes;
                    for (const auto& [k, node] : model)
                        if (k.second == who) nodes.push_back(node);
                    tree.remove(nodes, who);
                    std::erase_if(model, [&](const auto& e) { return e.first.second == who; });
                }
                break;
            default: {
                const auto topic = random_path(random, false);
                std::vector<subscriber> found;
                tree.match(topic, found);
                std::vector<target> got, expected;
                for (const auto& s : found) got.push_back(s.target);
                for (const auto& [k, node] : model)
                    if (tepore::protocol::matches(k.first, topic)) expected.push_back(k.second);
                std::ranges::sort(got);
                std::ranges::sort(expected);
                CAPTURE(topic);
                REQUIRE(got == expected);
            }
        }
        REQUIRE(tree.size() == model.size());
    }
}

TEST_CASE("subscription_tree: groups come with their first member and go with their last, and match like any filter") {
    std::mt19937 random(13);
    subscription_tree tree;
    std::map<std::pair<std::string, std::string>, std::map<target, std::shared_ptr<shared_group>>> model;  // by name and filter
    std::map<std::string, node_id> plain;
    const auto state = std::make_shared<member_state>();
    std::size_t members = 0;
    for (int step = 0; step < 30'000; ++step) {
        const auto who = static_cast<target>(random() % 4);
        const auto filter = random_path(random, true);
        const std::string name = random() % 2 == 0 ? "g" : "h";
        const auto key = std::pair(name, filter);
        const auto version = tree.version();
        switch (random() % 5) {
            case 0: {
                const auto [group, existed] = tree.join(name, filter, {who, {}, state}, {});
                const bool first = !model.contains(key);
                REQUIRE(existed == (model[key].count(who) == 1));
                if (!first && !existed) REQUIRE(group == model[key].begin()->second);
                if (!existed) ++members;
                model[key][who] = group;
                REQUIRE((tree.version() != version) == first);
                REQUIRE(tree.is_member(name, filter, who));
                break;
            }
            case 1: {
                const auto found = model.find(key);
                const bool was = found != model.end() && found->second.contains(who);
                const auto left = tree.leave(name, filter, who);
                REQUIRE((left != nullptr) == was);
                if (was) {
                    --members;
                    found->second.erase(who);
                    REQUIRE((tree.version() != version) == found->second.empty());
                    if (found->second.empty()) model.erase(found);
                }
                REQUIRE(!tree.is_member(name, filter, who));
                break;
            }
            case 2:  // ordinary subscriptions share the nodes
                if (plain.contains(filter)) {
                    REQUIRE(tree.unsubscribe(filter, 99));
                    plain.erase(filter);
                } else {
                    plain[filter] = tree.subscribe(filter, 99, {}).node;
                }
                break;
            default: {
                const auto topic = random_path(random, false);
                std::vector<subscriber> found;
                std::vector<std::shared_ptr<shared_group>> groups;
                tree.match(topic, found, &groups);
                std::vector<shared_group*> got, expected;
                for (const auto& g : groups) got.push_back(g.get());
                for (const auto& [k, of] : model)
                    if (tepore::protocol::matches(k.second, topic)) expected.push_back(of.begin()->second.get());
                std::ranges::sort(got);
                std::ranges::sort(expected);
                CAPTURE(topic);
                REQUIRE(got == expected);
                REQUIRE(found.size() == static_cast<std::size_t>(
                                            std::ranges::count_if(plain, [&](const auto& p) { return tepore::protocol::matches(p.first, topic); })));
            }
        }
        REQUIRE(tree.size() == members + plain.size());
    }
}

TEST_CASE("level_texts against a map, short and long texts coming and going") {
    std::mt19937 random(14);
    level_texts texts;
    std::map<std::string, std::pair<level_id, unsigned>> model{{"+", {plus_level, 1}}, {"#", {hash_level, 1}}};
    for (int step = 0; step < 30'000; ++step) {
        // Up to 40 bytes: 15 stand inside, and every length around is there.
        const auto number = random() % 200;
        const auto text = std::string(number % 41, static_cast<char>('a' + number % 3));
        const auto known = model.find(text);
        REQUIRE(texts.find(text) == (known == model.end() ? no_level : known->second.first));
        if (random() % 2 == 0) {
            const auto id = texts.use(text);
            auto& [its_id, users] = model.try_emplace(text, id, 0u).first->second;
            REQUIRE(its_id == id);
            ++users;
        } else if (known != model.end()) {
            texts.release(known->second.first);
            if (--known->second.second == 0) model.erase(known);
        }
        for (const auto& [t, entry] : model) REQUIRE(texts[entry.first] == t);
    }
}

TEST_CASE("subscription_tree looks at the nodes that the topic's beginnings match, at each of them once, and at nothing else") {
    std::mt19937 random(15);
    subscription_tree tree;
    std::set<std::string> nodes;  // every beginning of a filter
    const auto path = [&](bool filter) {
        std::string out;
        const auto depth = 1 + random() % 12;
        for (unsigned i = 0; i < depth; ++i) {
            if (i != 0) out += '/';
            const auto kind = random() % (filter ? 8 : 4);
            out += kind < 4 ? std::string(1, static_cast<char>('a' + kind % 2)) : kind < 7 ? "+" : i + 1 == depth ? "#" : "+";
        }
        return out;
    };
    for (int i = 0; i < 3'000; ++i) {
        const auto filter = path(true);
        tree.subscribe(filter, static_cast<target>(i), {});
        for (auto end = filter.find('/'); end != std::string::npos; end = filter.find('/', end + 1)) nodes.insert(filter.substr(0, end));
        nodes.insert(filter);
    }
    const auto level_count = [](const std::string& text) { return std::ranges::count(text, '/') + 1; };
    for (int i = 0; i < 50; ++i) {
        const auto topic = path(false);
        std::size_t expected = 1;  // the root
        for (const auto& node : nodes) {
            std::size_t end = 0;
            auto of_topic = level_count(topic), of_node = level_count(node);
            if (node.ends_with('#')) {
                expected += tepore::protocol::matches(node, topic);
                continue;
            }
            if (of_node > of_topic) continue;
            for (auto level = of_node; level != 0; --level) end = topic.find('/', end == 0 ? 0 : end + 1);
            expected += tepore::protocol::matches(node, topic.substr(0, end));
        }
        std::vector<subscriber> found;
        REQUIRE(tree.match(topic, found) == expected);
    }
}

TEST_CASE("subscription_tree: what wildcards can cost is bounded by the tree, not by the ways through it") {
    // Every mix of "a" and "+" in twelve levels, and then a level that no topic has: a topic of a's meets all of them, and no subscription.
    constexpr unsigned depth = 12;
    subscription_tree tree;
    for (unsigned mix = 0; mix < 1u << depth; ++mix) {
        std::string filter;
        for (unsigned level = 0; level < depth; ++level) filter += (mix >> level & 1) != 0 ? "+/" : "a/";
        tree.subscribe(filter + "x", mix, {});
    }
    // A hundred levels of "+", with a '#' at each: one more filter costs one more node.
    std::string pluses, topic = "a";
    for (unsigned level = 0; level < 100; ++level) {
        pluses += "+/";
        tree.subscribe(pluses + "#", level, {});
        topic += "/a";
    }
    std::vector<subscriber> found;
    const auto looked_at = tree.match(topic, found);
    CHECK(found.size() == 100);
    CHECK(looked_at == (2u << depth) - 1 + (100 - depth) + 100);
}

TEST_CASE("a change of the subscriptions that matches a topic is always told to it, and few others are") {
    std::mt19937 random(16);
    subscription_tree tree;
    const auto state = std::make_shared<member_state>();
    const auto path = [&](bool filter) {
        std::string out;
        const auto depth = 1 + random() % 6;
        for (unsigned i = 0; i < depth; ++i) {
            if (i != 0) out += '/';
            const auto kind = random() % (filter ? 12 : 10);
            out += kind < 10 ? std::string(1, static_cast<char>('a' + kind)) : kind == 11 && i + 1 == depth ? "#" : "+";
        }
        return out;
    };
    std::set<std::string> there;
    std::size_t told = 0;
    constexpr std::size_t changes = 3'000, topics_each = 20;
    for (std::size_t step = 0; step < changes; ++step) {
        const auto kind = there.empty() ? 2u : static_cast<unsigned>(random() % 4);
        const auto filter = kind == 0 ? *there.begin() : path(true);
        std::vector<std::string> topics{filter};  // and one that it matches for certain
        std::ranges::replace(topics[0], '+', 'b');
        std::ranges::replace(topics[0], '#', 'c');
        while (topics.size() < topics_each) topics.push_back(path(false));
        std::vector<std::uint64_t> before;
        for (const auto& topic : topics) before.push_back(tree.version_of(topic));
        const auto version = tree.version();
        if (kind == 0) {
            REQUIRE(tree.unsubscribe(filter, 1));
            there.erase(filter);
        } else if (kind == 1) {
            tree.join("group", filter, {7, {}, state}, {});
        } else {  // also such as are there, and get new terms
            tree.subscribe(filter, 1, {});
            there.insert(filter);
        }
        for (std::size_t i = 0; i < topics_each; ++i) {
            const bool changed = tree.version_of(topics[i]) != before[i];
            const bool matches = tepore::protocol::matches(filter, topics[i]);
            CAPTURE(filter);
            CAPTURE(topics[i]);
            if (tree.version() != version) REQUIRE((changed || !matches));  // a group's second member changes nothing
            told += changed;
        }
    }
    CHECK(told >= changes / 2);
    CHECK(told < changes * topics_each / 3);  // a quarter, and a few whose places coincide; all of them without filter_versions
}

TEST_CASE("retained_store: levels without a message stand between those that have one") {
    retained_store store;
    const auto payload = tepore::as_bytes("x");
    for (int i = 100; i < 200; ++i) REQUIRE(store.put(message_ref::make({.topic = std::to_string(i) + "/a/b", .payload = payload, .retain = true})));
    std::vector<message_ref> found;
    store.match("+/#", tepore::monotonic{}, found);
    CHECK(found.size() == 100);
    CHECK(store.allocated_bytes() == 100 * found[0]->allocated_bytes());
}

TEST_CASE("retained_store against matches()") {
    std::mt19937 random(12);
    retained_store store;
    std::map<std::string, std::string> model;
    for (int step = 0; step < 20'000; ++step) {
        const auto topic = random_path(random, false);
        switch (random() % 3) {
            case 0: {
                const auto payload = std::to_string(step);
                REQUIRE(store.put(message_ref::make({.topic = topic, .payload = tepore::as_bytes(payload), .retain = true})));
                model[topic] = payload;
                break;
            }
            case 1:
                store.erase(topic);
                model.erase(topic);
                break;
            default: {
                const auto filter = random_path(random, true);
                std::vector<message_ref> found;
                store.match(filter, {}, found);
                std::map<std::string, std::string> got, expected;
                for (const auto& m : found) got.emplace(m->view().topic, tepore::as_text(m->view().payload));
                for (const auto& [t, p] : model)
                    if (tepore::protocol::matches(filter, t)) expected.emplace(t, p);
                CAPTURE(filter);
                REQUIRE(got == expected);
                REQUIRE(found.size() == got.size());
            }
        }
        REQUIRE(store.size() == model.size());
    }
}

TEST_CASE("a full retained store keeps what it has") {
    retained_store store({.messages_max = 2, .bytes_max = 10'000});
    const auto m = [](std::string_view topic, std::size_t size = 1) {
        return message_ref::make({.topic = topic, .payload = tepore::as_bytes(std::string(size, 'x')), .retain = true});
    };
    CHECK(store.put(m("a")));
    CHECK(store.put(m("b")));
    CHECK(!store.put(m("c")));
    CHECK(store.put(m("a", 100)));
    CHECK(!store.put(m("a", 20'000)));
    store.erase("b");
    CHECK(store.put(m("c")));
    CHECK(store.size() == 2);
}

TEST_CASE("who asks a large retained store for everything meets what stays, once, whatever comes and goes meanwhile") {
    constexpr int staying = 20'000;  // more than one hold of the lock takes out
    retained_store store;
    const auto keep = [&](const std::string& topic) { REQUIRE(store.put(message_ref::make({.topic = topic, .payload = tepore::as_bytes("x")}))); };
    for (int i = 0; i < staying; ++i) {
        keep("stays/" + std::to_string(i));
        keep("goes/" + std::to_string(i));
    }
    std::atomic<bool> done = false;
    std::thread churn([&] {
        // The nodes of what goes are used for other topics at once.
        for (int i = 0; !done; i = (i + 1) % staying) {
            store.erase("goes/" + std::to_string(i));
            store.erase("comes/" + std::to_string(i));
            static_cast<void>(store.put(message_ref::make({.topic = "comes/" + std::to_string(i), .payload = tepore::as_bytes("x")})));
        }
    });
    for (const char* filter : {"#", "+/+", "stays/#", "stays/+"}) {
        std::vector<message_ref> found;
        store.match(filter, {}, found);
        std::set<std::string> stayed;
        for (const auto& m : found) {
            const auto topic = std::string(m->view().topic);
            REQUIRE(tepore::protocol::matches(filter, topic));
            if (topic.starts_with("stays/")) REQUIRE(stayed.insert(topic).second);
        }
        CHECK(stayed.size() == staying);
    }
    done = true;
    churn.join();
}

TEST_CASE("retained_store: a topic that is written again and again in one turn keeps few expiries, and the right ones") {
    retained_store store;
    const tepore::monotonic now{std::chrono::seconds(1)};
    const auto put = [&](std::string_view topic, std::uint32_t expiry_s) {
        return store.put(message_ref::make({.topic = topic,
                                            .payload = tepore::as_bytes("x"),
                                            .retain = true,
                                            .expires = now + std::chrono::seconds(expiry_s),
                                            .expiry_s = expiry_s}));
    };
    for (int i = 0; i < 50; ++i) CHECK(put("other/" + std::to_string(i), static_cast<std::uint32_t>(100 - i)));
    std::size_t most = 0;
    std::size_t clean_ups = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto before = store.expiries();
        REQUIRE(put("again", 10));
        most = std::max(most, store.expiries());
        clean_ups += store.expiries() <= before;
    }
    CHECK(most <= 2 * 51 + 1'024 + 1);
    CHECK(clean_ups < 20);  // each looks at all of them
    store.expire(now + std::chrono::seconds(9));
    CHECK(store.size() == 51);
    store.expire(now + std::chrono::seconds(10));
    CHECK(store.size() == 50);
    store.expire(now + std::chrono::seconds(75));
    CHECK(store.size() == 25);
    store.expire(now + std::chrono::seconds(100));
    CHECK(store.size() == 0);
    CHECK(store.expiries() == 0);
}
