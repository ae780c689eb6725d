#include "load/ledger.hpp"

#include <algorithm>
#include <charconv>

namespace tepore::load {

namespace {

/// The filling of message `number`: anything that shows a wrong byte, a cut, or another message's tail.
char filling(std::uint32_t number, std::size_t at) {
    return static_cast<char>('a' + (number + at) % 26);
}

}  // namespace

ledger::ledger(std::size_t clients, std::vector<std::string> topics, std::vector<std::vector<subscriber>> subscribers)
    : topics_(std::move(topics)), subscribers_(std::move(subscribers)), arrivals_(clients), last_(clients) {}

std::uint32_t ledger::publish(message m) {
    ++published_[static_cast<std::size_t>(m.qos)];
    messages_.push_back(m);
    return static_cast<std::uint32_t>(messages_.size() - 1);
}

std::string ledger::payload(std::uint32_t number) const {
    auto text = std::to_string(number) + ':';
    for (std::size_t i = 0; i < messages_[number].padding_bytes; ++i) text += filling(number, i);
    return text;
}

std::optional<protocol::qos> ledger::subscribed(std::uint32_t client, std::uint32_t topic) const {
    for (const auto& one : subscribers_[topic]) {
        if (one.client == client) return one.qos;
    }
    return std::nullopt;
}

void ledger::problem(std::uint64_t verdict::*kind, std::uint32_t client, std::uint32_t number, const char* what) {
    if (found_.first_problem.empty()) {
        found_.first_problem = std::string(what) + ": message " + std::to_string(number) + " at client " + std::to_string(client);
        if (number < messages_.size()) {
            const auto& m = messages_[number];
            found_.first_problem +=
                ", published by " + std::to_string(m.publisher) + " to " + topics_[m.topic] + " at QoS " + std::to_string(static_cast<int>(m.qos));
        }
    }
    ++(found_.*kind);
}

void ledger::deliver(std::uint32_t client, std::string_view topic, byte_view payload, protocol::qos qos) {
    ++found_.delivered;
    const auto text = as_text(payload);
    std::uint32_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc{} || number >= messages_.size() || text != this->payload(number))
        return problem(&verdict::damaged, client, number, "damaged payload");
    const auto& m = messages_[number];
    const auto granted = subscribed(client, m.topic);
    if (topic != topics_[m.topic] || !granted) return problem(&verdict::damaged, client, number, "not for this client");
    if (qos != std::min(m.qos, *granted)) return problem(&verdict::damaged, client, number, "wrong QoS");

    auto& counts = arrivals_[client];
    if (counts.size() <= number) counts.resize(messages_.size());
    if (counts[number] < 255) ++counts[number];
    if (counts[number] == 1) {
        // At QoS 0 a message may be lost and then arrive late, when its publisher sends it again.
        if (qos != protocol::qos::at_most_once) check_order(client, number);
        return;
    }
    if (qos == protocol::qos::exactly_once) {
        problem(&verdict::twice, client, number, "twice");
    } else {
        ++found_.repeated;
    }
}

void ledger::check_order(std::uint32_t client, std::uint32_t number) {
    const auto& m = messages_[number];
    auto [last, first_one] = last_[client].try_emplace({m.publisher, m.topic, static_cast<std::uint32_t>(m.qos)}, number);
    if (first_one) return;
    if (last->second > number) return problem(&verdict::out_of_order, client, number, "after a later one");
    last->second = number;
}

bool ledger::everything_arrived() const {
    for (std::uint32_t number = 0; number < messages_.size(); ++number) {
        const auto& m = messages_[number];
        if (m.qos == protocol::qos::at_most_once) continue;
        if (!m.acknowledged) return false;
        for (const auto& [client, granted] : subscribers_[m.topic]) {
            if (granted == protocol::qos::at_most_once) continue;
            if (arrivals_[client].size() <= number || arrivals_[client][number] == 0) return false;
        }
    }
    return true;
}

verdict ledger::judge() const {
    auto all = *this;  // problem() writes into the copy
    for (std::uint32_t number = 0; number < messages_.size(); ++number) {
        const auto& m = messages_[number];
        if (m.qos == protocol::qos::at_most_once) continue;
        if (!m.acknowledged) all.problem(&verdict::unacknowledged, m.publisher, number, "never acknowledged");
        for (const auto& [client, granted] : subscribers_[m.topic]) {
            if (granted == protocol::qos::at_most_once) continue;
            ++all.found_.expected;
            if (arrivals_[client].size() <= number || arrivals_[client][number] == 0) all.problem(&verdict::lost, client, number, "lost");
        }
    }
    return all.found_;
}

}  // namespace tepore::load
