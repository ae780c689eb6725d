// MQTT 5.0, 4.8: subscriptions, shared ones above all. The members m0, m1, ... live on different shards when there are several.
#include "conformance/v5/subscriptions.hpp"

using namespace tepore::conformance;

namespace {

std::string member(int n) {
    return "m" + std::to_string(n);
}

/// `count` members of "$share/g/t/#", granted `q`.
std::vector<peer> members(broker_room& broker, int count, tepore::protocol::qos q = qos_1) {
    std::vector<peer> all;
    for (int n = 0; n < count; ++n) {
        all.push_back(broker.connect(member(n), client5()));
        REQUIRE(subscribe5(all.back(), "$share/g/t/#", {.qos = q}) == granted(q));
    }
    return all;
}

const wire one_at_a_time = short_property(property_id::receive_maximum, 1);

}  // namespace

TEST_CASE("[MQTT5-4.8.2-1] [MQTT5-4.8.2-2] [B-23] a shared subscription without a proper name or filter: 0x8F; the connection stays") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    auto old = broker.connect("old");
    for (const auto filter : {"$share"sv, "$share/"sv, "$share//"sv, "$share//a"sv, "$share/g"sv, "$share/g/"sv, "$share/+/a"sv, "$share/#/a"sv,
                              "$share/#"sv, "$share/g+/a"sv, "$share/g#x/a"sv, "$share/g/a#"sv, "$share/g/#/a"sv}) {
        CAPTURE(filter);
        CHECK(subscribe5(bob, filter, {.qos = qos_1}) == 0x8F);
        CHECK(unsubscribe5(bob, filter) == 0x8F);
        CHECK(old.subscribe(filter) == 0x80);  // 3.1.1 knows no other code
        old.unsubscribe(filter);
    }
    auto amy = broker.connect("amy", client5());
    for (const auto topic : {"a"sv, "g"sv, "g/a"sv, "/a"sv}) amy.publish(topic, "x");
    CHECK(bob.silent());
    CHECK(old.silent());
}

TEST_CASE("[MQTT5-4.8.2-1] [MQTT5-4.8.2-2] what may stand in a name and in a filter") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    auto amy = broker.connect("amy", client5());
    for (const auto& [filter, topic] :
         {std::pair("$share/a b/t"sv, "t"sv), std::pair("$share/$share/t"sv, "t"sv), std::pair("$share/\xC3\xA9/t"sv, "t"sv),
          std::pair("$share/g//finance"sv, "/finance"sv), std::pair("$share/g/+"sv, "t"sv), std::pair("$share/g/#"sv, "t/u"sv),
          std::pair("$share/g//"sv, "/"sv), std::pair("$share/g/$x/#"sv, "$x/y"sv)}) {
        CAPTURE(filter);
        CHECK(subscribe5(bob, filter, {}) == 0);
        amy.publish(topic, "x");
        CHECK(bob.take().topic == topic);
        CHECK(bob.silent());
        CHECK(unsubscribe5(bob, filter) == 0);
    }
    CHECK(subscribe5(bob, "$SHARE/g/t", {}) == 0);  // an ordinary filter
    amy.publish("t", "x");
    CHECK(bob.silent());
}

TEST_CASE("5.0 section 4.8.2: each message goes to exactly one member, in turn") {
    for (const auto q : every_qos) {
        broker_room broker(options());
        auto group = members(broker, 5, q);
        auto amy = broker.connect("amy", client5());
        for (int n = 0; n < 50; ++n) amy.publish("t/x", std::to_string(n), q);
        std::vector<std::string> all;
        for (auto& m : group) {
            const auto got = take_all(m);
            CHECK(got.size() == 10);  // fair: nobody is busy
            all.insert(all.end(), got.begin(), got.end());
        }
        CHECK(sorted(all) == sorted(numbers(0, 50)));
    }
}

TEST_CASE("5.0 section 4.8.2: publishers on every shard, one group") {
    broker_room broker(options());
    auto group = members(broker, 4);
    std::vector<peer> publishers;
    for (int n = 0; n < 6; ++n) publishers.push_back(broker.connect("p" + std::to_string(n), client5()));
    for (int n = 0; n < 60; ++n) publishers[static_cast<std::size_t>(n % 6)].publish("t", std::to_string(n), qos_1);
    std::vector<std::string> all;
    for (auto& m : group) {
        const auto got = take_all(m);
        CHECK(got.size() == 15);
        all.insert(all.end(), got.begin(), got.end());
    }
    CHECK(sorted(all) == sorted(numbers(0, 60)));
}

