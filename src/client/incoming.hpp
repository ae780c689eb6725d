// Messages from the broker: topic aliases, the receiver's half of QoS 1 and 2.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/event.hpp"
#include "client/link.hpp"
#include "session/incoming_ids.hpp"

namespace tepore::mqtt_client {

class incoming {
public:
    explicit incoming(const client_options& options) : receive_maximum_(options.receive_maximum), topic_alias_maximum_(options.topic_alias_maximum) {}

    /// Notes the message unless it is a repetition, and answers at once: answers leave in the order of receipt
    /// [MQTT-4.6.0-2] [MQTT-4.6.0-3], before any other code could reorder them.
    [[nodiscard]] protocol::decoded<void> on_publish(const protocol::publish& p, link& link, event_list& events);
    void on_pubrel(const protocol::ack& released, link& link);

    /// Aliases live as long as the network connection [MQTT5-3.3.2-7], identifiers as long as the session.
    void connection_lost() noexcept {
        aliases_.clear();
        unreleased_here_.clear();
    }
    void session_lost() noexcept { unreleased_.clear(); }

private:
    [[nodiscard]] protocol::decoded<std::string_view> topic_of(const protocol::publish& p);

    const std::uint16_t receive_maximum_;
    const std::uint16_t topic_alias_maximum_;
    session::incoming_ids unreleased_;       // QoS 2, received and not yet released
    session::incoming_ids unreleased_here_;  // those received on this connection: only they count against our receive maximum (4.9)
    std::vector<std::string> aliases_;       // by alias - 1
};

}  // namespace tepore::mqtt_client
