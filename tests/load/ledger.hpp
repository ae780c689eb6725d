// What was published and what arrived where: the judge of the chaos test. Knows no connections.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/types.hpp"

namespace tepore::load {

struct verdict {
    std::uint64_t expected = 0;   // deliveries of QoS 1 and 2
    std::uint64_t delivered = 0;  // all deliveries, QoS 0 and repetitions too
    std::uint64_t repeated = 0;   // QoS 1 more than once: allowed
    std::uint64_t lost = 0;
    std::uint64_t twice = 0;  // QoS 2 more than once
    std::uint64_t out_of_order = 0;
    std::uint64_t damaged = 0;  // payload, topic or addressee is wrong
    std::uint64_t unacknowledged = 0;
    std::string first_problem;  // in words

    [[nodiscard]] bool good() const { return lost + twice + out_of_order + damaged + unacknowledged == 0; }
};

class ledger {
public:
    struct message {
        std::uint32_t publisher = 0;
        std::uint32_t topic = 0;
        protocol::qos qos{};
        bool acknowledged = false;
        std::uint32_t padding_bytes = 0;
    };

    /// `subscribers[t]` lists who subscribed to topic t, and at which QoS. Fixed for the whole test.
    struct subscriber {
        std::uint32_t client = 0;
        protocol::qos qos{};
    };
    ledger(std::size_t clients, std::vector<std::string> topics, std::vector<std::vector<subscriber>> subscribers);

    /// Notes a message and gives its number.
    std::uint32_t publish(message m);
    void acknowledge(std::uint32_t number) { messages_.at(number).acknowledged = true; }
    /// The payload says all that is needed to judge it on arrival.
    [[nodiscard]] std::string payload(std::uint32_t number) const;
    void deliver(std::uint32_t client, std::string_view topic, byte_view payload, protocol::qos qos);

    [[nodiscard]] std::string_view topic(std::uint32_t index) const { return topics_[index]; }
    [[nodiscard]] std::size_t topics() const { return topics_.size(); }
    [[nodiscard]] const message& at(std::uint32_t number) const { return messages_[number]; }
    [[nodiscard]] std::array<std::uint64_t, 3> published() const { return published_; }
    /// Deliveries so far: when it stands still, nothing is on its way.
    [[nodiscard]] std::uint64_t delivered() const { return found_.delivered; }
    [[nodiscard]] bool everything_arrived() const;
    [[nodiscard]] verdict judge() const;

private:
    void problem(std::uint64_t verdict::*kind, std::uint32_t client, std::uint32_t number, const char* what);
    void check_order(std::uint32_t client, std::uint32_t number);
    [[nodiscard]] std::optional<protocol::qos> subscribed(std::uint32_t client, std::uint32_t topic) const;

    std::vector<std::string> topics_;
    std::vector<std::vector<subscriber>> subscribers_;
    std::vector<message> messages_;
    std::vector<std::vector<std::uint8_t>> arrivals_;  // [client][message number]: how often, up to 255
    // [client]: the highest message number seen of a publisher, topic and QoS. Numbers grow with time, so order is order of numbers.
    std::vector<std::map<std::array<std::uint32_t, 3>, std::uint32_t>> last_;
    std::array<std::uint64_t, 3> published_{};
    verdict found_;
};

}  // namespace tepore::load
