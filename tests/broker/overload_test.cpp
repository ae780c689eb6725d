// More than can be taken: by one turn, by receivers, by memory, by a client that takes nothing any more.
#include <doctest/doctest.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <variant>
#include <vector>

#include "broker/limits.hpp"
#include "protocol/codec.hpp"
#include "support/conversation.hpp"
#include "support/one_shard.hpp"

using namespace std::chrono_literals;
using namespace tepore;
using namespace tepore::testing;
using tepore::protocol::qos;

namespace {

std::vector<std::uint8_t> publishes(std::string_view topic, std::size_t count, qos q, std::size_t payload_bytes = 4) {
    std::vector<std::uint8_t> out;
    for (std::size_t i = 0; i < count; ++i) {
        auto payload = std::to_string(i);
        payload.resize(std::max(payload.size(), payload_bytes), ' ');
        const auto id = static_cast<protocol::packet_id>(q == qos::at_most_once ? 0 : i + 1);
        const protocol::publish p{.topic = topic, .payload = as_bytes(payload), .qos = q, .id = id};
        const auto begin = out.size();
        out.resize(begin + protocol::encoded_size(p, protocol::version::v3_1_1));
        protocol::encode(p, protocol::version::v3_1_1, byte_span(out).subspan(begin));
    }
    return out;
}

int number_in(std::string_view payload) {
    int number = -1;
    std::from_chars(payload.data(), payload.data() + payload.size(), number);
    return number;
}

/// Numbers of the messages that have come.
std::vector<int> numbers(peer& who) {
    std::vector<int> out;
    while (auto got = who.next()) {
        if (const auto* p = std::get_if<protocol::publish>(&got->packet)) out.push_back(number_in(as_text(p->payload)));
    }
    return out;
}

std::size_t acknowledged(peer& who) {
    std::size_t count = 0;
    while (who.next()) ++count;
    return count;
}

/// Bob's network takes nothing, and eve hears of it when somebody's flood to him is over.
struct room_with_stuck_bob {
    room_with_stuck_bob() {
        bob.subscribe("a");
        eve.subscribe("last");
        bob.stall(true);
        broker.connect("amy").publish("a", "the network does not take this");
        const auto last = publishes("last", 1, qos::at_most_once);
        flood.insert(flood.end(), last.begin(), last.end());
    }
    static room_options options() {
        room_options o;
        o.adjust = [](broker::limits& l) {
            l.share_deliveries = 4;
            l.outbox_bytes_high = 100;
        };
        return o;
    }
    broker_room broker{options()};
    peer bob = broker.connect("bob");
    peer eve = broker.connect("eve");
    std::vector<std::uint8_t> flood = publishes("a", 100, qos::at_most_once);
};

bool are_all(const std::vector<int>& found, int count) {
    std::vector<int> wanted(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) wanted[static_cast<std::size_t>(i)] = i;
    return found == wanted;
}

}  // namespace

TEST_CASE("a flood waits for its next turn, and loses nothing of its order") {
    room_options options;
    SUBCASE("one shard") {}
    SUBCASE("three shards") {
        options.shards = 3;
    }
    options.adjust = [](broker::limits& l) {
        l.turn_deliveries_max = 20;
        l.share_deliveries = 5;
    };
    broker_room broker(options);
    std::vector<peer> readers;
    for (int i = 0; i < 10; ++i) {
        readers.push_back(broker.connect("reader-" + std::to_string(i)));
        readers.back().subscribe("flood");
    }
    auto amy = broker.connect("amy");
    const auto all = publishes("flood", 500, qos::at_most_once);
    amy.send(byte_view(all).first(all.size() - 3));  // the last one is not whole yet
    amy.send(byte_view(all).last(3));
    amy.publish("flood", "500");
    for (auto& r : readers) CHECK(are_all(numbers(r), 501));
    CHECK(amy.silent());
}

TEST_CASE("[MQTT-3.1.2-24] a client that takes nothing any more is gone some seconds after its keep alive") {
    broker_room broker;
    auto amy = broker.connect("amy", {.version = protocol::version::v5, .keep_alive_s = 10});
    amy.subscribe("a");
    amy.stall(true);
    auto bob = broker.connect("bob");
    bob.publish("a", "never taken");
    broker.advance(15s);
    CHECK_FALSE(amy.closed());  // its goodbye waits
    broker.advance(6s);
    CHECK(amy.closed());
}

