// MQTT 5.0, 4.8.2 with everything at random: members on three shards come, go away, come back, leave and end; whatever happens, each message
// reaches each group exactly once, at QoS 1 again only where its first receiver was lost before it acknowledged, at QoS 2 never twice.
#include <random>
#include <set>

#include "conformance/v5/subscriptions.hpp"

using namespace tepore::conformance;

namespace {

constexpr int clients_count = 9;
constexpr int groups_count = 3;
const std::array<std::string, groups_count> filters{"$share/one/t/+", "$share/two/t/#", "$share/one/#"};  // each matches every topic used here

struct client {
    std::string id;
    std::optional<peer> connection;
    std::set<std::size_t> groups;
    std::uint16_t receive_maximum = 1;
};

struct world {
    explicit world(unsigned seed) : random(seed), broker(three_shards()) {
        for (int n = 0; n < clients_count; ++n) clients.push_back({.id = "client " + std::to_string(n), .connection = {}, .groups = {}});
        amy.push_back(broker.connect("amy", client5()));
        amy.push_back(broker.connect("ann", client5()));
        amy.push_back(broker.connect("ada", client5()));
    }

    static room_options three_shards() {
        auto o = options([](tepore::broker::limits& l) { l.sys_interval = 0s; });
        o.shards = 3;
        return o;
    }

    std::size_t below(std::size_t bound) { return random() % bound; }

    [[nodiscard]] bool has_member(std::size_t group) const {
        return std::ranges::any_of(clients, [&](const client& c) { return c.groups.contains(group); });
    }

