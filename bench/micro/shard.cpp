// The broker core from bytes to bytes: what one message costs beyond the network.
#include <memory>
#include <string>

#include "micro/subject.hpp"
#include "support/one_shard.hpp"

namespace tepore::bench {
namespace {

using protocol::packet_id;
using protocol::packet_type;
using protocol::qos;

constexpr std::string_view topic = "home/3/zone/kitchen/temperature";

/// One read of `burst` messages, and the turn's end.
operation publish_qos_0(std::size_t receivers, std::size_t burst) {
    auto b = std::make_shared<one_shard>();
    for (std::size_t i = 0; i < receivers; ++i) b->subscribe(b->connect("receiver-" + std::to_string(i)), topic, qos::at_most_once);
    auto& publisher = b->connect("publisher");
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < burst; ++i) {
        const auto one = publish_of(topic, qos::at_most_once);
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    return [b, &publisher, bytes, burst](std::size_t n) {
        for (std::size_t i = 0; i < n; i += burst) {
            b->receive(publisher, bytes);
            b->turn();
        }
    };
}

/// Packets of the flow, with their identifiers changed from message to message as clients do.
class flow_bytes {
public:
    explicit flow_bytes(qos q) : publish_(publish_of(topic, q, 1)), id_at_(2 + 2 + topic.size()) {}
    byte_view publish(packet_id id) { return with_id(publish_, id_at_, id); }
    byte_view ack(packet_type type, packet_id id) {
        ack_[0] = static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4 | (type == packet_type::pubrel ? 2u : 0u));
        return with_id(ack_, 2, id);
    }

private:
    static byte_view with_id(std::vector<std::uint8_t>& bytes, std::size_t at, packet_id id) {
        bytes[at] = static_cast<std::uint8_t>(id >> 8);
        bytes[at + 1] = static_cast<std::uint8_t>(id);
        return bytes;
    }
    std::vector<std::uint8_t> publish_;
    std::vector<std::uint8_t> ack_{0, 2, 0, 0};
    std::size_t id_at_;
};

packet_id next_id(packet_id id) {
    return id == 0xffff ? packet_id{1} : static_cast<packet_id>(id + 1);
}

/// One message through the whole of both flows, each packet in a turn of its own.
operation publish_qos_1() {
    auto b = std::make_shared<one_shard>();
    auto& receiver = b->connect("receiver");
    b->subscribe(receiver, topic, qos::at_least_once);
    auto& publisher = b->connect("publisher");
    return [b, &receiver, &publisher, bytes = flow_bytes(qos::at_least_once), id = packet_id{0}](std::size_t n) mutable {
        for (std::size_t i = 0; i < n; ++i) {
            id = next_id(id);  // the broker gives out the same sequence
            b->receive(publisher, bytes.publish(id));
            b->turn();
            b->receive(receiver, bytes.ack(packet_type::puback, id));
            b->turn();
        }
    };
}

operation publish_qos_2() {
    auto b = std::make_shared<one_shard>();
    auto& receiver = b->connect("receiver");
    b->subscribe(receiver, topic, qos::exactly_once);
    auto& publisher = b->connect("publisher");
    return [b, &receiver, &publisher, bytes = flow_bytes(qos::exactly_once), id = packet_id{0}](std::size_t n) mutable {
        for (std::size_t i = 0; i < n; ++i) {
            id = next_id(id);
            b->receive(publisher, bytes.publish(id));
            b->turn();
            b->receive(publisher, bytes.ack(packet_type::pubrel, id));
            b->receive(receiver, bytes.ack(packet_type::pubrec, id));
            b->turn();
            b->receive(receiver, bytes.ack(packet_type::pubcomp, id));
            b->turn();
        }
    };
}

/// `count` of them, with the identifiers from `first` on. Returns the identifier after them.
packet_id append_acks(std::vector<std::uint8_t>& to, packet_type type, packet_id first, std::size_t count) {
    flow_bytes flow(qos::exactly_once);
    for (; count > 0; --count, first = next_id(first)) {
        const auto one = flow.ack(type, first);
        to.insert(to.end(), one.begin(), one.end());
    }
    return first;
}

/// `burst` messages in a read. The receiver is sent some at a time, and its answers come as they do: PUBCOMP of the last ones with PUBREC of the
/// next.
operation publish_qos_2_at_once(std::size_t burst) {
    auto b = std::make_shared<one_shard>();
    auto& receiver = b->connect("receiver");
    b->subscribe(receiver, topic, qos::exactly_once);
    auto& publisher = b->connect("publisher");
    std::vector<std::uint8_t> publishes, releases;
    flow_bytes flow(qos::exactly_once);
    for (packet_id id = 1; id <= burst; ++id) {
        const auto one = flow.publish(id);
        publishes.insert(publishes.end(), one.begin(), one.end());
    }
    append_acks(releases, packet_type::pubrel, 1, burst);
    const std::size_t at_a_time = broker::limits{}.inflight_qos2_max_v3;
    std::vector<std::vector<std::uint8_t>> answers;  // as many as until the broker's identifiers begin anew
    packet_id received = 1, completed = 1;
    do {
        std::size_t last = 0;
        for (std::size_t left = burst; left > 0 || last > 0;) {
            auto& one = answers.emplace_back();
            completed = append_acks(one, packet_type::pubcomp, completed, last);
            last = std::min(at_a_time, left);
            received = append_acks(one, packet_type::pubrec, received, last);
            left -= last;
        }
    } while (received != 1);
    const auto each = (burst + at_a_time - 1) / at_a_time + 1;
    return [b, &receiver, &publisher, publishes, releases, answers, burst, each, next = std::size_t{0}](std::size_t n) mutable {
        for (std::size_t i = 0; i < n; i += burst) {
            b->receive(publisher, publishes);
            b->turn();
            b->receive(publisher, releases);
            b->turn();
            for (std::size_t k = 0; k < each; ++k) {
                b->receive(receiver, answers[next]);
                next = next + 1 == answers.size() ? 0 : next + 1;
                b->turn();
            }
        }
    };
}

operation connect_and_subscribe() {
    auto b = std::make_shared<one_shard>();
    return [b, count = 0](std::size_t n) mutable {
        for (std::size_t i = 0; i < n; ++i) {
            const auto id = std::to_string(count++);
            auto& c = b->connect("client-" + id);
            b->subscribe(c, "home/" + id + "/set", qos::at_least_once);
            b->drop(c);
        }
    };
}

}  // namespace

void add_shard(std::vector<subject>& to) {
    to.push_back({"shard/qos_0_to_1", [] { return publish_qos_0(1, 1); }});
    to.push_back({"shard/qos_0_to_1_batch_64", [] { return publish_qos_0(1, 64); }, 64 * 50});
    to.push_back({"shard/qos_0_to_10", [] { return publish_qos_0(10, 1); }});
    to.push_back({"shard/qos_0_to_1000", [] { return publish_qos_0(1000, 1); }, 50});
    to.push_back({"shard/qos_1", publish_qos_1});
    to.push_back({"shard/qos_2", publish_qos_2});
    to.push_back({"shard/qos_2_batch_85", [] { return publish_qos_2_at_once(85); }, 85 * 50});  // of 65,535 identifiers a whole part
    to.push_back({"shard/connect_subscribe_drop", connect_and_subscribe});
}

}  // namespace tepore::bench