TEST_CASE("what a connection had sent before it ended is handled, also when it was put off") {
    room_options options;
    options.adjust = [](broker::limits& l) {
        l.turn_deliveries_max = 20;
        l.share_deliveries = 5;
        l.queue_messages_max = 4;
        l.inflight_max = 1;
    };
    broker_room broker(options);
    auto bob = broker.connect("bob");
    bob.subscribe("a");
    bob.subscribe("will");
    auto slow = broker.connect("slow");
    slow.subscribe("a", qos::at_least_once);
    const protocol::will_message will{.topic = "will", .payload = as_bytes("it is dead"), .qos = {}, .retain = false, .properties = {}};
    auto amy = broker.connect("amy", {.will = will});
    auto bytes = publishes("a", 100, qos::at_least_once);
    bytes.insert(bytes.end(), {0xE0, 0});  // DISCONNECT
    amy.send(byte_view(bytes));
    const auto at_first = numbers(bob).size();
    CHECK(at_first < 20);  // slowed for the other's sake
    amy.drop();
    CHECK(at_first + numbers(bob).size() == 100);  // and no will
}

TEST_CASE("a flood to one client that takes nothing is slowed, at QoS 0 too") {
    room_with_stuck_bob in;
    auto flooder = in.broker.connect("flooder");
    flooder.send(byte_view(in.flood));
    in.broker.advance(500ms);
    CHECK(in.eve.silent());
    in.broker.advance(2s);
    CHECK(numbers(in.eve).size() == 1);
}

TEST_CASE("several floods to one client that takes nothing have no more of the worker than one") {
    room_with_stuck_bob in;
    std::vector<peer> flooders;
    for (int i = 0; i < 4; ++i) {
        flooders.push_back(in.broker.connect("flooder-" + std::to_string(i)));
        flooders.back().send(byte_view(in.flood));
    }
    in.broker.advance(4s);  // one alone would be done in a second and a half
    CHECK(in.eve.silent());
    in.broker.advance(4s);
    CHECK(numbers(in.eve).size() == 4);
}

TEST_CASE("who publishes faster than a client takes it is slowed before anything is lost") {
    room_options options;
    options.queue_messages_max = 100;
    options.adjust = [](broker::limits& l) {
        l.share_deliveries = 4;  // two messages to one client
        l.inflight_max = 10;
    };
    broker_room broker(options);
    auto bob = broker.connect("bob");
    bob.subscribe("a", qos::at_least_once);
    auto amy = broker.connect("amy");
    constexpr int count = 300;

    SUBCASE("it takes them, in its time") {
        amy.send(byte_view(publishes("a", count, qos::at_least_once)));
        std::vector<int> came;
        while (came.size() < count) {
            came.push_back(number_in(bob.take().payload));
            broker.advance(2ms);  // so it takes five while four come
        }
        CHECK(are_all(came, count));
        CHECK(acknowledged(amy) == count);
    }
    SUBCASE("it takes none: all publishers go on, slowly, and the newest are dropped") {
        amy.send(byte_view(publishes("a", count, qos::at_least_once)));
        const auto at_once = acknowledged(amy);
        CHECK(at_once > 50);
        CHECK(at_once < 70);  // ten in flight, and half a queue
        amy.send(byte_view(publishes("a", 1, qos::at_least_once)));
        CHECK(acknowledged(amy) == 0);  // behind the others
        broker.advance(50ms);
        CHECK(acknowledged(amy) <= 22);
        broker.advance(1s);
        CHECK(bob.take().payload.starts_with("0"));
        std::vector<int> rest = numbers(bob);
        CHECK(rest.size() == 10);
    }
    SUBCASE("who sends a little is not slowed by it") {
        amy.send(byte_view(publishes("a", 200, qos::at_least_once)));
        broker.advance(1s);
        (void)acknowledged(amy);
        auto eve = broker.connect("eve");
        for (int i = 0; i < 50; ++i) {
            eve.publish("a", "a little", qos::at_least_once);  // acknowledged at once
            broker.advance(5ms);
        }
    }
}

