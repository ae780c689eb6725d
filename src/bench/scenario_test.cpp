// Whole scenarios against a broker in memory: a good one, and one that is wrong in one way each.
#include <doctest/doctest.h>

#include <array>
#include <optional>

#include "bench/crew.hpp"
#include "bench/fake_world.hpp"
#include "bench/scenario.hpp"

using namespace std::chrono_literals;
using namespace tepore;
using namespace tepore::bench;
using namespace tepore::bench::testing;

namespace {

constexpr std::uint64_t this_run = 0x1234'5678;

options small(scenario s) {
    options o;
    o.scenario = s;
    o.broker = *net::parse_address("mqtt://127.0.0.1:1883");
    o.publishers = s == scenario::fanout ? 2 : 4;
    o.receivers = s == scenario::fanin ? 1 : 4;
    o.connections = 10;
    o.clients = 12;
    o.count = 200;
    o.churn_per_s = 500;
    o.frozen = 5;
    if (s == scenario::offline) o.qos = protocol::qos::at_least_once;
    o.window = 8;
    o.rate = 2000;
    o.seconds = 0.2;
    o.warmup_s = 0.05;
    if (s == scenario::match || s == scenario::churn) o.seconds = 0.1;  // the broker in memory tries every filter
    if (s == scenario::overload) {                                      // what the flood sends stays in this process's memory
        o.payload_bytes = 4096;
        o.warmup_s = 0.01;
        o.seconds = 0.05;
    }
    o.drain_s = 3;
    o.patience_s = 1;
    return o;
}

/// The value of a field in the JSON, as text.
std::string field(const report& r, const std::string& name) {
    const auto json = r.json();
    const auto key = '"' + name + "\":";
    const auto at = json.find(key);
    REQUIRE_MESSAGE(at != json.npos, name << " is not in " << json);
    const auto begin = at + key.size();
    return json.substr(begin, json.find_first_of(",}", begin) - begin);
}

std::uint64_t number(const report& r, const std::string& name) {
    return std::stoull(field(r, name));
}

constexpr std::array all_scenarios{scenario::pubsub, scenario::fanout, scenario::fanin,    scenario::latency, scenario::idle,
                                   scenario::match,  scenario::churn,  scenario::retained, scenario::offline, scenario::overload};

/// A run in which the broker does this to the nth delivery, and is good otherwise.
report spoiled(options o, deed what, std::uint64_t nth) {
    fake_world w;
    w.sabotage = [=](std::uint64_t n) { return n == nth ? what : deed::deliver; };
    return run_scenario(o, w, this_run);
}
report spoiled(scenario s, deed what, std::uint64_t nth, std::optional<protocol::qos> q = std::nullopt) {
    auto o = small(s);
    o.qos = q.value_or(o.qos);
    return spoiled(o, what, nth);
}

std::uint64_t deliveries_of_a_good_run(scenario s) {
    fake_world w;
    CHECK(run_scenario(small(s), w, this_run).how() == verdict::good);
    return w.deliveries();
}

/// In overload, one that goes to a frozen client while the flood lasts.
constexpr std::uint64_t frozen_delivery = 1009;

constexpr auto qos_0 = protocol::qos::at_most_once;
constexpr auto qos_1 = protocol::qos::at_least_once;
constexpr auto qos_2 = protocol::qos::exactly_once;

}  // namespace

TEST_CASE("a good broker passes all scenarios at every QoS and in both versions") {
    for (const auto s : {scenario::pubsub, scenario::fanout, scenario::fanin, scenario::latency, scenario::idle}) {
        for (const auto q : {qos_0, qos_1, qos_2}) {
            for (const auto v : {protocol::version::v3_1_1, protocol::version::v5}) {
                CAPTURE(name_of(s));
                CAPTURE(static_cast<int>(q));
                fake_world w;
                auto o = small(s);
                o.qos = q;
                o.version = v;
                const auto r = run_scenario(o, w, this_run);
                CHECK(r.how() == verdict::good);
                CHECK(r.sentence() == "every message arrived once and in order");
                CHECK(number(r, "received_messages") == number(r, "expected_messages"));
                CHECK(number(r, "received_messages") == w.deliveries());
                CHECK(number(r, "received_messages") >= 10);
            }
        }
    }
}