TEST_CASE("5.0 section 4.8.2: a group of one gets everything, in order, also beyond its window and while it is away") {
    broker_room broker(options());
    const auto as_bob = returning5(3'600, {short_property(property_id::receive_maximum, 3)});
    for (const auto name : {"bob"sv, "rob"sv, "job"sv}) {
        auto bob = broker.connect(name, as_bob);
        subscribe5(bob, "$share/" + std::string(name) + "/t", {.qos = qos_2});
        auto amy = broker.connect("amy", client5());
        for (int n = 0; n < 20; ++n) amy.publish("t", std::to_string(n), qos_1);
        CHECK(take(bob, 5) == numbers(0, 5));
        bob.drop();
        for (int n = 20; n < 30; ++n) amy.publish("t", std::to_string(n), qos_1);
        bob = broker.connect(name, as_bob);
        CHECK(take_all(bob) == numbers(5, 30));
        unsubscribe5(bob, "$share/" + std::string(name) + "/t");
    }
}

TEST_CASE("5.0 section 4.8.2: with a non-shared subscription beside it a client gets two copies, each with its own identifier") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    subscribe5(bob, "t", {.qos = qos_1}, 1);
    subscribe5(bob, "$share/g/t", {.qos = qos_2}, 2);
    auto amy = broker.connect("amy", client5());
    for (const auto q : every_qos) {
        amy.publish("t", "x", q);
        std::map<std::uint32_t, tepore::protocol::qos> got;
        for (int n = 0; n < 2; ++n) {
            const auto p = bob.take();
            REQUIRE(subscription_identifiers(p).size() == 1);
            got[subscription_identifiers(p)[0]] = p.qos;
        }
        CHECK(got == std::map<std::uint32_t, tepore::protocol::qos>{{1, std::min(q, qos_1)}, {2, q}});
        CHECK(bob.silent());
    }
}

TEST_CASE("5.0 section 3.3.4: the identifier is that of the member that gets the message") {
    broker_room broker(options());
    std::vector<peer> group;
    for (int n = 0; n < 3; ++n) {
        group.push_back(broker.connect(member(n), client5()));
        subscribe5(group.back(), "$share/g/t", {.qos = qos_1}, n == 0 ? 0 : 10u + static_cast<unsigned>(n));
    }
    auto amy = broker.connect("amy", client5());
    for (int n = 0; n < 3; ++n) amy.publish("t", "x", qos_1);
    CHECK(subscription_identifiers(group[0].take()).empty());
    CHECK(subscription_identifiers(group[1].take()) == std::vector<std::uint32_t>{11});
    CHECK(subscription_identifiers(group[2].take()) == std::vector<std::uint32_t>{12});
}

TEST_CASE("[B-23] 5.0 section 4.8.2: two groups with the same filter, or with overlapping ones, get a copy each") {
    broker_room broker(options());
    std::vector<peer> members;
    const std::string_view filters[] = {"$share/one/t/+", "$share/two/t/+", "$share/one/t/#", "$share/one/t/x"};
    for (int n = 0; n < 8; ++n) {
        members.push_back(broker.connect(member(n), client5()));
        subscribe5(members.back(), filters[n / 2], {.qos = qos_1});
    }
    auto amy = broker.connect("amy", client5());
    for (int n = 0; n < 10; ++n) amy.publish("t/x", std::to_string(n), qos_1);
    for (std::size_t g = 0; g < 4; ++g) CHECK(together({take_all(members[2 * g]), take_all(members[2 * g + 1])}) == sorted(numbers(0, 10)));
    amy.publish("t", "y", qos_1);
    CHECK(together({take_all(members[4]), take_all(members[5])}) == std::vector<std::string>{"y"});
    for (auto& m : members) CHECK(m.silent());
}

TEST_CASE("5.0 section 4.8.2: a client in two groups gets a copy for each") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    subscribe5(bob, "$share/one/t", {.qos = qos_1}, 1);
    subscribe5(bob, "$share/two/#", {.qos = qos_1}, 2);
    auto amy = broker.connect("amy", client5());
    amy.publish("t", "x", qos_1);
    CHECK(take_all(bob).size() == 2);
}

