// QoS 0 messages go on as they came, and many alike in one piece. Nobody may be able to tell: what every client gets is compared with
// what it gets when the same packets come one by one, and when they are written anew, because a shared subscription looks at each.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>

#include "broker/limits.hpp"
#include "protocol/codec.hpp"
#include "support/conversation.hpp"

using namespace tepore;
using namespace tepore::testing;
using tepore::protocol::property_id;
using tepore::protocol::qos;
using tepore::protocol::version;

namespace {

using packet_bytes = std::vector<std::uint8_t>;

packet_bytes publish_of(std::string_view topic, std::string_view payload, version v, qos q = qos::at_most_once, protocol::packet_id id = 0,
                        protocol::property_view properties = {}, bool retain = false) {
    const protocol::publish p{.topic = topic, .payload = as_bytes(payload), .qos = q, .retain = retain, .id = id, .properties = properties};
    packet_bytes out(protocol::encoded_size(p, v));
    protocol::encode(p, v, out);
    return out;
}

/// Everybody whom a message can reach in another way than its neighbours.
struct audience {
    audience(version publishers, unsigned shards, std::uint16_t receive_maximum) : broker(options(shards, receive_maximum)) {
        connect_options its;
        its.version = publishers;
        publisher = broker.connect("publisher", its);
        add("plain", version::v3_1_1, "#", 0);
        add("newer", version::v5, "#", 0);
        add("some", version::v3_1_1, "running/+", 0);
        add("sharing", version::v3_1_1, "$share/those/running/c", 0);
        add("careful", version::v3_1_1, "running/a", 1);
        add("identified", version::v5, "running/#", 0, 7);
        add("aliases", version::v5, "running/#", 0, 0, [](auto& p) { p.number(property_id::topic_alias_maximum, 3); });
        add("small", version::v5, "#", 0, 0, [](auto& p) { p.number(property_id::maximum_packet_size, 40); });
        subscribe(publisher, publishers, "running/b", publishers == version::v5 ? 4 : 0, 0);  // No Local
    }

    static room_options options(unsigned shards, std::uint16_t receive_maximum) {
        room_options o;
        o.shards = shards;
        o.receive_maximum = receive_maximum;
        o.adjust = [](broker::limits& l) {
            l.turn_deliveries_max = 200;
            l.share_deliveries = 20;
        };
        return o;
    }

    template <class Properties = void (*)(protocol::property_builder&)>
    void add(
        std::string_view name, version v, std::string_view filter, std::uint8_t terms, std::uint32_t identifier = 0,
        Properties&& with = [](protocol::property_builder&) {}) {
        connect_options its;
        its.version = v;
        protocol::property_builder properties;
        with(properties);
        its.properties.assign(properties.view().bytes().begin(), properties.view().bytes().end());
        receivers.push_back(broker.connect(name, its));
        subscribe(receivers.back(), v, filter, terms, identifier);
    }

    static void subscribe(peer& who, version v, std::string_view filter, std::uint8_t terms, std::uint32_t identifier) {
        protocol::property_builder properties;
        if (identifier != 0) properties.number(property_id::subscription_identifier, identifier);
        packet_bytes requests;
        protocol::subscription_list::append(requests, filter, protocol::subscription_options::from_byte(terms));
        const protocol::property_view terms_of_all = v == version::v5 ? properties.view() : protocol::property_view{};
        who.send(protocol::subscribe{.id = 1, .properties = terms_of_all, .requests = protocol::subscription_list(requests)});
        CHECK(who.expect_suback(1) == packet_bytes{static_cast<std::uint8_t>(terms & 3)});
    }

    /// What everybody has got since this was last asked.
    std::vector<packet_bytes> heard() {
        std::vector<packet_bytes> all{publisher.raw()};
        for (auto& one : receivers) all.push_back(one.raw());
        return all;
    }

