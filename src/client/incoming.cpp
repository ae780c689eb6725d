#include "client/incoming.hpp"

#include "client/wire_message.hpp"

namespace tepore::mqtt_client {

using protocol::packet_type;
using protocol::qos;
using protocol::reason;

protocol::decoded<std::string_view> incoming::topic_of(const protocol::publish& p) {
    const auto alias = p.properties.number(protocol::property_id::topic_alias);
    if (!alias) return p.topic;
    if (*alias == 0 || *alias > topic_alias_maximum_)
        return std::unexpected(protocol::fault{reason::topic_alias_invalid, "MQTT5-3.3.2-8", "PUBLISH: a topic alias that was not agreed on"});
    if (aliases_.size() < *alias) aliases_.resize(*alias);
    auto& topic = aliases_[*alias - 1];
    if (!p.topic.empty()) topic = p.topic;
    if (topic.empty())
        return std::unexpected(protocol::fault{reason::protocol_error, "MQTT5 3.3.2.3.4", "PUBLISH: a topic alias that stands for nothing"});
    return topic;
}

protocol::decoded<void> incoming::on_publish(const protocol::publish& p, link& link, event_list& events) {
    const auto topic = topic_of(p);
    if (!topic) return std::unexpected(topic.error());

    bool is_new = true;
    if (p.qos == qos::exactly_once) {
        // QoS 1 is acknowledged at once and never adds up. What a resumed session repeats may be as much as an earlier connection allowed: mosquitto
        // 2.0 does not look at the receive maximum then, and ending the connection for it would repeat for ever.
        if (link.version == protocol::version::v5 && !p.dup && unreleased_here_.size() >= receive_maximum_ && !unreleased_here_.contains(p.id))
            return std::unexpected(protocol::fault{reason::receive_maximum_exceeded, "MQTT5 3.3.4", "PUBLISH: more than our receive maximum"});
        unreleased_here_.insert(p.id);
        is_new = unreleased_.insert(p.id);
    }
    if (is_new) events.add(to_message(p, *topic));
    if (p.qos == qos::at_least_once) link.put_ack(packet_type::puback, p.id);
    if (p.qos == qos::exactly_once) link.put_ack(packet_type::pubrec, p.id);
    return {};
}

void incoming::on_pubrel(const protocol::ack& released, link& link) {
    unreleased_here_.erase(released.id);
    const bool known = unreleased_.erase(released.id);
    link.put_ack(packet_type::pubcomp, released.id, known ? reason::success : reason::packet_identifier_not_found);
}

}  // namespace tepore::mqtt_client