TEST_CASE("[MQTT5-4.8.2-3] [B-22] each member gets messages at the QoS granted to it") {
    broker_room broker(options());
    std::vector<peer> group;
    for (int n = 0; n < 6; ++n) {
        group.push_back(broker.connect(member(n), client5()));
        subscribe5(group.back(), "$share/g/t", {.qos = every_qos[n % 3]});
    }
    auto amy = broker.connect("amy", client5());
    for (const auto published : every_qos) {
        for (int n = 0; n < 12; ++n) amy.publish("t", "x", published);
        for (std::size_t n = 0; n < 6; ++n) {
            for (int twice = 0; twice < 2; ++twice) CHECK(group[n].take().qos == std::min(every_qos[n % 3], published));
            CHECK(group[n].silent());
        }
    }
}

TEST_CASE("[MQTT5-4.8.2-3] a second SUBSCRIBE changes the grant and does not count twice: one UNSUBSCRIBE leaves the group") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    CHECK(subscribe5(bob, "$share/g/t", {.qos = qos_2}, 1) == 2);
    CHECK(subscribe5(bob, "$share/g/t", {.qos = qos_1, .retain_as_published = true}, 2) == 1);
    auto amy = broker.connect("amy", client5());
    amy.publish("t", "x", qos_2, true);
    const auto found = bob.take();
    CHECK(found.qos == qos_1);
    CHECK(found.retain);
    CHECK(subscription_identifiers(found) == std::vector<std::uint32_t>{2});
    CHECK(bob.silent());
    CHECK(unsubscribe5(bob, "$share/g/t") == 0);
    CHECK(unsubscribe5(bob, "$share/g/t") == 0x11);
    amy.publish("t", "x", qos_2);
    CHECK(bob.silent());
}

TEST_CASE("[B-18] 5.0 section 4.8.2: no retained messages for shared subscriptions, whatever Retain Handling says; live ones come") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.publish("t", "kept", qos_1, true);
    auto bob = broker.connect("bob", returning5());
    for (const auto handling : {retain_handling::send_at_subscribe, retain_handling::send_if_new, retain_handling::do_not_send}) {
        subscribe5(bob, "$share/g/#", {.qos = qos_1, .retain = handling});
        CHECK(bob.silent());
    }
    bob.drop();
    bob = broker.connect("bob", returning5());
    CHECK(bob.silent());
    amy.publish("t", "live", qos_1, true);
    const auto found = bob.take();
    CHECK(found.payload == "live");
    CHECK(!found.retain);
    CHECK(bob.silent());
}

TEST_CASE("[B-22] 5.0 section 4.8.2: members that are away are passed over; QoS 0 is for who is there") {
    broker_room broker(options());
    auto away = broker.connect("away", returning5());
    subscribe5(away, "$share/g/t", {.qos = qos_2});
    auto here = broker.connect("here", client5());
    subscribe5(here, "$share/g/t", {.qos = qos_2});
    away.drop();
    auto amy = broker.connect("amy", client5());
    for (int n = 0; n < 10; ++n) amy.publish("t", std::to_string(n), every_qos[n % 3]);
    CHECK(take_all(here) == numbers(0, 10));
    here.drop();
    amy.publish("t", "lost", qos_0);
    amy.publish("t", "waits", qos_1);
    away = broker.connect("away", returning5());
    CHECK(take_all(away) == std::vector<std::string>{"waits"});
}

TEST_CASE("5.0 section 4.8.2: members with a full window are passed over, QoS 0 is not held up by it") {
    broker_room broker(options());
    std::vector<peer> group;
    for (int n = 0; n < 3; ++n) {
        group.push_back(broker.connect(member(n), client5({one_at_a_time})));
        subscribe5(group.back(), "$share/g/t", {.qos = qos_1});
    }
    auto amy = broker.connect("amy", client5());
    for (int n = 0; n < 30; ++n) amy.publish("t", std::to_string(n), qos_1);
    const auto first = look(group[0]).publishes;
    REQUIRE(first.size() == 1);  // and it never acknowledges
    const auto rest = together({take_all(group[1]), take_all(group[2])});
    CHECK(rest.size() == 29);
    CHECK(std::ranges::find(rest, first[0].payload) == rest.end());
    for (int n = 0; n < 3; ++n) amy.publish("t", "q0", qos_0);
    for (auto& m : group) CHECK(take_all(m) == std::vector<std::string>{"q0"});
    group[0].send(ack(packet_type::puback, first[0].id));
    amy.publish("t", "a", qos_1);
    amy.publish("t", "b", qos_1);
    amy.publish("t", "c", qos_1);
    CHECK(take_all(group[0]).size() == 1);  // it is back in the round
}

