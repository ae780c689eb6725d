// What a broker has to remember of messages: the values of the model.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "protocol/packet.hpp"

namespace tepore::model {

/// Properties that travel with a message unaltered [MQTT5-3.3.2-4] [MQTT5-3.3.2-15] [MQTT5-3.3.2-16] [MQTT5-3.3.2-17] [MQTT5-3.3.2-18]
/// [MQTT5-3.3.2-20].
struct content_properties {
    std::optional<std::uint32_t> payload_format;
    std::optional<std::string> content_type;
    std::optional<std::string> response_topic;
    std::optional<std::string> correlation_data;
    std::vector<std::pair<std::string, std::string>> user;
    bool operator==(const content_properties&) const = default;
};

/// All properties of one PUBLISH.
struct publish_properties {
    content_properties content;
    std::optional<std::uint32_t> expiry_s;
    std::optional<std::uint32_t> alias;
    std::vector<std::uint32_t> identifiers;  // sorted
    bool stray = false;                      // one that PUBLISH cannot have
};

[[nodiscard]] publish_properties read_properties(protocol::property_view view);

struct message {
    std::string topic;
    std::string payload;
    protocol::qos qos{};
    bool retain = false;  // as published
    content_properties content;
    std::optional<std::uint32_t> expiry_s;
    monotonic received;
    std::string publisher;  // client id

    [[nodiscard]] bool expired(monotonic now) const { return expiry_s && now >= received + std::chrono::seconds(*expiry_s); }
};
using message_ref = std::shared_ptr<const message>;

/// A message on its way to one session.
struct delivery {
    message_ref what;
    protocol::qos qos{};
    bool retain_0 = true;  // which values RETAIN may have
    bool retain_1 = false;
    std::vector<std::uint32_t> identifiers;  // of all subscriptions that it comes from, sorted
    std::string group;                       // the shared subscription that it comes from
    bool stored = false;                     // a retained message for a new subscription
    std::uint64_t order = 0;                 // deliveries with the same number came at the same moment
    /// The broker has to send it; else it may also have dropped it.
    bool certain = true;
};

/// Bytes of the PUBLISH in its longest form: whole topic, no alias. `expiry` counts its property, when there is one.
[[nodiscard]] std::size_t plain_size(const delivery& d, protocol::version v);
/// A lower bound for every form: a topic alias may stand for the topic.
[[nodiscard]] std::size_t least_size(const delivery& d, protocol::version v);

}  // namespace tepore::model
