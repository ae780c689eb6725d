// The broker core in conversation: what the conformance chapters do not ask, with one shard and with three.
#include <doctest/doctest.h>

#include "support/conversation.hpp"

using namespace tepore::testing;
using tepore::protocol::packet_type;
using tepore::protocol::qos;

TEST_CASE("a message finds its subscriber, whatever shards they live on") {
    for (const unsigned shards : {1u, 3u}) {
        CAPTURE(shards);
        broker_room broker({.shards = shards});
        std::vector<peer> receivers;
        for (int i = 0; i < 20; ++i) {
            receivers.push_back(broker.connect("receiver" + std::to_string(i)));
            CHECK(receivers.back().subscribe("a/+", static_cast<qos>(i % 3)) == i % 3);
        }
        auto amy = broker.connect("amy");
        amy.publish("a/b", "hi", qos::exactly_once);
        amy.publish("b", "not for them");
        for (int i = 0; i < 20; ++i) {
            const auto got = receivers[static_cast<std::size_t>(i)].take();
            CHECK(got.topic == "a/b");
            CHECK(got.payload == "hi");
            CHECK(got.qos == static_cast<qos>(i % 3));
            CHECK(!got.retain);
            CHECK(receivers[static_cast<std::size_t>(i)].silent());
        }
    }
}

TEST_CASE("a persistent session keeps what comes while it is away, in order") {
    broker_room broker({.shards = 3});
    bool present = true;
    auto bob = broker.connect("bob", {.clean = false}, &present);
    CHECK(!present);
    bob.subscribe("t", qos::exactly_once);
    bob.drop();
    auto amy = broker.connect("amy");
    for (int i = 0; i < 300; ++i) amy.publish("t", std::to_string(i), static_cast<qos>(1 + i % 2));
    amy.publish("t", "QoS 0 is for those who are there");
    bob = broker.connect("bob", {.clean = false}, &present);
    CHECK(present);
    for (int i = 0; i < 300; ++i) REQUIRE(bob.take().payload == std::to_string(i));
    CHECK(bob.silent());
}

TEST_CASE("more than the in-flight window waits for acknowledgements") {
    broker_room broker;
    auto bob = broker.connect("bob");
    bob.subscribe("t", qos::exactly_once);
    auto amy = broker.connect("amy");
    for (int i = 0; i < 50; ++i) amy.publish("t", std::to_string(i), qos::exactly_once);
    std::vector<received_publish> first;
    for (int i = 0; i < 10; ++i) first.push_back(bob.expect_publish());
    CHECK(bob.silent());  // ten places for QoS 2 in a small 3.1.1 client
    for (const auto& p : first) {
        bob.send(tepore::protocol::ack{.type = packet_type::pubrec, .id = p.id});
        bob.expect_ack(packet_type::pubrel);  // with it the client has a free place, and reads it before the next message
        CHECK(bob.expect_publish().payload == std::to_string(10 + &p - first.data()));
        bob.send(tepore::protocol::ack{.type = packet_type::pubcomp, .id = p.id});
        CHECK(bob.silent());
    }
}

TEST_CASE("a topic is looked at however often a good one came before it") {
    for (const char* wrong : {"a/+", "a/\xff"}) {
        broker_room broker;
        auto bob = broker.connect("bob");
        bob.subscribe("a/b");
        auto amy = broker.connect("amy");
        for (int i = 0; i < 3; ++i) amy.publish("a/b", "x");
        for (int i = 0; i < 3; ++i) CHECK(bob.expect_publish().topic == "a/b");
        amy.send(tepore::protocol::publish{.topic = wrong});
        CHECK(amy.closed());
        CHECK(bob.silent());
    }
}