TEST_CASE("5.0 section 4.8.2: what nobody has room for waits in the group, for the first that has") {
    broker_room broker(options());
    std::vector<peer> group;
    for (int n = 0; n < 2; ++n) {
        group.push_back(broker.connect(member(n), client5({one_at_a_time})));
        subscribe5(group.back(), "$share/g/t", {.qos = qos_1});
    }
    auto amy = broker.connect("amy", client5());
    for (int n = 0; n < 10; ++n) amy.publish("t", std::to_string(n), qos_1);
    CHECK(look(group[0]).publishes.size() == 1);
    CHECK(take_all(group[1]).size() == 9);
    auto late = broker.connect("late", client5());
    subscribe5(late, "$share/g/t", {.qos = qos_1});
    CHECK(late.silent());
    look(group[1]);
    amy.publish("t", "to the others", qos_1);
    amy.publish("t", "to the others", qos_1);
    CHECK(take_all(late).size() + look(group[1]).publishes.size() == 2);
}

TEST_CASE("5.0 section 4.8.2: a new member takes what waits in the group") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    subscribe5(bob, "$share/g/t", {.qos = qos_1});
    bob.drop();
    auto amy = broker.connect("amy", client5());
    for (int n = 0; n < 5; ++n) amy.publish("t", std::to_string(n), qos_1);
    auto eve = broker.connect("eve", client5());
    subscribe5(eve, "$share/g/t", {.qos = qos_1});
    CHECK(take_all(eve) == numbers(0, 5));
    bob = broker.connect("bob", returning5());
    CHECK(bob.silent());
}

TEST_CASE("[B-22] 5.0 section 4.8.2: the group's queue outlives the connections of all its members, and ends with its last session") {
    broker_room broker(options());
    for (int n = 0; n < 3; ++n) {
        auto m = broker.connect(member(n), returning5(60));
        subscribe5(m, "$share/g/t", {.qos = qos_1});
        m.drop();
    }
    auto amy = broker.connect("amy", client5());
    for (int n = 0; n < 10; ++n) amy.publish("t", std::to_string(n), qos_1);
    auto second = broker.connect(member(1), returning5(60, {short_property(property_id::receive_maximum, 4)}));
    CHECK(take(second, 3) == numbers(0, 3));
    second.drop();  // with four in flight
    auto third = broker.connect(member(2), returning5(60));
    CHECK(take_all(third) == numbers(7, 10));
    third.drop();
    broker.advance(30s);
    second = broker.connect(member(1), returning5(60, {short_property(property_id::receive_maximum, 4)}));
    CHECK(take_all(second) == numbers(3, 7));
    second.drop();
    amy.publish("t", "nobody's", qos_1);
    broker.advance(61s);  // now all sessions have ended
    auto fresh = broker.connect(member(1), returning5(60));
    subscribe5(fresh, "$share/g/t", {.qos = qos_1});
    CHECK(fresh.silent());
}

TEST_CASE("5.0 section 4.8.2: the last UNSUBSCRIBE ends the group and what waits in it; before that others keep it alive") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5({one_at_a_time}));
    subscribe5(bob, "$share/g/t", {.qos = qos_1});
    auto eve = broker.connect("eve", returning5());
    subscribe5(eve, "$share/g/t", {.qos = qos_1});
    eve.drop();
    auto amy = broker.connect("amy", client5());
    for (int n = 0; n < 3; ++n) amy.publish("t", std::to_string(n), qos_1);
    CHECK(look(bob).payloads() == numbers(0, 1));
    CHECK(unsubscribe5(bob, "$share/g/t") == 0);  // the one who made it goes
    eve = broker.connect("eve", returning5());
    CHECK(take_all(eve) == numbers(1, 3));
    eve.drop();
    amy.publish("t", "late", qos_1);
    eve = broker.connect("eve", client5());  // her session ends, and with it the group
    subscribe5(eve, "$share/g/t", {.qos = qos_1});
    CHECK(eve.silent());
}

