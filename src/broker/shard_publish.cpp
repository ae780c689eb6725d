// PUBLISH from a client, and where a message goes.
#include <algorithm>

#include "broker/shard.hpp"
#include "broker/shard_send.hpp"
#include "broker/travelling.hpp"

namespace tepore::broker {

using protocol::packet_type;
using protocol::property_id;
using protocol::qos;
using protocol::reason;

bool shard::on_publish(connection& c, const protocol::frame& f, monotonic now) {
    const auto p = protocol::decode_publish(f, c.version, protocol::direction::client_to_server);
    if (!p) return break_off(c, p.error(), now);
    count().publishes_received.add();
    auto& s = *c.session;

    if (p->qos == qos::exactly_once) {
        auto& incoming = s.need_flow().incoming;
        if (c.version == protocol::version::v5 && incoming.size() >= shared_.limits.receive_maximum && !incoming.contains(p->id))
            return break_off(c, {reason::receive_maximum_exceeded, "MQTT5-3.3.4-7", "more QoS 2 messages than the receive maximum allows"}, now);
        if (!incoming.insert(p->id)) {  // the same message again: answered, not delivered [MQTT-4.3.3-2]
            answer(c, 0, packet_type::pubrec, p->id, reason::success);
            return true;
        }
    }

    auto verdict = reason::success;
    if (levels_of(p->topic) > shared_.limits.topic_levels_max) {
        return break_off(c, {reason::topic_name_invalid, "MQTT5 4.7.3", "the topic has more levels than this server allows"}, now);
    }
    if (!p->properties.empty() && p->properties.number(property_id::topic_alias))
        return break_off(c, {reason::topic_alias_invalid, "MQTT5-3.2.2-17", "a topic alias, though this server accepts none"}, now);

    if (p->topic.starts_with("$SYS/")) {
        verdict = reason::not_authorized;  // the broker's own; 3.1.1 clients get their acknowledgement all the same [MQTT-3.3.5-2]
    } else {
        std::vector<std::uint8_t> kept;
        const auto travelling = travelling_properties(p->properties, kept, now);
        publish({p->topic, travelling.properties, p->payload, p->qos, p->retain, travelling.expires, s.self}, {}, now);
    }

    if (p->qos == qos::at_least_once) {
        answer(c, promise_, packet_type::puback, p->id, verdict);
    } else if (p->qos == qos::exactly_once) {
        if (is_error(verdict) && c.version == protocol::version::v5) s.flow->incoming.erase(p->id);  // PUBREC with an error ends the flow
        else if (s.persistent()) promise_ = std::max(promise_, store_.received(s, p->id));
        answer(c, promise_, packet_type::pubrec, p->id, verdict);
    }
    return true;
}

/// A message enters the broker: into the retained store, to the receivers of this shard, and on its way to those of others.
void shard::publish(const message_view& m, message_ref block, monotonic now) {
    if (m.retain) {
        if (m.payload.empty()) {  // [MQTT-3.3.1-10] [MQTT-3.3.1-11]
            shared_.retained.erase(m.topic);
            promise_ = std::max(promise_, store_.retained_cleared(m.topic));
        } else {
            if (!block) block = message_ref::make(m);
            if (shared_.retained.put(block)) promise_ = std::max(promise_, store_.retained(block));
            else log_.write(log_level::warning, "retained message for '" + std::string(m.topic) + "' not kept: the retained store is full");
        }
    }
    const auto& r = route_of(m.topic);
    route_local(m, block, r, now);
    if (auto others = r.remote_shards; others != 0) {
        if (!block) block = message_ref::make(m);
        for (unsigned to = 0; others != 0; ++to, others >>= 1)
            if ((others & 1) != 0) outgoing_[to].push_back(block);
    }
}

const route& shard::route_of(std::string_view topic) {
    return routes_.find(topic, shared_.subscriptions.version(), [&](std::string_view wanted, route& r) {
        matched_.clear();
        shared_.subscriptions.match(wanted, matched_);
        std::ranges::sort(matched_, {}, &subscriber::target);
        for (const auto& one : matched_) {
            if (shard_of(one.target) != index_) {
                r.remote_shards |= std::uint64_t{1} << shard_of(one.target);
                continue;
            }
            auto* s = sessions_[slot_of(one.target)].get();
            if (!r.local.empty() && r.local.back().session == s) {
                auto& same = r.local.back();
                same.qos = std::max(same.qos, one.terms.qos());
                same.local_too |= !one.terms.no_local();
                same.retain_as_published |= one.terms.retain_as_published();
            } else {
                r.local.push_back({s, one.terms.qos(), !one.terms.no_local(), one.terms.retain_as_published()});
            }
        }
    });
}

void shard::route_local(const message_view& m, message_ref& block, const route& r, monotonic now) {
    if (r.local.size() > 1 && !block && m.payload.size() >= external_payload_bytes_min) block = message_ref::make(m);  // one copy for all
    for (const auto& to : r.local) {
        if (!to.local_too && to.session->self == m.publisher) continue;
        give(*to.session, m, block, std::min(m.qos, to.qos), to.retain_as_published && m.retain, now);
    }
}

}  // namespace tepore::broker