TEST_CASE("a run holds as many connections at once as it said before") {
    for (const auto s : all_scenarios) {
        CAPTURE(name_of(s));
        fake_world w;
        CHECK(run_scenario(small(s), w, this_run).how() == verdict::good);
        CHECK(w.connections_max() == demand_of(small(s)).connections);
    }
}

TEST_CASE("the window is kept: at most so many messages are under way") {
    fake_world w;
    auto o = small(scenario::pubsub);
    o.publishers = o.receivers = 1;
    o.window = 5;
    // A turn is a millisecond, and a window passes in one.
    const auto r = run_scenario(o, w, this_run);
    CHECK(number(r, "received_messages_per_s") == doctest::Approx(5000).epsilon(0.03));
}

TEST_CASE("the open loop sends at its rate") {
    fake_world w;
    auto o = small(scenario::latency);
    const auto r = run_scenario(o, w, this_run);
    CHECK(number(r, "sent_messages_per_s") == doctest::Approx(2000).epsilon(0.02));
}

/// The middle of the measured time of small(): there the broker stands still.
monotonic middle(fake_world& w, const options& o) {
    return w.now() + from_seconds(o.warmup_s + o.seconds / 2);
}

TEST_CASE("a message counts by when it was due: what the broker holds back until after the measured time is its slowest") {
    for (const auto s : {scenario::latency, scenario::pubsub}) {
        CAPTURE(name_of(s));
        fake_world w;
        const auto o = small(s);
        w.frozen_from = middle(w, o);
        w.frozen_until = w.frozen_from + 1s;
        const auto r = run_scenario(o, w, this_run);
        CHECK(r.how() == verdict::good);
        CHECK(number(r, "lost_messages") == 0);
        CHECK(std::stod(field(r, "latency_max_us")) == doctest::Approx(1e6).epsilon(0.02));
        if (s == scenario::latency) CHECK(std::stod(field(r, "latency_p99_us")) > 9e5);
    }
}

TEST_CASE("of nothing there is no latency") {
    fake_world w;
    auto o = small(scenario::latency);
    w.frozen_from = w.now() + from_seconds(o.warmup_s / 2);
    const auto r = run_scenario(o, w, this_run);
    CHECK(r.how() == verdict::loss);
    CHECK(field(r, "latency_p99_us") == "null");
    CHECK(r.table().find(" - us") != std::string::npos);
    fake_world deaf;
    o = small(scenario::overload);
    deaf.sabotage = [&](std::uint64_t) {
        const auto since_start = deaf.now() - monotonic(1000s);
        return since_start > from_seconds(2 * (o.warmup_s + o.seconds)) ? deed::lose : deed::deliver;
    };
    const auto none_held = run_scenario(o, deaf, this_run);
    CHECK(field(none_held, "latency_held_p50_us") == "null");
    CHECK(field(none_held, "latency_p99_growth_held_percent") == "null");
}