    broker_room broker;
    peer publisher{nullptr};
    std::vector<peer> receivers;
};

/// Runs of the same topic and length, with everything between them that ends a run.
std::vector<packet_bytes> random_stream(std::mt19937& random, version v) {
    const auto any = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    static constexpr std::array<std::string_view, 4> topics{"running/a", "running/b", "running/c", "else/where/of/greater/length"};
    std::vector<packet_bytes> stream;
    protocol::packet_id id = 0;
    while (stream.size() < 60) {
        const auto topic = topics[any(topics.size())];
        const std::size_t length = any(8) == 0 ? 5'000 : 2 + any(3) + (any(4) == 0 ? 150u : 0u) + (any(2) == 0 ? 10u : 0u);
        const auto q = any(2) == 0 ? qos::at_most_once : static_cast<qos>(any(3));
        const bool padded = v != version::v5 && any(6) == 0;  // a length of two bytes where one would do: legal before 5.0
        for (unsigned left = 1 + any(12); left != 0; --left) {
            protocol::property_builder properties;
            if (v == version::v5 && length > 10 && any(6) == 0) properties.user("k", "v");
            const auto property_bytes = properties.view().bytes().size();
            const std::string payload(length - property_bytes, static_cast<char>('a' + any(26)));  // the packet's size is the same
            if (q != qos::at_most_once && any(6) != 0) ++id;                                       // or the same once more
            auto bytes = publish_of(topic, payload, v, q, q == qos::at_most_once ? protocol::packet_id{0} : std::max<protocol::packet_id>(id, 1),
                                    properties.view(), any(12) == 0);
            const auto id_at = 2 + 2 + topic.size();
            if (q != qos::at_most_once && bytes[1] < 128 && any(1'000) == 0) bytes[id_at] = bytes[id_at + 1] = 0;
            if (padded && bytes[1] < 128) {
                bytes[1] |= 128;
                bytes.insert(bytes.begin() + 2, 0);
            }
            stream.push_back(std::move(bytes));
        }
    }
    return stream;
}

}  // namespace

TEST_CASE("messages that go on as they came reach everybody as if each had been looked at") {
    version v{};
    SUBCASE("3.1.1") {
        v = version::v3_1_1;
    }
    SUBCASE("5.0") {
        v = version::v5;
    }
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        const std::uint16_t receive_maximum = round % 4 == 0 ? 12 : 100;  // streams may go beyond 12
        audience at_once(v, 1, receive_maximum);
        audience one_by_one(v, 1, receive_maximum);
        audience elsewhere(v, 3, receive_maximum);
        audience written_anew(v, 1, receive_maximum);
        auto looker = written_anew.broker.connect("looker");
        CHECK(looker.subscribe("$share/all/#") == 0);
        const auto stream = random_stream(random, v);
        packet_bytes all;
        for (const auto& one : stream) {
            all.insert(all.end(), one.begin(), one.end());
            one_by_one.publisher.send(one);
        }
        at_once.publisher.send(all);
        elsewhere.publisher.send(all);
        written_anew.publisher.send(all);
        const auto heard = at_once.heard();
        REQUIRE(heard == one_by_one.heard());
        REQUIRE(heard == written_anew.heard());
        REQUIRE(heard == elsewhere.heard());
    }
}

TEST_CASE("what goes on as it came overtakes nothing that an acknowledgement before it has made room for") {
    auto q = qos::at_most_once;
    SUBCASE("at QoS 0") {}
    SUBCASE("at QoS 1") {
        q = qos::at_least_once;
    }
    room_options options;
    options.adjust = [](broker::limits& l) { l.inflight_max = 1; };
    broker_room broker(options);
    auto amy = broker.connect("amy");
    amy.subscribe("her/topic", qos::at_least_once);
    auto bob = broker.connect("bob");
    bob.publish("her/topic", "one", qos::at_least_once);
    bob.publish("her/topic", "two", qos::at_least_once);
    const auto first = amy.expect_publish();
    CHECK(first.payload == "one");
    CHECK(amy.silent());
    packet_bytes both{0x40, 2, static_cast<std::uint8_t>(first.id >> 8), static_cast<std::uint8_t>(first.id)};
    const auto own = publish_of("her/topic", "three", version::v3_1_1, q, q == qos::at_most_once ? protocol::packet_id{0} : protocol::packet_id{9});
    both.insert(both.end(), own.begin(), own.end());
    amy.send(both);
    if (q != qos::at_most_once) amy.expect_ack(protocol::packet_type::puback);
    CHECK(amy.take().payload == "two");
    CHECK(amy.take().payload == "three");
    CHECK(amy.silent());
}

TEST_CASE("what goes on as it came is kept for a session that outlives its connection") {
    broker_room broker;
    connect_options lasting;
    lasting.clean = false;
    auto amy = broker.connect("amy", lasting);
    amy.subscribe("her/topic", qos::at_least_once);
    auto bob = broker.connect("bob");
    packet_bytes run;
    for (protocol::packet_id id = 1; id <= 3; ++id) {
        const auto one = publish_of("her/topic", std::to_string(id), version::v3_1_1, qos::at_least_once, id);
        run.insert(run.end(), one.begin(), one.end());
    }
    bob.send(run);
    for (int i = 1; i <= 3; ++i) CHECK(amy.expect_publish().payload == std::to_string(i));
    amy.drop();
    amy = broker.connect("amy", lasting);
    for (int i = 1; i <= 3; ++i) {
        const auto again = amy.expect_publish();
        CHECK(again.payload == std::to_string(i));
        CHECK(again.dup);
    }
}
