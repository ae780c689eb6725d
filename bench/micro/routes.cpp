// The shard's memory of where topics go.
#include <memory>
#include <string>
#include <vector>

#include "broker/route_cache.hpp"
#include "micro/subject.hpp"

namespace tepore::bench {
namespace {

std::vector<std::string> thousand_topics() {
    std::vector<std::string> topics;
    for (std::size_t i = 0; i < 1000; ++i) topics.push_back("home/" + std::to_string(i) + "/zone/kitchen/temperature");
    return topics;
}

enum class changes : std::uint8_t { none, elsewhere, here };

/// The subscriptions change between any two lookups: such that can concern the topic, so that nothing remembered is good any more, or others.
operation look_up(changes which) {
    auto routes = std::make_shared<broker::route_cache>(8192);
    auto versions = std::make_shared<broker::filter_versions>();
    return [routes, versions, topics = thousand_topics(), version = std::uint64_t{1}, which](std::size_t n) mutable {
        const auto version_of = [&](std::string_view topic) { return versions->of(topic) + (which == changes::here ? version : 0); };
        for (std::size_t i = 0; i < n; ++i) {
            if (which != changes::none) ++version;
            keep(&routes->find(topics[i % topics.size()], version, version_of, [](std::string_view, broker::route& r) { r.local.emplace_back(); }));
        }
    };
}

}  // namespace

void add_routes(std::vector<subject>& to) {
    to.push_back({"routes/known", [] { return look_up(changes::none); }});
    to.push_back({"routes/changes_elsewhere", [] { return look_up(changes::elsewhere); }});
    to.push_back({"routes/outdated", [] { return look_up(changes::here); }});
}

}  // namespace tepore::bench