TEST_CASE("retained messages: many at once, and never an old one after a newer") {
    broker_room broker({.shards = 3});
    auto amy = broker.connect("amy");
    for (int i = 0; i < 5'000; ++i) amy.publish("r/" + std::to_string(i), std::string(100, 'x'), qos::at_least_once, true);
    auto bob = broker.connect("bob");
    bob.subscribe("r/#");
    int seen = 0;
    while (auto got = bob.next()) ++seen;
    CHECK(seen == 5'000);
}

TEST_CASE("a large payload is sent by reference to everybody") {
    broker_room broker({.shards = 3});
    std::vector<peer> receivers;
    for (int i = 0; i < 10; ++i) {
        receivers.push_back(broker.connect("r" + std::to_string(i)));
        receivers.back().subscribe("big", static_cast<qos>(i % 3));
    }
    auto amy = broker.connect("amy");
    std::string payload(200'000, 'p');
    payload.front() = 'a';
    payload.back() = 'z';
    amy.publish("big", payload, qos::at_least_once);
    for (auto& r : receivers) CHECK(r.take().payload == payload);
}

TEST_CASE("a full queue drops the newest and counts, the rest arrives") {
    broker_room broker({.queue_messages_max = 5});
    auto bob = broker.connect("bob", {.clean = false});
    bob.subscribe("t", qos::at_least_once);
    bob.drop();
    auto amy = broker.connect("amy");
    for (int i = 0; i < 8; ++i) amy.publish("t", std::to_string(i), qos::at_least_once);
    bob = broker.connect("bob", {.clean = false});
    for (int i = 0; i < 5; ++i) CHECK(bob.take().payload == std::to_string(i));
    CHECK(bob.silent());
}

TEST_CASE("a client that subscribes again and again, and acknowledges nothing, does not collect retained messages without end") {
    constexpr std::size_t retained = 30, repetitions = 40, waiting_max = 5, in_flight_max = 100;
    broker_room broker({.queue_messages_max = waiting_max, .retained_messages_max = retained});
    auto amy = broker.connect("amy");
    for (std::size_t i = 0; i < retained; ++i) amy.publish("kept/" + std::to_string(i), "x", qos::at_least_once, true);
    auto bob = broker.connect("bob");
    std::vector<std::uint8_t> filters;
    tepore::protocol::subscription_list::append(filters, "kept/#", {.qos = qos::at_least_once});
    for (std::size_t i = 0; i < repetitions; ++i) bob.send(tepore::protocol::subscribe{1, {}, tepore::protocol::subscription_list(filters)});
    std::size_t heard = 0;
    while (const auto next = bob.next()) {
        const auto* m = std::get_if<tepore::protocol::publish>(&next->packet);
        if (m == nullptr) continue;
        ++heard;
        bob.send(tepore::protocol::ack{packet_type::puback, m->id, tepore::protocol::reason::success, {}});
    }
    CHECK(heard == in_flight_max + waiting_max + retained);
}

TEST_CASE("packets cut anywhere, or many in one piece, are the same to the broker") {
    broker_room broker;
    auto bob = broker.connect("bob");
    bob.subscribe("t/#");
    auto amy = broker.connect("amy");
    const std::vector<std::uint8_t> two{0x30, 5, 0, 1, 't', 'h', 'i', 0x30, 6, 0, 3, 't', '/', 'x', '!'};
    for (std::size_t cut = 0; cut <= two.size(); ++cut) {
        amy.send(tepore::byte_view(two).first(cut));
        amy.send(tepore::byte_view(two).subspan(cut));
        CHECK(bob.expect_publish().payload == "hi");
        CHECK(bob.expect_publish().payload == "!");
    }
    for (const auto byte : two) amy.send({byte});
    CHECK(bob.expect_publish().payload == "hi");
    CHECK(bob.expect_publish().payload == "!");
    CHECK(bob.silent());
}

TEST_CASE("no CONNECT in time closes the connection") {
    broker_room broker;
    auto mute = broker.open();
    broker.advance(std::chrono::milliseconds(9'999));
    CHECK(mute.silent());
    broker.advance(std::chrono::milliseconds(1));
    CHECK(mute.closed());
}

TEST_CASE("clients that come and go leave no timers behind") {
    broker_room broker;
    for (int i = 0; i < 20'000; ++i) broker.connect("amy").drop();  // without keep alive
    CHECK(broker.timers() < 2'000);
    std::vector<std::uint8_t> hour{0x11, 0, 0, 0x0e, 0x10};
    for (int i = 0; i < 20'000; ++i) {
        broker.connect("bob", {.version = tepore::protocol::version::v5, .clean = false, .properties = hour}).drop();
        broker.advance(std::chrono::milliseconds(1));
    }
    CHECK(broker.timers() < 2'000);
    bool present = false;
    broker.advance(std::chrono::minutes(59));
    broker.connect("bob", {.version = tepore::protocol::version::v5, .clean = false, .properties = hour}, &present).drop();
    CHECK(present);
    broker.advance(std::chrono::minutes(61));
    broker.connect("bob", {.version = tepore::protocol::version::v5, .clean = false}, &present).drop();
    CHECK(!present);
}

TEST_CASE("a session's timer that goes off too early makes no second one of the next") {
    broker_room broker;
    const std::vector<std::uint8_t> hour{0x11, 0, 0, 0x0e, 0x10};
    const auto come_and_go = [&] {
        broker.connect("bob", {.version = tepore::protocol::version::v5, .clean = false, .properties = hour}).drop();
        broker.advance(std::chrono::milliseconds(1));
    };
    for (int i = 0; i < 500; ++i) come_and_go();
    CHECK(broker.timers() >= 500);
    broker.advance(std::chrono::minutes(30));
    come_and_go();
    broker.advance(std::chrono::minutes(31));  // all but the last have gone off
    CHECK(broker.timers() < 10);
}

TEST_CASE("nobody but the broker writes $SYS") {
    broker_room broker;
    auto bob = broker.connect("bob");
    bob.subscribe("$SYS/broker/forged");
    auto amy = broker.connect("amy");
    amy.publish("$SYS/broker/forged", "forged", qos::at_least_once, true);
    CHECK(bob.silent());
}

TEST_CASE("a client that comes back gets what waits in its groups too, though its own messages came first") {
    for (const unsigned shards : {1u, 3u}) {
        CAPTURE(shards);
        broker_room broker({.shards = shards});
        auto bob = broker.connect("bob", {.clean = false});
        bob.subscribe("a", qos::at_least_once);
        bob.subscribe("$share/g/a", qos::at_least_once);
        bob.drop();
        auto amy = broker.connect("amy");
        amy.publish("a", "hi", qos::at_least_once);
        bob = broker.connect("bob", {.clean = false});
        CHECK(bob.take().payload == "hi");
        CHECK(bob.take().payload == "hi");
        CHECK(bob.silent());
    }
}
