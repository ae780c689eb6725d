// Finding who wants a topic, without the route cache: subscriptions as a house full of devices has them, and as an adversary would make them.
#include <memory>
#include <string>
#include <vector>

#include "broker/level_tree.hpp"
#include "broker/retained_store.hpp"
#include "broker/subscription_tree.hpp"
#include "micro/subject.hpp"

namespace tepore::bench {
namespace {

constexpr std::size_t subscriptions = 100'000;

std::string device(std::size_t i) {
    return "site" + std::to_string(i % 100) + "/room" + std::to_string(i / 100 % 100) + "/device" + std::to_string(i);
}

/// 60 % exact, 25 % with "+", 15 % with "#".
std::shared_ptr<broker::subscription_tree> many_subscriptions() {
    auto tree = std::make_shared<broker::subscription_tree>();
    for (std::size_t i = 0; i < subscriptions; ++i) {
        auto filter = device(i);
        if (i % 20 >= 17)
            filter += "/#";
        else if (i % 20 >= 12)
            filter += "/+";
        else
            filter += "/temperature";
        tree->subscribe(filter, broker::make_target(0, static_cast<std::uint32_t>(i % 1000)), broker::subscription_terms{});
    }
    return tree;
}

operation match_many() {
    auto tree = many_subscriptions();
    std::vector<std::string> topics;
    for (std::size_t i = 0; i < 1000; ++i) topics.push_back(device(i * 97 % (subscriptions * 4 / 3)) + "/temperature");  // one in four matches none
    return [tree, topics, found = std::vector<broker::subscriber>{}](std::size_t n) mutable {
        for (std::size_t i = 0; i < n; ++i) {
            found.clear();
            tree->match(topics[i % topics.size()], found);
            keep(found.data());
        }
    };
}

/// Every mix of "+" and "a" in eight levels, and a topic that they all match: 2^8 filters, and no more visits than the tree has nodes.
operation match_every_mix() {
    auto tree = std::make_shared<broker::subscription_tree>();
    for (unsigned mix = 0; mix < 256; ++mix) {
        std::string filter;
        for (unsigned level = 0; level < 8; ++level) filter += (mix >> level & 1) != 0 ? "+/" : "a/";
        tree->subscribe(filter + "#", broker::make_target(0, mix), broker::subscription_terms{});
    }
    return [tree, found = std::vector<broker::subscriber>{}](std::size_t n) mutable {
        for (std::size_t i = 0; i < n; ++i) {
            found.clear();
            tree->match("a/a/a/a/a/a/a/a", found);
            keep(found.data());
        }
    };
}

operation subscribe_and_unsubscribe() {
    auto tree = many_subscriptions();
    return [tree, count = std::size_t{0}](std::size_t n) mutable {
        for (std::size_t i = 0; i < n; ++i) {
            const auto filter = device(subscriptions + count++ % 1000) + "/set";
            tree->subscribe(filter, broker::make_target(0, 7), broker::subscription_terms{});
            keep(tree->unsubscribe(filter, broker::make_target(0, 7)));
        }
    };
}

operation retain() {
    auto store = std::make_shared<broker::retained_store>();
    const auto put = [store](std::size_t i) {
        static const std::vector<std::uint8_t> payload(64, 'x');
        const auto topic = device(i) + "/state";
        return store->put(broker::message_ref::make({.topic = topic, .payload = payload}));
    };
    for (std::size_t i = 0; i < 10'000; ++i) keep(put(i));
    return [put](std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) keep(put(i % 10'000));
    };
}

operation retained_match_all() {
    auto store = std::make_shared<broker::retained_store>();
    static const std::vector<std::uint8_t> payload(64, 'x');
    for (std::size_t i = 0; i < 1000; ++i) {
        const auto topic = device(i) + "/state";
        keep(store->put(broker::message_ref::make({.topic = topic, .payload = payload})));
    }
    return [store, found = std::vector<broker::message_ref>{}](std::size_t n) mutable {
        for (std::size_t i = 0; i < n; i += 1000) {
            found.clear();
            store->match("#", monotonic{}, found);
            keep(found.data());
        }
    };
}

}  // namespace

void add_topics(std::vector<subject>& to) {
    to.push_back({"topics/match_100k_subscriptions", match_many});
    to.push_back({"topics/match_every_mix_of_8_levels", match_every_mix, 100});
    to.push_back({"topics/subscribe_and_unsubscribe", subscribe_and_unsubscribe});
    to.push_back({"topics/retain_again", retain});
    to.push_back({"topics/retained_message_found", retained_match_all, 10'000});
}

}  // namespace tepore::bench
