// The order of messages of one topic and QoS, where queues and windows could change it. Found by tests/model.
#include <doctest/doctest.h>

#include "broker/limits.hpp"
#include "support/conversation.hpp"

using namespace tepore;
using namespace tepore::testing;
using tepore::protocol::qos;

namespace {

/// A 5.0 client that takes one QoS 1 message at a time, and has one that it does not acknowledge.
peer busy_client(broker_room& broker, peer& amy) {
    auto bob = broker.connect("bob", {.version = protocol::version::v5, .properties = {0x21, 0, 1}});
    bob.subscribe("busy", qos::at_least_once);
    amy.publish("busy", "1", qos::at_least_once);
    CHECK(bob.expect_publish().payload == "1");
    amy.publish("busy", "2", qos::at_least_once);  // waits
    CHECK(bob.silent());
    return bob;
}

}  // namespace

TEST_CASE("[MQTT5-4.6.0-5] a retained message of QoS 0 comes before the live ones that follow it, also to a client with a full window") {
    broker_room broker;
    auto amy = broker.connect("amy");
    amy.publish("a", "old", qos::at_most_once, true);
    auto bob = busy_client(broker, amy);

    bob.subscribe("a");
    amy.publish("a", "new");
    CHECK(bob.expect_publish().payload == "old");
    CHECK(bob.expect_publish().payload == "new");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-4.6.0-5] QoS 0 that waited for the network and then stands behind a full window is not overtaken") {
    room_options options;
    options.adjust = [](broker::limits& l) { l.outbox_bytes_high = l.outbox_bytes_turn = 1; };  // one packet a turn, then the network is waited for
    broker_room broker(options);
    auto amy = broker.connect("amy");
    auto bob = broker.connect("bob", {.version = protocol::version::v5, .properties = {0x21, 0, 1}});
    bob.subscribe("a", qos::at_least_once);

    const auto packet = [](std::uint8_t first, std::uint8_t text) {
        return first == 0x30 ? std::vector<std::uint8_t>{first, 4, 0, 1, 'a', text} : std::vector<std::uint8_t>{first, 6, 0, 1, 'a', 0, text, text};
    };
    std::vector<std::uint8_t> together;  // in one turn: two of QoS 1, one of QoS 0
    for (const auto& p : {packet(0x32, '1'), packet(0x32, '2'), packet(0x30, '3')}) together.insert(together.end(), p.begin(), p.end());
    amy.send(byte_view(together));
    amy.publish("a", "4");

    CHECK(bob.expect_publish().payload == "1");
    CHECK(bob.silent());
    bob.send(protocol::ack{.type = protocol::packet_type::puback, .id = 1});
    CHECK(bob.expect_publish().payload == "2");
    CHECK(bob.expect_publish().payload == "3");
    CHECK(bob.expect_publish().payload == "4");
    CHECK(bob.silent());
}