TEST_CASE("[MQTT5-4.8.2-4] [B-22] a QoS 2 message that was begun is completed with the same member when it is back, and with no other") {
    for (const bool released : {false, true}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", returning5());
        subscribe5(bob, "$share/g/t", {.qos = qos_2});
        auto amy = broker.connect("amy", client5());
        amy.publish("t", "x", qos_2);
        const auto sent = bob.expect_publish();
        auto eve = broker.connect("eve", client5());
        subscribe5(eve, "$share/g/t", {.qos = qos_2});
        if (released) {
            bob.send(ack(packet_type::pubrec, sent.id));
            (void)bob.expect_ack(packet_type::pubrel);
        }
        bob.drop();
        CHECK(eve.silent());
        bob = broker.connect("bob", returning5());
        if (released) {
            CHECK(bob.expect_ack(packet_type::pubrel).id == sent.id);
            bob.send(ack(packet_type::pubcomp, sent.id));
        } else {
            const auto again = bob.take();
            CHECK(again.dup);
            CHECK(again.id == sent.id);
        }
        CHECK(bob.silent());
        CHECK(eve.silent());
    }
}

TEST_CASE("[MQTT5-4.8.2-5] [B-22] when the session ends first, a QoS 2 message that was begun goes to nobody") {
    for (const auto how : {0, 1, 2}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", how == 0 ? client5() : returning5(60));
        subscribe5(bob, "$share/g/t", {.qos = qos_2});
        auto amy = broker.connect("amy", client5());
        amy.publish("t", "x", qos_2);
        CHECK(bob.expect_publish().payload == "x");
        auto eve = broker.connect("eve", client5());
        subscribe5(eve, "$share/g/t", {.qos = qos_2});
        bob.drop();
        if (how == 1) broker.advance(61s);
        if (how == 2) bob = broker.connect("bob", client5());
        CHECK(eve.silent());
        amy.publish("t", "y", qos_2);
        CHECK(take_all(eve) == std::vector<std::string>{"y"});
    }
}

TEST_CASE("[B-22] 5.0 section 4.8.2: QoS 1 messages that a session had not acknowledged when it ended go to other members, in order, as new ones") {
    for (const auto how : {0, 1, 2, 3}) {
        CAPTURE(how);
        broker_room broker(options());
        auto bob = broker.connect("bob", how == 0 || how == 3 ? client5() : returning5(60));
        subscribe5(bob, "$share/g/t", {.qos = qos_1}, 1);
        auto amy = broker.connect("amy", client5());
        for (int n = 0; n < 5; ++n) amy.publish("t", std::to_string(n), qos_2);
        auto sent = look(bob).publishes;
        REQUIRE(sent.size() == 5);
        bob.send(ack(packet_type::puback, sent[1].id));
        auto eve = broker.connect("eve", client5());
        subscribe5(eve, "$share/g/t", {.qos = qos_2}, 2);
        if (how == 3)
            bob.disconnect();
        else
            bob.drop();
        if (how == 1) broker.advance(61s);
        if (how == 2) bob = broker.connect("bob", client5());
        for (const auto payload : {"0"sv, "2"sv, "3"sv, "4"sv}) {
            const auto found = eve.take();
            CHECK(found.payload == payload);
            CHECK(!found.dup);
            CHECK(found.qos == qos_2);  // her grant
            CHECK(subscription_identifiers(found) == std::vector<std::uint32_t>{2});
        }
        CHECK(eve.silent());
    }
}

TEST_CASE("5.0 section 4.8.2: QoS 1 messages of a lost session wait in the group when nobody has room, before the younger ones") {
    broker_room broker(options());
    auto eve = broker.connect("eve", returning5());
    subscribe5(eve, "$share/g/t", {.qos = qos_1});
    eve.drop();
    auto bob = broker.connect("bob", client5({short_property(property_id::receive_maximum, 3)}));
    subscribe5(bob, "$share/g/t", {.qos = qos_1});
    auto amy = broker.connect("amy", client5());
    for (int n = 0; n < 6; ++n) amy.publish("t", std::to_string(n), qos_1);
    CHECK(look(bob).payloads() == numbers(0, 3));
    bob.drop();
    eve = broker.connect("eve", returning5());
    CHECK(take_all(eve) == numbers(0, 6));
}

