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

/// `changes`: the subscriptions change between any two lookups, so that nothing remembered is good any more.
operation look_up(bool changes) {
    auto routes = std::make_shared<broker::route_cache>(8192);
    return [routes, topics = thousand_topics(), version = std::uint64_t{1}, changes](std::size_t n) mutable {
        for (std::size_t i = 0; i < n; ++i) {
            if (changes) ++version;
            keep(&routes->find(topics[i % topics.size()], version, [](std::string_view, broker::route& r) { r.local.emplace_back(); }));
        }
    };
}

}  // namespace

void add_routes(std::vector<subject>& to) {
    to.push_back({"routes/known", [] { return look_up(false); }});
    to.push_back({"routes/outdated", [] { return look_up(true); }});
}

}  // namespace tepore::bench
