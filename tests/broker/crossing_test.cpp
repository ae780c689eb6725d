// What goes from one shard to another, and how much of it at a time.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "broker/shard.hpp"
#include "support/one_shard.hpp"

using namespace std::chrono_literals;
using namespace tepore;
using bench::wire;
using protocol::qos;
using protocol::version;

namespace {

using packet_bytes = std::vector<std::uint8_t>;

packet_bytes publish_of(std::string_view payload, qos q = qos::at_most_once, protocol::packet_id id = 0, version v = version::v3_1_1,
                        std::string_view topic = "a/topic") {
    return wire(protocol::publish{.topic = topic, .payload = as_bytes(payload), .qos = q, .id = id}, v);
}

packet_bytes run_of(std::size_t count, qos q = qos::at_most_once) {
    packet_bytes bytes;
    for (std::size_t i = 0; i < count; ++i) {
        const auto one = publish_of(std::to_string(1'000 + i), q, static_cast<protocol::packet_id>(q == qos::at_most_once ? 0 : i + 1));
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    return bytes;
}

/// A publisher on the one, and a subscriber on the other.
struct two_shards {
    explicit two_shards(qos q = qos::at_most_once, broker::limits limits = {}, version v = version::v3_1_1)
        : shared(2, std::move(limits)), spoken(v) {
        for (unsigned i = 0; i < 2; ++i) {
            shards[i] = std::make_unique<broker::shard>(i, shared, store, silent_log());
            shards[i]->start(now);
        }
        writer = connect(0);
        reader = subscriber(1, q);
    }
    ~two_shards() {
        for (const auto& [shard, c] : connections) shards[shard]->closed(*c, now);
    }
    two_shards(const two_shards&) = delete;
    two_shards& operator=(const two_shards&) = delete;

    broker::connection* connect(unsigned shard) {
        std::string name = "client" + std::to_string(connections.size());
        while (shards[0]->owner_of(name) != shard) name += '.';
        auto* c = &shards[shard]->open("test", now);
        connections.emplace_back(shard, c);
        protocol::connect p;
        p.version = spoken;
        p.client_id = name;
        p.clean_start = true;
        packet_bytes bytes(protocol::encoded_size(p));
        protocol::encode(p, bytes);
        shards[shard]->receive(*c, bytes, now);
        static_cast<void>(flush(shard));
        return c;
    }

    broker::connection* subscriber(unsigned shard, qos q) {
        auto* c = connect(shard);
        packet_bytes list;
        protocol::subscription_list::append(list, "a/topic", {.qos = q});
        shards[shard]->receive(*c, wire(protocol::subscribe{1, {}, protocol::subscription_list(list)}, spoken), now);
        static_cast<void>(flush(shard));
        return c;
    }

    void send(byte_view bytes) { shards[0]->receive(*writer, bytes, now); }

    /// The network takes everything. What it took.
    packet_bytes flush(unsigned shard) {
        packet_bytes bytes;
        while (auto* c = shards[shard]->take_dirty()) {
            while (!c->out.empty()) {
                iovec part{};
                static_cast<void>(c->out.gather({&part, 1}));
                const auto* from = static_cast<const std::uint8_t*>(part.iov_base);
                bytes.insert(bytes.end(), from, from + part.iov_len);
                c->out.consume(part.iov_len, shards[shard]->pool());
            }
            shards[shard]->flushed(*c, now);
        }
        shards[shard]->turn_over();
        return bytes;
    }

    [[nodiscard]] std::vector<std::size_t> crossings() {
        std::vector<std::size_t> messages;
        for (const auto& one : shards[0]->outgoing(1)) messages.push_back(one.messages());
        return messages;
    }
    packet_bytes delivered() {
        auto batch = std::exchange(shards[0]->outgoing(1), {});
        CHECK(shards[1]->deliver(batch, now) == batch.size());
        return flush(1);
    }

    monotonic now{1s};
    broker::memory_store store;
    broker::commons shared;
    version spoken;
    std::array<std::unique_ptr<broker::shard>, 2> shards;
    std::vector<std::pair<unsigned, broker::connection*>> connections;
    broker::connection* writer = nullptr;
    broker::connection* reader = nullptr;
};

using sizes = std::vector<std::size_t>;

}  // namespace

TEST_CASE("packets that are alike: where their topics and payloads are") {
    for (const auto v : {version::v3_1_1, version::v5}) {
        for (const std::size_t length : {0u, 5u, 119u, 120u, 300u, 4'000u}) {  // the packet's length is one byte or two
            const std::string payload(length, 'p');
            for (const auto q : {qos::at_most_once, qos::at_least_once, qos::exactly_once}) {
                const auto one = publish_of(payload, q, static_cast<protocol::packet_id>(q == qos::at_most_once ? 0 : 0x1234), v);
                packet_bytes three;
                for (int i = 0; i < 3; ++i) three.insert(three.end(), one.begin(), one.end());
                const auto found = protocol::next_frame(three, 1'000'000);
                REQUIRE(found.state == protocol::frame_state::complete);
                auto all = broker::alike::beginning_with(found.frame, three, v);
                all.keep(2);
                CHECK(all.count() == 2);
                CHECK(all.topic() == "a/topic");
                CHECK(as_text(all.payload(all.at(1))) == payload);
                if (q != qos::at_most_once) CHECK(all.id(all.at(1)) == 0x1234);
                CHECK(all.part(1, 2).packets.data() == three.data() + one.size());
            }
        }
    }
}

TEST_CASE("what differs in the payload only crosses in one piece, and arrives as it was sent") {
    two_shards broker;
    const auto run = run_of(100);
    broker.send(run);
    CHECK(broker.crossings() == sizes{100});
    CHECK(broker.delivered() == run);
}

TEST_CASE("the same at QoS 1, and the publisher has its answers") {
    two_shards broker(qos::at_least_once);
    const auto run = run_of(20, qos::at_least_once);
    broker.send(run);
    CHECK(broker.crossings() == sizes{20});
    CHECK(broker.flush(0).size() == 20 * protocol::short_ack_bytes);
    CHECK(broker.delivered() == run);  // the subscriber's identifiers begin with 1, too
}

TEST_CASE("what came before does not cross again") {
    two_shards broker(qos::exactly_once);
    packet_bytes bytes;
    for (const auto id : std::array<protocol::packet_id, 5>{1, 2, 1, 3, 3}) {
        const auto one = publish_of("x", qos::exactly_once, id);
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    broker.send(bytes);
    CHECK(broker.crossings() == sizes{2, 1});
    CHECK(broker.flush(0).size() == 5 * protocol::short_ack_bytes);  // but it is answered
}

TEST_CASE("a run is a quarter of a turn's work for the other shard at most, and all of them three quarters") {
    broker::limits limits;
    limits.turn_deliveries_max = 240;
    limits.share_deliveries = 20;
    two_shards broker(qos::at_most_once, limits);
    broker.subscriber(1, qos::at_most_once);
    const auto run = run_of(70);
    broker.send(run);
    CHECK(broker.crossings() == sizes{20, 20, 20, 10});  // of two receivers each, and the route: 60 deliveries
    auto& batch = broker.shards[0]->outgoing(1);
    CHECK(broker.shards[1]->deliver(batch, broker.now) == 2);
    CHECK(broker.shards[1]->deliver(std::span(batch).subspan(2), broker.now) == 2);
    CHECK(broker.flush(1).size() == 2 * run.size());
}

TEST_CASE("a run is a share when the other shard, or one of its clients, does not keep up") {
    two_shards broker;
    auto& other = broker.shared.loads[1];
    const auto share = broker.shared.limits.share_deliveries / 2;  // a message is one delivery, and one more for its receiver
    REQUIRE(share == 64);
    sizes wanted{share, share, share, 8};
    SUBCASE("slow networks") {
        broker.reader->out.append(1, broker.shards[1]->pool())[0] = 0;
        broker.shards[1]->flushed(*broker.reader, broker.now);  // nothing was taken
        broker.shards[1]->turn_over();
        CHECK(other.slow.get() == 1);
    }
    SUBCASE("messages that it has not come to") {
        other.inbox.set(broker.shared.limits.backlog_messages_max / 2 + 1);
    }
    SUBCASE("receivers that most of what comes from here is too much for") {
        other.strained_until[0].set(static_cast<std::uint64_t>(std::chrono::nanoseconds(broker.now.time_since_epoch()).count() + 1));
        wanted = {share};  // and the publisher waits
    }
    broker.send(run_of(200));
    CHECK(broker.crossings() == wanted);
    broker.reader->out.clear(broker.shards[1]->pool());
}

TEST_CASE("messages that are dropped instead of crossing are counted one by one") {
    broker::limits limits;
    limits.waiting_bytes_max = 16;
    two_shards broker(qos::at_most_once, limits);
    auto* stuck = broker.connect(0);
    std::ranges::fill(std::span(stuck->out.append(100, broker.shards[0]->pool()), 100), std::uint8_t{0});
    broker.send(run_of(1));
    broker.shards[0]->turn_over();  // looks at the memory
    broker.shared.loads[1].inbox.set(broker.shared.limits.backlog_messages_max + 1);
    broker.shards[0]->outgoing(1).clear();
    broker.send(run_of(10));
    CHECK(broker.crossings().empty());
    CHECK(broker.shared.statistics[0].publishes_dropped.get() == 10);
    stuck->out.clear(broker.shards[0]->pool());
}

TEST_CASE("what has to wait for several clients of a shard is kept once") {
    broker::limits limits;
    limits.outbox_bytes_high = limits.outbox_bytes_turn = 100;
    two_shards broker(qos::at_least_once, limits);
    std::vector<broker::connection*> readers{broker.reader};
    while (readers.size() < 5) readers.push_back(broker.subscriber(1, qos::at_least_once));
    for (auto* one : readers) std::ranges::fill(std::span(one->out.append(100, broker.shards[1]->pool()), 100), std::uint8_t{0});
    const auto deliver = [&] {
        auto batch = std::exchange(broker.shards[0]->outgoing(1), {});
        CHECK(broker.shards[1]->deliver(batch, broker.now) == batch.size());
    };
    broker.send(publish_of("first", qos::at_least_once, 1));
    deliver();  // into queues: QoS 0 may not overtake it
    const auto before = broker::message_bytes();
    broker.send(publish_of(std::string(1'000, 'x')));
    deliver();
    const auto grown = broker::message_bytes() - before;
    CHECK(grown > 1'000);
    CHECK(grown < 2'000);
    for (auto* one : readers) one->out.clear(broker.shards[1]->pool());
}

TEST_CASE("nobody is told of a longer life than the publisher gave, also by a shard whose clock was read earlier") {
    two_shards broker(qos::at_most_once, {}, version::v5);
    protocol::property_builder properties;
    properties.number(protocol::property_id::message_expiry_interval, 100);
    const auto message = wire(protocol::publish{.topic = "a/topic", .payload = as_bytes("x"), .properties = properties.view()}, version::v5);
    broker.now += 1ms;
    broker.send(message);
    broker.now -= 1ms;  // the other's turn began before
    CHECK(broker.delivered() == message);
}

TEST_CASE("[MQTT5-3.3.2-5] what expired before the other shard came to it goes nowhere") {
    two_shards broker(qos::at_most_once, {}, version::v5);
    protocol::property_builder properties;
    properties.number(protocol::property_id::message_expiry_interval, 2);
    const auto message = wire(protocol::publish{.topic = "a/topic", .payload = as_bytes("x"), .properties = properties.view()}, version::v5);
    broker.send(message);
    broker.now += 1'999ms;
    CHECK(broker.delivered().size() == message.size());
    broker.send(message);
    broker.now += 2s;
    CHECK(broker.delivered().empty());
}