    void connect(client& c) {
        c.receive_maximum = static_cast<std::uint16_t>(1 + below(5));
        bool present = false;
        c.connection = broker.connect(c.id, returning5(0xFFFF'FFFF, {short_property(property_id::receive_maximum, c.receive_maximum)}), &present);
        REQUIRE(present == known.contains(c.id));
        known.insert(c.id);
        take(c);
    }

    /// Reads everything that came, and acknowledges it (`slow`: half of it).
    void take(client& c, bool slow = false) {
        if (!c.connection) return;
        while (auto one = c.connection->next()) {
            if (const auto* p = std::get_if<tepore::protocol::publish>(&one->packet)) {
                const auto ids = [&] {
                    for (const auto& property : p->properties)
                        if (property.id == property_id::subscription_identifier) return property.number;
                    return 0u;
                }();
                REQUIRE(ids >= 1);
                REQUIRE(ids <= groups_count);
                const auto number = std::stoi(std::string(tepore::as_text(p->payload)));
                if (p->qos == qos_2) {
                    if (!p->dup) ++got[ids - 1][number];
                } else if (!p->dup) {
                    ++got[ids - 1][number];
                }
                if (slow && below(2) == 0) {
                    unanswered[c.id].push_back({p->qos, p->id, ids - 1, number});
                    continue;
                }
                c.connection->send(ack(p->qos == qos_1 ? packet_type::puback : packet_type::pubrec, p->id));
                if (p->qos == qos_1) std::erase_if(unanswered[c.id], [&](const auto& u) { return u.id == p->id && u.qos == qos_1; });
                if (p->qos == qos_2) std::erase_if(unanswered[c.id], [&](const auto& u) { return u.id == p->id && u.qos == qos_2; });
            } else if (const auto* a = std::get_if<tepore::protocol::ack>(&one->packet); a != nullptr) {
                REQUIRE(a->type == packet_type::pubrel);
                c.connection->send(ack(packet_type::pubcomp, a->id));
            } else {
                FAIL("another packet came");
            }
        }
    }

    void answer_all(client& c) {
        if (!c.connection) return;
        for (const auto& u : std::exchange(unanswered[c.id], {}))
            c.connection->send(ack(u.qos == qos_1 ? packet_type::puback : packet_type::pubrec, u.id));
        take(c);
    }

    /// The session ends: its unanswered QoS 1 messages will be seen again by others, its QoS 2 ones by nobody.
    void end(client& c) {
        for (const auto& u : std::exchange(unanswered[c.id], {})) {
            if (u.qos != qos_1) continue;
            again[u.group].insert(u.number);
            const bool left = std::ranges::any_of(clients, [&](const client& other) { return &other != &c && other.groups.contains(u.group); });
            if (!left) gone[u.group].insert(u.number);
        }
        for (const auto g : std::exchange(c.groups, {}))
            if (!has_member(g)) group_ends(g);
        c.connection.reset();
        auto p = broker.connect(c.id, client5());  // Clean Start, and expiry 0
        p.disconnect();
        known.erase(c.id);
    }

    /// What waits in a group ends with it.
    void group_ends(std::size_t g) {
        for (int n = 0; n < next; ++n)
            if (expected[g].contains(n) && !got[g].contains(n)) gone[g].insert(n);
    }

    void publish() {
        for (std::size_t g = 0; g < groups_count; ++g)
            if (has_member(g)) expected[g].insert(next);
        amy[below(amy.size())].publish(below(2) == 0 ? "t/a" : "t/b", std::to_string(next++), below(2) == 0 ? qos_1 : qos_2);
    }

    void step() {
        auto& c = clients[below(clients.size())];
        switch (below(12)) {
            case 0:
            case 1:
                if (!c.connection) connect(c);
                break;
            case 2:
                take(c);
                if (c.connection) c.connection->drop();
                c.connection.reset();
                break;
            case 3:
            case 4: {
                if (!c.connection) break;
                take(c);
                const auto g = below(groups_count);
                c.connection->send(subscribe5_bytes(9'999, filters[g], 2, properties({subscription_identifier(static_cast<std::uint32_t>(g) + 1)})));
                REQUIRE(c.connection->expect_suback(9'999) == wire{2});
                c.groups.insert(g);
                take(c);
                break;
            }
            case 5: {
                if (!c.connection || below(3) != 0) break;
                take(c);
                const auto g = below(groups_count);
                c.connection->send(unsubscribe5_bytes(9'999, filters[g]));
                REQUIRE(c.connection->expect_unsuback(9'999) == wire{static_cast<std::uint8_t>(c.groups.erase(g) == 1 ? 0 : 0x11)});
                if (!has_member(g)) group_ends(g);
                break;
            }
            case 6:
                if (below(6) == 0) {
                    for (auto& each : clients) take(each, true);
                    end(c);
                }
                break;
            case 7: answer_all(c); break;
            case 8: take(c, true); break;
            default: publish();
        }
        for (auto& each : clients) take(each, each.receive_maximum > 2);
    }

    void check() {
        for (auto& c : clients) {
            if (!c.connection && known.contains(c.id)) connect(c);
            answer_all(c);
        }
        for (auto& c : clients) {
            take(c);
            answer_all(c);
        }
        for (std::size_t g = 0; g < groups_count; ++g) {
            CAPTURE(g);
            for (const auto& [number, times] : got[g]) {
                CAPTURE(number);
                REQUIRE(expected[g].contains(number));
                REQUIRE(times <= 1 + (again[g].contains(number) ? clients_count : 0));
            }
            for (const auto number : expected[g]) {
                CAPTURE(number);
                if (!gone[g].contains(number)) REQUIRE(got[g].contains(number));
            }
        }
    }

    struct unanswered_message {
        tepore::protocol::qos qos;
        tepore::protocol::packet_id id;
        std::size_t group;
        int number;
    };

    std::mt19937 random;
    broker_room broker;
    std::vector<peer> amy;
    std::vector<client> clients;
    std::set<std::string> known;  // sessions that the broker has
    std::map<std::string, std::vector<unanswered_message>> unanswered;
    int next = 0;
    std::array<std::set<int>, groups_count> expected;  // published while the group had members
    std::array<std::map<int, int>, groups_count> got;  // and how often it came as a new message
    std::array<std::set<int>, groups_count> again;     // may come to another member
    std::array<std::set<int>, groups_count> gone;      // may have ended with its group
};

}  // namespace

TEST_CASE("5.0 section 4.8.2: random groups over three shards: each message to exactly one member of each group") {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        world w(seed);
        for (int n = 0; n < 400; ++n) w.step();
        w.check();
        std::size_t delivered = 0;
        for (const auto& g : w.got) delivered += g.size();
        CHECK(delivered > 100);
    }
}

TEST_CASE("5.0 section 4.8.2: random members without losses share fairly, whatever shards they are on") {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        auto o = options();
        o.shards = 3;
        broker_room broker(o);
        const auto count = 1 + random() % 8;
        const auto q = every_qos[random() % 3];
        std::vector<peer> group;
        for (unsigned n = 0; n < count; ++n) {
            group.push_back(broker.connect(std::to_string(random()), client5()));
            subscribe5(group.back(), "$share/g/#", {.qos = q});
        }
        std::vector<peer> publishers;
        for (int n = 0; n < 3; ++n) publishers.push_back(broker.connect(std::to_string(random()), client5()));
        std::vector<std::string> expected;
        for (unsigned n = 0; n < 10 * count; ++n) {
            expected.push_back(std::to_string(n));
            publishers[random() % 3].publish("t", expected.back(), q);
        }
        std::vector<std::string> all;
        for (auto& m : group) {
            const auto got = take_all(m);
            CHECK(got.size() == 10);
            all.insert(all.end(), got.begin(), got.end());
        }
        CHECK(sorted(all) == sorted(expected));
    }
}