TEST_CASE("what was due and could not be sent fails, names the bound, and is not the generator's lateness") {
    fake_world w;
    auto o = small(scenario::latency);
    o.qos = qos_1;
    o.version = protocol::version::v5;
    w.receive_maximum = 10;
    w.frozen_from = middle(w, o);
    const auto stuck = run_scenario(o, w, this_run);
    CHECK(stuck.how() == verdict::loss);
    CHECK(number(stuck, "unsent_messages") == doctest::Approx(200 - 4 * 10).epsilon(0.1));
    CHECK(stuck.sentence().find("were due and never sent: the 10 messages before them") != std::string::npos);
    CHECK(w.too_many() == 0);

    fake_world thawing;
    thawing.receive_maximum = 10;
    thawing.frozen_from = middle(thawing, o);
    thawing.frozen_until = thawing.frozen_from + 50ms;
    const auto late = run_scenario(o, thawing, this_run);
    CHECK(late.how() == verdict::good);
    CHECK(number(late, "unsent_messages") == 0);
    CHECK(std::stod(field(late, "latency_max_us")) > 40'000);
    CHECK(std::stod(field(late, "generator_late_max_us")) <= 1000);  // a turn
}

TEST_CASE("a lost message is noticed") {
    for (const auto s : {scenario::pubsub, scenario::fanout, scenario::fanin, scenario::latency, scenario::idle}) {
        for (const auto q : {qos_1, qos_2}) {
            CAPTURE(name_of(s));
            const auto r = spoiled(s, deed::lose, 5, q);
            CHECK(r.how() == verdict::loss);
            CHECK(number(r, "lost_messages") == 1);
        }
    }
}

TEST_CASE("loss at QoS 0 is told; in the open loop it fails") {
    const auto lose_some = [](std::uint64_t n) { return n % 100 == 7 ? deed::lose : deed::deliver; };
    fake_world w;
    w.sabotage = lose_some;
    const auto closed = run_scenario(small(scenario::pubsub), w, this_run);
    CHECK(closed.how() == verdict::good);
    CHECK(number(closed, "lost_messages") > 0);
    CHECK(closed.sentence().find("of QoS 0 were lost") != std::string::npos);
    fake_world v;
    v.sabotage = lose_some;
    const auto open = run_scenario(small(scenario::latency), v, this_run);
    CHECK(open.how() == verdict::loss);
}

TEST_CASE("a window that is lost whole does not stop the run") {
    fake_world w;
    w.sabotage = [](std::uint64_t n) { return n >= 96 && n < 128 ? deed::lose : deed::deliver; };
    auto o = small(scenario::pubsub);
    o.seconds = 3;
    const auto r = run_scenario(o, w, this_run);
    CHECK(number(r, "stalls") > 0);
    CHECK(number(r, "received_messages") > 1000);
}

TEST_CASE("a repeated message is noticed at every QoS") {
    for (const auto q : {qos_0, qos_1, qos_2}) {
        const auto r = spoiled(scenario::fanout, deed::repeat, 50, q);
        CHECK(r.how() == verdict::loss);
        CHECK(number(r, "duplicate_messages") == 1);
        CHECK(number(r, "lost_messages") == 0);
    }
}

TEST_CASE("a repetition is noticed that comes after the last message, in every scenario") {
    for (const auto s : all_scenarios) {
        CAPTURE(name_of(s));
        const auto r = spoiled(s, deed::repeat_later, deliveries_of_a_good_run(s) - 1);
        CHECK(r.how() == verdict::loss);
        CHECK(number(r, "duplicate_messages") == 1);
        CHECK(number(r, "lost_messages") == 0);
    }
}

TEST_CASE("a wrong order is noticed at every QoS, and is no loss") {
    for (const auto q : {qos_0, qos_1, qos_2}) {
        const auto r = spoiled(scenario::pubsub, deed::swap_with_next, 50, q);
        CHECK(r.how() == verdict::loss);
        CHECK(number(r, "reordered_messages") == 1);
        CHECK(number(r, "lost_messages") == 0);
    }
}

TEST_CASE("an altered or foreign message is trouble in every scenario: content, topic and flags") {
    for (const auto s : all_scenarios) {
        for (const auto what : {deed::alter_payload, deed::alter_stamp, deed::wrong_topic, deed::wrong_retain}) {
            CAPTURE(name_of(s));
            CAPTURE(static_cast<int>(what));
            const auto r = spoiled(s, what, 5);
            CHECK(r.how() == verdict::trouble);
            CHECK(number(r, "altered_messages") == 1);
        }
    }
}

TEST_CASE("a message that goes to the wrong client, or to it as well, is trouble") {
    for (const auto s : {scenario::pubsub, scenario::latency, scenario::idle, scenario::match, scenario::churn, scenario::offline}) {
        CAPTURE(name_of(s));
        const std::uint64_t nth = s == scenario::offline ? 700 : 5;  // when all are there
        const auto instead = spoiled(s, deed::to_the_next_client, nth);
        CHECK(instead.how() == verdict::trouble);
        CHECK(number(instead, "misrouted_messages") == 1);
        CHECK(number(instead, "lost_messages") == 1);
        const auto too = spoiled(s, deed::also_to_the_next_client, nth);
        CHECK(too.how() == verdict::trouble);
        CHECK(number(too, "misrouted_messages") == 1);
        CHECK(number(too, "lost_messages") == 0);
    }
}

TEST_CASE("a message that is never acknowledged is noticed") {
    fake_world w;
    w.withholds_ack = [](std::uint64_t n) { return n == 0; };
    auto o = small(scenario::pubsub);
    o.qos = qos_1;
    const auto r = run_scenario(o, w, this_run);
    CHECK(r.how() == verdict::loss);
    CHECK(number(r, "unacknowledged_messages") == 1);
    CHECK(r.sentence() == "1 messages were never acknowledged");
}

TEST_CASE("a broker that refuses or hangs up is trouble, and the run ends") {
    for (const auto s : all_scenarios) {
        CAPTURE(name_of(s));
        fake_world refusing;
        refusing.refuse_connections = true;
        CHECK(run_scenario(small(s), refusing, this_run).how() == verdict::trouble);
        fake_world closing;
        closing.close_after_connack = true;
        CHECK(run_scenario(small(s), closing, this_run).how() == verdict::trouble);
        fake_world strict;
        strict.refuse_subscriptions = true;
        if (s != scenario::retained) CHECK(run_scenario(small(s), strict, this_run).sentence().find("refused a subscription") != std::string::npos);
    }
}

TEST_CASE("match and churn pass with a good broker, and churn churns") {
    for (const auto s : {scenario::match, scenario::churn}) {
        for (const auto shape : {match_shape::plain, match_shape::deep}) {
            for (const auto v : {protocol::version::v3_1_1, protocol::version::v5}) {
                if (s == scenario::churn && shape == match_shape::deep) continue;
                CAPTURE(name_of(s));
                fake_world w;
                auto o = small(s);
                o.shape = shape;
                o.version = v;
                const auto r = run_scenario(o, w, this_run);
                CHECK(r.how() == verdict::good);
                CHECK(r.sentence() == "every message arrived once and in order");
                CHECK(number(r, "received_messages") == w.deliveries());
                CHECK(number(r, "received_messages") > 1000);
                CHECK(number(r, "sent_messages") > number(r, shape == match_shape::deep ? "stalls" : "received_messages"));
                if (s == scenario::churn) CHECK(number(r, "churn_per_s") == doctest::Approx(500).epsilon(0.05));
            }
        }
    }
}

TEST_CASE("match notices what goes wrong") {
    const auto repeated = spoiled(scenario::match, deed::repeat, 100);
    CHECK(repeated.how() == verdict::loss);
    CHECK(number(repeated, "duplicate_messages") == 1);
    auto one_publisher = small(scenario::match);
    one_publisher.publishers = 1;
    const auto swapped = spoiled(one_publisher, deed::swap_with_next, 100);
    CHECK(swapped.how() == verdict::loss);
    CHECK(number(swapped, "reordered_messages") == 1);
    const auto lost = spoiled(scenario::match, deed::lose, 100);
    CHECK(lost.how() == verdict::good);
    CHECK(number(lost, "lost_messages") == 1);
}

TEST_CASE("match: a lost message slows nobody") {
    const auto without = spoiled(scenario::match, deed::deliver, 5);
    const auto with = spoiled(scenario::match, deed::lose, 5);
    CHECK(number(with, "stalls") == 0);
    CHECK(static_cast<double>(number(with, "received_messages")) > 0.9 * static_cast<double>(number(without, "received_messages")));
}

TEST_CASE("retained and offline pass with a good broker, and leave nothing behind") {
    for (const auto s : {scenario::retained, scenario::offline}) {
        for (const auto q : {qos_0, qos_1, qos_2}) {
            for (const auto v : {protocol::version::v3_1_1, protocol::version::v5}) {
                if (s == scenario::offline && q == qos_0) continue;
                CAPTURE(name_of(s));
                CAPTURE(static_cast<int>(q));
                fake_world w;
                auto o = small(s);
                o.qos = q;
                o.version = v;
                const auto r = run_scenario(o, w, this_run);
                CHECK(r.how() == verdict::good);
                CHECK(r.sentence() == "every message arrived once and in order");
                CHECK(number(r, "received_messages") == (s == scenario::retained ? 200u : 800u));
                CHECK(w.retained_messages() == 0);
                CHECK(w.queued_messages() == 0);
            }
        }
    }
}

TEST_CASE("retained and offline notice what goes wrong") {
    for (const auto s : {scenario::retained, scenario::offline}) {
        CAPTURE(name_of(s));
        const auto lost = spoiled(s, deed::lose, 100);
        CHECK(lost.how() == verdict::loss);
        CHECK(number(lost, "lost_messages") == 1);
        const auto repeated = spoiled(s, deed::repeat, 100);
        CHECK(repeated.how() == verdict::loss);
        CHECK(number(repeated, "duplicate_messages") == 1);
    }
    fake_world w;
    w.forget_sessions = true;
    const auto forgotten = run_scenario(small(scenario::offline), w, this_run);
    CHECK(forgotten.how() == verdict::trouble);
    CHECK(forgotten.sentence().find("the broker forgot the session") != std::string::npos);
}

TEST_CASE("retained and offline remove what they stored also after trouble, and tell when they cannot") {
    for (const auto s : {scenario::retained, scenario::offline}) {
        CAPTURE(name_of(s));
        auto o = small(s);
        fake_world pausing;  // in the middle it forgets the windows of all four publishers
        pausing.withholds_ack = [](std::uint64_t n) { return n >= 50 && n < 50 + 4 * 8; };
        const auto removed = run_scenario(o, pausing, this_run);
        CHECK(removed.how() == verdict::trouble);
        CHECK(removed.sentence() == "messages were not acknowledged in time");
        CHECK(pausing.retained_messages() == 0);
        CHECK(pausing.kept_sessions() == 0);
        CHECK(pausing.queued_messages() == 0);

        fake_world gone;  // as if it hung from then on
        gone.frozen_from = gone.now() + (s == scenario::retained ? 8ms : 330ms);
        const auto left = run_scenario(o, gone, this_run);
        CHECK(left.how() == verdict::trouble);
        CHECK(left.sentence().find("may be left on the broker: ") != std::string::npos);
        CHECK(left.sentence().find(s == scenario::retained
                                       ? "retained messages may be left on the broker: bench1234/r/#"
                                       : "up to 4 sessions with their messages may be left on the broker: clients tb12345678o...") !=
              std::string::npos);
    }
}

TEST_CASE("overload passes with a good broker: what is sent at QoS 1 arrives, the frozen come back") {
    for (const auto q : {qos_0, qos_1}) {
        fake_world w;
        auto o = small(scenario::overload);
        o.qos = q;
        const auto r = run_scenario(o, w, this_run);
        CHECK(r.how() == verdict::good);
        CHECK(r.sentence() == "every message of the pairs, and every one of QoS 1 of the flood, arrived once and in order");
        CHECK(number(r, "flood_sent_messages") > 1000);
        CHECK(number(r, "flood_received_messages") == number(r, "flood_sent_messages"));
        CHECK(number(r, "frozen_received_messages") == 5 * number(r, "flood_sent_messages"));
        CHECK(number(r, "received_messages_per_s_flooded") == doctest::Approx(2000).epsilon(0.05));
        CHECK(number(r, "received_messages") == number(r, "expected_messages"));
        CHECK(number(r, "frozen_closed_clients") == 0);
    }
}

TEST_CASE("overload: a broker may close the connections of the frozen, once each, and break no other rule") {
    for (const auto v : {protocol::version::v3_1_1, protocol::version::v5}) {
        fake_world closing;
        auto o = small(scenario::overload);
        o.version = v;
        closing.sabotage = [](std::uint64_t n) { return n == frozen_delivery ? deed::say_goodbye : deed::deliver; };
        const auto closed = run_scenario(o, closing, this_run);
        CHECK(closed.how() == verdict::good);
        CHECK(number(closed, "frozen_closed_clients") == 1);

        fake_world breaking;
        breaking.sabotage = [](std::uint64_t n) { return n == frozen_delivery ? deed::unasked_ack : deed::deliver; };
        const auto broken = run_scenario(o, breaking, this_run);
        CHECK(broken.how() == verdict::trouble);
        CHECK(broken.sentence().find("an acknowledgement that no message waits for") != std::string::npos);
        CHECK(number(broken, "frozen_closed_clients") == 0);
    }
}

TEST_CASE("overload keeps to the broker's receive maximum, also when the flood ends") {
    fake_world w;
    w.receive_maximum = 10;
    auto o = small(scenario::overload);
    o.version = protocol::version::v5;
    const auto r = run_scenario(o, w, this_run);
    CHECK(r.how() == verdict::good);
    CHECK(number(r, "flood_sent_messages") > 100);
    CHECK(w.too_many() == 0);
    fake_world silent;
    silent.receive_maximum = 10;
    silent.withholds_ack = [](std::uint64_t n) { return n >= 100; };
    CHECK(run_scenario(o, silent, this_run).how() == verdict::trouble);
    CHECK(silent.too_many() == 0);
}

TEST_CASE("overload: what was due is sent late rather than never, also where a pause ends the part") {
    fake_world w;
    auto o = small(scenario::overload);
    o.qos = qos_1;
    o.version = protocol::version::v5;
    w.receive_maximum = 3;
    w.frozen_from = w.now() + from_seconds(o.warmup_s + o.seconds / 2);  // in the part before the flood
    w.frozen_until = w.frozen_from + 300ms;
    const auto r = run_scenario(o, w, this_run);
    CHECK(r.how() == verdict::good);
    CHECK(number(r, "unsent_messages") == 0);
    CHECK(std::stod(field(r, "latency_before_max_us")) > 200'000);
    CHECK(std::stod(field(r, "latency_flooded_max_us")) < 100'000);
}

TEST_CASE("overload: the flood keeps to its rate when it has one") {
    fake_world w;
    auto o = small(scenario::overload);
    o.flood_per_s = 1000;
    const auto r = run_scenario(o, w, this_run);
    CHECK(r.how() == verdict::good);
    CHECK(number(r, "flood_messages_per_s") == doctest::Approx(1000).epsilon(0.05));
    CHECK(number(r, "flood_sent_messages") == doctest::Approx(60).epsilon(0.1));
}

TEST_CASE("overload notices messages of QoS 1 that a reader does not get, and what comes twice") {
    // Deliveries of the flood: to the reader and the five frozen, in this broker's order of sessions.
    std::uint64_t lost_qos_1 = 0;
    std::uint64_t repeated = 0;
    for (std::uint64_t at = 1000; at < 1012; ++at) {
        const auto losing = spoiled(scenario::overload, deed::lose, at);
        const bool told = number(losing, "flood_lost_qos1_messages") == 1;
        CHECK(losing.how() == (told ? verdict::loss : verdict::good));
        lost_qos_1 += told ? 1u : 0u;
        repeated += spoiled(scenario::overload, deed::repeat, at).how() == verdict::loss ? 1u : 0u;
    }
    CHECK(lost_qos_1 >= 1);
    CHECK(repeated == 12);
}

TEST_CASE("the broker's cost is told for each delivery") {
    fake_world w;
    const auto r = run_scenario(small(scenario::pubsub), w, this_run);
    // The fake broker uses half of the time.
    CHECK(field(r, "broker_cpu_cores") == "0.500");
    CHECK(std::stod(field(r, "broker_cpu_us_per_delivery")) ==
          doctest::Approx(1e6 / 2 / static_cast<double>(number(r, "received_messages_per_s"))).epsilon(0.01));
}
