// Whom a message reaches is told by the topics; here it is compared with what the standard says of each single filter.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/hash.hpp"
#include "bench/match_topics.hpp"
#include "protocol/topic.hpp"

using namespace tepore;
using namespace tepore::bench;

namespace {

options sizes(std::uint32_t count, std::uint32_t clients, std::uint32_t siblings = 8) {
    options o;
    o.count = count;
    o.clients = clients;
    o.siblings = siblings;
    return o;
}

struct all_filters {
    all_filters(const match_topics& t, std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) {
            std::string filter;
            t.filter(i, filter);
            filters.push_back(std::move(filter));
            owners.push_back(t.owner(i));
        }
    }
    [[nodiscard]] std::multiset<std::uint32_t> whom(const std::string& topic) const {
        std::multiset<std::uint32_t> out;
        for (std::size_t i = 0; i < filters.size(); ++i) {
            if (protocol::matches(filters[i], topic)) out.insert(owners[i]);
        }
        return out;
    }
    std::vector<std::string> filters;
    std::vector<std::uint32_t> owners;
};

void check_topics(const match_topics& t, std::uint32_t count) {
    const all_filters all(t, count);
    for (const auto& filter : all.filters) REQUIRE(protocol::check_topic_filter(filter));
    int reaching_nobody = 0;
    constexpr int messages = 400;
    for (std::uint64_t n = 0; n < messages; ++n) {
        std::string topic;
        recipients to;
        t.message(mix(n + 1, 0x9e37'79b9'7f4a'7c15) ^ mix(n + 5, 0xbf58'476d'1ce4'e5b9) << 7, n, topic, to);
        CAPTURE(topic);
        REQUIRE(protocol::check_topic_name(topic));
        const std::multiset<std::uint32_t> told(to.all().begin(), to.all().end());
        REQUIRE(all.whom(topic) == told);
        // One subscription for each client: whether overlapping ones make one delivery or two is the broker's choice.
        REQUIRE(std::set<std::uint32_t>(told.begin(), told.end()).size() == told.size());
        reaching_nobody += to.empty() ? 1 : 0;
    }
    CHECK(reaching_nobody > messages / 8);
    CHECK(reaching_nobody < messages / 2);
}

}  // namespace

TEST_CASE("plain topics reach whom they are said to reach") {
    check_topics(*plain_topics(sizes(1'000, 17), "b/m/", false), 1'000);
    check_topics(*plain_topics(sizes(1'000, 17), "b/m/", true), 1'000);
    check_topics(*plain_topics(sizes(8, 1), "b/m/", false), 8);
}

TEST_CASE("fresh topics never come twice") {
    const auto t = plain_topics(sizes(1'000, 10), "b/m/", true);
    std::set<std::string> seen;
    for (std::uint64_t n = 0; n < 2'000; ++n) {
        std::string topic;
        recipients to;
        t->message(mix(n + 1, 0x9e37'79b9'7f4a'7c15), n, topic, to);
        CHECK(seen.insert(topic).second);
    }
}

TEST_CASE("deep topics reach whom they are said to reach") {
    for (const std::uint32_t siblings : {1u, 2u, 8u, 13u}) {
        CAPTURE(siblings);
        check_topics(*deep_topics(sizes(1'000, 100, siblings), "b/d/"), 1'000);
    }
}

TEST_CASE("deep filters have 5 to 32 levels, many a +, and ends of every kind") {
    const all_filters all(*deep_topics(sizes(4'000, 100), "b/d/"), 4'000);
    std::size_t most = 0;
    std::size_t plus = 0;
    std::size_t hash = 0;
    std::size_t levels = 0;
    for (const auto& filter : all.filters) {
        const auto these = static_cast<std::size_t>(std::ranges::count(filter, '/')) + 1;
        levels += these;
        most = std::max(most, these);
        plus += static_cast<std::size_t>(std::ranges::count(filter, '+'));
        hash += filter.ends_with('#') ? 1u : 0u;
    }
    CHECK(most == 32);
    CHECK(plus > levels / 3);
    CHECK(hash > all.filters.size() / 4);
    CHECK(hash < all.filters.size() * 3 / 4);
    CHECK(std::set<std::string>(all.filters.begin(), all.filters.end()).size() > all.filters.size() * 3 / 4);
}