TEST_CASE("what waits for clients stays within the memory that it may have, and others notice nothing") {
    constexpr std::size_t budget = 512 * 1024;
    room_options options;
    options.queue_messages_max = 100'000;
    options.queue_bytes_max = 100'000'000;
    options.adjust = [](broker::limits& l) {
        l.waiting_bytes_max = budget;
        l.turn_deliveries_max = 50;
        l.share_deliveries = 10;
        l.stuck_slow_down = l.slow_down = 1ms;
    };
    const auto quality = [&] {
        SUBCASE("QoS 0") {
            return qos::at_most_once;
        }
        SUBCASE("QoS 1") {
            return qos::at_least_once;
        }
        return qos::at_most_once;
    }();
    broker_room broker(options);
    std::vector<peer> frozen;
    for (int i = 0; i < 20; ++i) {
        frozen.push_back(broker.connect("frozen-" + std::to_string(i)));
        frozen.back().subscribe("flood", quality);
        frozen.back().stall(true);
    }
    auto watcher = broker.connect("watcher");
    watcher.subscribe("$SYS/broker/waiting/bytes");
    (void)numbers(watcher);
    auto reader = broker.connect("reader");
    reader.subscribe("flood");
    auto amy = broker.connect("amy");
    int sent = 0;
    for (int round = 0; round < 20; ++round) {
        amy.send(byte_view(publishes("flood", 100, quality, 1'000)));
        broker.advance(10s);
        sent += 100;
        const auto waiting = numbers(watcher);
        REQUIRE(waiting.size() == 1);
        CHECK(waiting[0] > 0);
        CHECK(waiting[0] < static_cast<int>(budget + 150'000));  // and what one turn may bring
    }
    CHECK(numbers(reader).size() == static_cast<std::size_t>(sent));

    auto eve = broker.open();  // nobody new, who might make it worse
    eve.send(protocol::connect{.client_id = "eve"});
    CHECK(eve.expect_connack().code == static_cast<std::uint8_t>(protocol::return_code::server_unavailable));
    for (auto& f : frozen) f.drop();
    broker.advance(10s);
    (void)broker.connect("eve");
}

TEST_CASE("who reads no answers asks no more questions, also when the network took its last bytes long ago") {
    bench::one_shard broker;
    auto& amy = broker.connect("amy");
    broker.get_stuck(amy);
    const broker::limits limits;
    std::vector<std::uint8_t> questions;
    for (std::size_t i = 0; i < 10'000; ++i) questions.insert(questions.end(), {0xc0, 0});  // PINGREQ
    std::size_t asked = 0;
    for (; amy.reading && asked < 3 * limits.outbox_bytes_pause; asked += questions.size()) broker.receive(amy, questions);
    CHECK_FALSE(amy.reading);
    CHECK(amy.out.bytes() < limits.outbox_bytes_pause + questions.size() + 2);
}

namespace {

/// Retained messages, and turns that are too short for all that is asked for.
struct room_of_retained {
    static room_options options() {
        room_options o;
        o.adjust = [](broker::limits& l) {
            l.turn_deliveries_max = 400;
            l.share_deliveries = 100;
        };
        return o;
    }
    /// Filters that are different and mean the same; all of them so many times.
    static std::vector<std::uint8_t> everything(int times, qos q) {
        std::vector<std::uint8_t> requests;
        for (int n = 0; n < filters * times; ++n) {
            const int i = n % filters;
            std::string filter = i % 2 == 0 ? "all" : "+";
            for (int bit = 0; bit < 5; ++bit) filter += (i >> (bit + 1)) % 2 == 0 ? "/+" : "/x";
            protocol::subscription_list::append(requests, filter + "/#", {.qos = q});
        }
        return requests;
    }
    static std::vector<std::uint8_t> subscribe_to(byte_view requests, protocol::packet_id id = 1, protocol::version v = protocol::version::v5) {
        return bench::wire(protocol::subscribe{id, {}, protocol::subscription_list(requests)}, v);
    }
    /// How many of them come before anything else does, or nothing.
    static int found(peer& who) {
        int count = 0;
        while (auto got = who.next()) {
            const auto* p = std::get_if<protocol::publish>(&got->packet);
            if (p == nullptr) break;
            CHECK(p->retain);
            if (p->qos == qos::at_least_once) who.send(protocol::ack{protocol::packet_type::puback, p->id});
            ++count;
        }
        return count;
    }
    room_of_retained() {
        auto amy = broker.connect("amy");
        for (int i = 0; i < retained; ++i) amy.publish("all/x/x/x/x/x/" + std::to_string(i), "x", qos::at_least_once, true);
    }

    static constexpr int retained = 50;
    static constexpr int filters = 60;
    broker_room broker{options()};
};

}  // namespace

TEST_CASE("retained messages of many filters come in the end, and the next packet waits for them") {
    room_of_retained room;
    auto bob = room.broker.connect("bob", {.version = protocol::version::v5});
    auto bytes = room.subscribe_to(room.everything(2, qos::at_most_once));
    bytes.insert(bytes.end(), {0xc0, 0});  // PINGREQ
    bob.send(bytes);
    CHECK(bob.expect_suback(1).size() == 2 * room.filters);
    CHECK(room.found(bob) == 2 * room.filters * room.retained);
    CHECK(bob.silent());
}

TEST_CASE("a session that lost its connection before it was given all that is retained is given the rest when it is back") {
    room_of_retained room;
    const std::vector<std::uint8_t> lasting{0x11, 0, 0, 0x0e, 0x10};
    const connect_options options{.version = protocol::version::v5, .clean = false, .properties = lasting};
    auto bob = room.broker.connect("bob", options);
    bob.drop(room.subscribe_to(room.everything(1, qos::at_least_once)));
    bool present = false;
    bob = room.broker.connect("bob", options, &present);
    CHECK(present);
    CHECK(room.found(bob) == room.filters * room.retained);
}

TEST_CASE("what was unsubscribed before the connection was lost is not given when the session is back, and of many SUBSCRIBEs each") {
    room_of_retained room;
    const std::vector<std::uint8_t> lasting{0x11, 0, 0, 0x0e, 0x10};
    const connect_options options{.version = protocol::version::v5, .clean = false, .properties = lasting};
    auto bob = room.broker.connect("bob", options);
    const auto requests = room.everything(1, qos::at_most_once);  // what was given of it went with the connection
    std::vector<std::uint8_t> filters;
    for (const auto& request : protocol::subscription_list(requests)) protocol::filter_list::append(filters, request.filter);
    const auto unsubscribe = bench::wire(protocol::unsubscribe{2, {}, protocol::filter_list(filters)}, protocol::version::v5);
    std::vector<std::uint8_t> one;
    protocol::subscription_list::append(one, "all/#", {.qos = qos::at_least_once});
    auto bytes = room.subscribe_to(requests);
    bytes.insert(bytes.end(), unsubscribe.begin(), unsubscribe.end());
    for (int i = 0; i < 3; ++i) {
        const auto again = room.subscribe_to(one, 3);
        bytes.insert(bytes.end(), again.begin(), again.end());
    }
    bob.drop(bytes);
    bob = room.broker.connect("bob", options);
    CHECK(room.found(bob) == 3 * room.retained);
}

TEST_CASE("a turn grants no more than its share of what is retained, and who waits for the rest is not called silent") {
    broker::limits limits;
    limits.turn_deliveries_max = 400;
    limits.share_deliveries = 100;
    bench::one_shard broker(limits);
    auto& amy = broker.connect("amy");
    for (int i = 0; i < room_of_retained::retained; ++i) {
        const auto topic = "all/x/x/x/x/x/" + std::to_string(i);
        broker.receive(amy, bench::wire(protocol::publish{.topic = topic, .payload = as_bytes("x"), .retain = true}));
        broker.turn();
    }
    auto& bob = broker.connect("bob", true, 1);  // s
    broker.receive(bob, room_of_retained::subscribe_to(room_of_retained::everything(1, qos::at_most_once), 1, protocol::version::v3_1_1));
    CHECK(broker.put_offs() == 1);
    int turns = 0;
    for (; broker.put_offs() != 0 && turns < 100; ++turns) broker.turn_after(1s);
    CHECK(turns >= 5);
    CHECK(turns < 20);
    CHECK(bob.state == broker::connection_state::established);
}