TEST_CASE("[MQTT5-4.8.2-6] [B-22] a message that a member refuses is given to no other") {
    broker_room broker(options());
    auto group = members(broker, 2, qos_2);
    auto amy = broker.connect("amy", client5());
    for (const unsigned code : {0x80u, 0x83u, 0x87u, 0x97u, 0x99u}) {
        for (const auto q : {qos_1, qos_2}) {
            amy.publish("t", "one", q);
            amy.publish("t", "two", q);
            for (auto& m : group) {
                const auto found = m.expect_publish();
                m.send(packet(q == qos_1 ? 0x40 : 0x50, {u16(found.id), u8(code)}));
                CHECK(m.silent());
            }
        }
    }
    for (auto& m : group) m.drop();
}

TEST_CASE("[MQTT5-4.8.2-6] [B-22] what was refused is not given away when the session ends either") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    subscribe5(bob, "$share/g/t", {.qos = qos_1});
    auto amy = broker.connect("amy", client5());
    amy.publish("t", "x", qos_1);
    const auto found = bob.expect_publish();
    auto eve = broker.connect("eve", client5());
    subscribe5(eve, "$share/g/t", {.qos = qos_1});
    bob.send(packet(0x40, {u16(found.id), u8(0x97)}));
    bob.drop();
    CHECK(eve.silent());
}

TEST_CASE("[MQTT5-3.10.4-3] a member that leaves finishes what it has begun; the others get the rest") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    subscribe5(bob, "$share/g/t", {.qos = qos_1});
    auto amy = broker.connect("amy", client5());
    amy.publish("t", "begun", qos_1);
    const auto sent = bob.expect_publish();
    auto eve = broker.connect("eve", client5());
    subscribe5(eve, "$share/g/t", {.qos = qos_1});
    CHECK(unsubscribe5(bob, "$share/g/t") == 0);
    CHECK(eve.silent());
    bob.send(ack(packet_type::puback, sent.id));
    for (int n = 0; n < 4; ++n) amy.publish("t", std::to_string(n), qos_1);
    CHECK(bob.silent());
    CHECK(take_all(eve) == numbers(0, 4));
}

TEST_CASE(
    "[MQTT5-3.1.2-24] [MQTT5-3.1.2-25] [B-25] a message too large for one member goes to another; too large for all of those that are there, to "
    "nobody") {
    // "t", 100 bytes, no properties at QoS 1: 2 + 2 + 1 + 2 + 1 + 100. The identifier of the second is two bytes more.
    constexpr std::uint32_t exactly = 108;
    const std::string large(100, 'x');
    const auto takes = [](std::uint32_t bytes) { return client5({long_property(property_id::maximum_packet_size, bytes)}); };
    broker_room broker(options());
    auto small = broker.connect("small", takes(exactly - 1));
    auto fitting = broker.connect("fitting", takes(exactly));
    auto also_small = broker.connect("also", takes(exactly + 1));
    auto amy = broker.connect("amy", client5());
    subscribe5(small, "$share/g/t", {.qos = qos_1});
    for (const auto q : {qos_0, qos_1}) {
        amy.publish("t", large, q);
        CHECK(take_all(small) == (q == qos_0 ? std::vector{large} : std::vector<std::string>{}));  // two bytes less at QoS 0
    }
    subscribe5(fitting, "$share/g/t", {.qos = qos_1});
    subscribe5(also_small, "$share/g/t", {.qos = qos_1}, 127);
    CHECK(fitting.silent());  // it was dropped, not kept
    for (int n = 0; n < 6; ++n) amy.publish("t", large, qos_1);
    CHECK(take_all(fitting).size() == 6);
    CHECK(small.silent());
    CHECK(also_small.silent());
    for (int n = 0; n < 6; ++n) amy.publish("t", "x", qos_1);
    CHECK(take_all(fitting).size() == 2);
    CHECK(take_all(small).size() == 2);
    CHECK(take_all(also_small).size() == 2);
}

