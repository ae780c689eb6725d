// The queue of a shared subscription by itself: turns, sizes, expiry, and many threads at once.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <set>
#include <string>
#include <thread>

#include "broker/shared_group.hpp"

using namespace tepore::broker;
using tepore::monotonic;
using tepore::protocol::qos;

namespace {

constexpr group_limits roomy{100'000, 100'000'000};

message_ref message_of(std::string_view payload, qos q = qos::at_least_once, monotonic expires = tepore::never) {
    return message_ref::make({.topic = "t", .payload = tepore::as_bytes(payload), .qos = q, .expires = expires});
}

std::string payload_of(const message_ref& m) {
    return m ? std::string(tepore::as_text(m->view().payload)) : "nothing";
}

tepore::broker::group_member member(target who, qos granted = qos::exactly_once, readiness ready = readiness::all,
                                    std::uint32_t packet_bytes_max = 1'000'000) {
    auto state = std::make_shared<member_state>();
    state->ready = ready;
    state->packet_bytes_max = packet_bytes_max;
    return {who, subscription_terms({.qos = granted}, 0), std::move(state)};
}

struct room {
    shared_group group{"g", "t", 1, roomy};
    monotonic now{};
    std::size_t dropped = 0;

    std::string take(target who) { return payload_of(group.take(who, now, dropped)); }
};

}  // namespace

TEST_CASE("turns go round by member, and pass over those that cannot") {
    room r;
    const auto busy = member(5);
    for (const auto who : {9u, 2u, 7u}) CHECK(r.group.add(member(who)));
    CHECK(r.group.add(busy));
    std::vector<target> turns;
    for (int n = 0; n < 8; ++n) turns.push_back(r.group.put(message_of("x"), r.now).fetches);
    CHECK(turns == std::vector<target>{2, 5, 7, 9, 2, 5, 7, 9});
    busy.state->ready = readiness::qos_0;
    turns.clear();
    for (int n = 0; n < 4; ++n) turns.push_back(r.group.put(message_of("x"), r.now).fetches);
    CHECK(turns == std::vector<target>{2, 7, 9, 2});
    bool there = false;
    CHECK(r.group.choose(message_of("x", qos::at_most_once)->view(), there) == 5);  // QoS 0 needs no window
    CHECK(there);
    CHECK(r.group.remove(7));
    CHECK(!r.group.remove(7));
    CHECK(r.group.next_fetcher(r.now) == 9);
}

TEST_CASE("messages are taken in order, put back before all others, and end with the last member") {
    room r;
    CHECK(!r.group.put_back(message_of("nobody's")));
    r.group.add(member(1));
    r.group.add(member(2));
    for (const auto payload : {"a", "b", "c"}) CHECK(r.group.put(message_of(payload), r.now).kept);
    CHECK(r.take(3) == "nothing");  // no member
    CHECK(r.take(2) == "a");
    CHECK(r.take(1) == "b");
    CHECK(r.group.put_back(message_of("b")));
    CHECK(r.group.put_back(message_of("a")));
    CHECK(r.take(1) == "a");
    r.group.remove(1);
    CHECK(r.group.waiting() == 2);
    r.group.remove(2);
    CHECK(r.group.waiting() == 0);
}

TEST_CASE("limits, expiry and grants decide what waits") {
    shared_group group("g", "t", 1, {2, 10'000});
    const auto away = member(1, qos::at_least_once, readiness::away);
    group.add(away);
    const monotonic start{};
    CHECK(group.put(message_of("short", qos::at_least_once, start + std::chrono::seconds(5)), start).kept);
    CHECK(group.put(message_of("long"), start).kept);
    const auto third = group.put(message_of("third"), start);
    CHECK(!third.kept);
    CHECK(third.full);
    CHECK(!group.put(message_of("third"), start).full);                            // said once
    CHECK(group.put(message_of("fourth"), start + std::chrono::seconds(5)).kept);  // the first has expired
    CHECK(!group.put(message_of(std::string(10'001, 'x')), start).kept);
    away.state->ready = readiness::all;
    away.state->packet_bytes_max = 1'000;
    std::size_t dropped = 0;
    CHECK(payload_of(group.take(1, start + std::chrono::seconds(6), dropped)) == "long");

    shared_group for_qos_0("g", "t", 1, roomy);
    const auto listener = member(1, qos::at_most_once, readiness::away);
    for_qos_0.add(listener);
    CHECK(!for_qos_0.put(message_of("x"), start).kept);  // to nobody else would it be kept
    listener.state->ready = readiness::qos_0;
    CHECK(for_qos_0.put(message_of("x"), start).fetches == 1);
}

TEST_CASE("what is too large for a member waits for another, and for nobody it is dropped") {
    room r;
    const auto small = member(1, qos::at_least_once, readiness::all, 50);
    const auto large = member(2, qos::at_least_once, readiness::away, 10);
    r.group.add(small);
    CHECK(!r.group.put(message_of(std::string(100, 'x')), r.now).kept);
    r.group.add(large);
    CHECK(r.group.put(message_of(std::string(100, 'x')), r.now).fetches == tepore::broker::no_target);
    CHECK(r.group.put(message_of("y"), r.now).fetches == 1);
    CHECK(r.take(1) == "y");
    CHECK(r.take(1) == "nothing");
    large.state->ready = readiness::all;  // it is back, with a limit that is too small
    CHECK(r.take(2) == "nothing");
    CHECK(r.dropped == 1);
    CHECK(r.group.waiting() == 0);
}

TEST_CASE("many threads put and take at once: each message is taken once") {
    constexpr int per_publisher = 4'000;
    constexpr std::size_t total = 2 * per_publisher;
    room r;
    for (target who = 0; who < 3; ++who) r.group.add(member(who));
    std::atomic<std::size_t> taken{0};
    std::array<std::vector<std::string>, 3> got;
    std::vector<std::thread> threads;
    for (int p = 0; p < 2; ++p)
        threads.emplace_back([&, p] {
            for (int n = 0; n < per_publisher; ++n) (void)r.group.put(message_of(std::to_string(p * per_publisher + n)), r.now);
        });
    for (target who = 0; who < 3; ++who)
        threads.emplace_back([&, who] {
            std::size_t dropped = 0;
            while (taken.load() < total) {
                if (const auto m = r.group.take(who, r.now, dropped)) {
                    got[who].push_back(payload_of(m));
                    ++taken;
                } else {
                    std::this_thread::yield();
                }
            }
        });
    for (auto& t : threads) t.join();
    std::set<std::string> all;
    for (const auto& of_member : got) all.insert(of_member.begin(), of_member.end());
    CHECK(all.size() == total);
    CHECK(got[0].size() + got[1].size() + got[2].size() == total);
}
