// The subscription tree and the retained store against the plain definition of matching.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

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