TEST_CASE("[MQTT5-3.1.2-24] a large message waits for the member that is away; smaller ones do not wait behind it") {
    broker_room broker(options());
    auto big = broker.connect("big", returning5());
    subscribe5(big, "$share/g/t", {.qos = qos_1});
    big.drop();
    auto small = broker.connect("small", client5({long_property(property_id::maximum_packet_size, 50), one_at_a_time}));
    subscribe5(small, "$share/g/t", {.qos = qos_1});
    auto amy = broker.connect("amy", client5());
    const std::string large(100, 'x');
    for (int n = 0; n < 4; ++n) {
        amy.publish("t", large, qos_1);
        amy.publish("t", std::to_string(n), qos_1);
    }
    CHECK(take_all(small) == numbers(0, 4));
    big = broker.connect("big", returning5());
    CHECK(take_all(big) == std::vector<std::string>(4, large));
}

TEST_CASE("[MQTT5-3.3.2-5] [MQTT5-3.3.2-6] [B-24] messages that wait in a group expire, and the others come with what is left of their time") {
    broker_room broker(options());
    auto bob = broker.connect("bob", returning5());
    subscribe5(bob, "$share/g/t", {.qos = qos_1});
    bob.drop();
    auto amy = broker.connect("amy", client5());
    const auto send = [&](std::uint32_t expiry_s, std::string_view payload, unsigned id) {
        amy.send(publish5_bytes(0x32, "t", payload, id, properties({long_property(property_id::message_expiry_interval, expiry_s)})));
        (void)amy.expect_ack(packet_type::puback);
    };
    send(100, "long", 1);
    send(10, "short", 2);
    amy.publish("t", "for ever", qos_1);
    broker.advance(30s);
    bob = broker.connect("bob", returning5());
    const auto found = bob.take();
    CHECK(found.payload == "long");
    CHECK(number_of(found, property_id::message_expiry_interval) == 70u);
    CHECK(take_all(bob) == std::vector<std::string>{"for ever"});
}

TEST_CASE("5.0 section 4.8.2: the queue of a group has the limits of a session's; the newest is dropped") {
    auto o = options();
    o.queue_messages_max = 10;
    broker_room broker(o);
    auto bob = broker.connect("bob", returning5());
    subscribe5(bob, "$share/g/t", {.qos = qos_1});
    bob.drop();
    auto amy = broker.connect("amy", client5());
    for (int n = 0; n < 15; ++n) amy.publish("t", std::to_string(n), qos_1);
    bob = broker.connect("bob", returning5());
    CHECK(take_all(bob) == numbers(0, 10));
}

TEST_CASE("5.0 section 4.8.2: members of 3.1.1 and of 5.0 in one group") {
    broker_room broker(options());
    auto old = broker.connect("old", persistent());
    CHECK(old.subscribe("$share/g/t", qos_1) == 1);
    auto bob = broker.connect("bob", client5());
    CHECK(subscribe5(bob, "$share/g/t", {.qos = qos_1}, 3) == 1);
    auto amy = broker.connect("amy");
    for (int n = 0; n < 10; ++n) amy.publish("t", std::to_string(n), qos_1);
    const auto his = take_all(old);
    CHECK(his.size() == 5);
    CHECK(together({his, take_all(bob)}) == sorted(numbers(0, 10)));
    bob.drop();
    old.drop();
    for (int n = 0; n < 4; ++n) amy.publish("t", std::to_string(n), qos_1);
    old = broker.connect("old", persistent());
    CHECK(take_all(old) == numbers(0, 4));
    old.unsubscribe("$share/g/t");
    amy.publish("t", "x", qos_1);
    CHECK(old.silent());
}

TEST_CASE("5.0 section 4.8.2: a retained message and a will reach the group like any other") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    subscribe5(bob, "$share/g/#", {.qos = qos_1, .retain_as_published = true});
    auto with_will = client5();
    with_will.will = will("w", "gone", qos_1);
    auto amy = broker.connect("amy", with_will);
    amy.publish("t", "kept", qos_1, true);
    CHECK(bob.take().retain);
    amy.drop();
    CHECK(bob.take().payload == "gone");
}

TEST_CASE("5.0 section 4.8.1: one session has one non-shared subscription for a filter; each client gets its own copy") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    auto eve = broker.connect("eve", client5());
    for (int n = 0; n < 3; ++n) {
        bob.subscribe("t", qos_1);
        eve.subscribe("t", qos_1);
    }
    auto amy = broker.connect("amy", client5());
    amy.publish("t", "x", qos_1);
    CHECK(take_all(bob).size() == 1);
    CHECK(take_all(eve).size() == 1);
}
