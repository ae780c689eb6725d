// PUBLISH from a client, and where a message goes.
#include <algorithm>
#include <span>

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
    if (!r.groups.empty()) share(m, block, r, now);
    route_local(m, block, r, now);
    if (auto others = r.remote_shards; others != 0) {
        if (!block) block = message_ref::make(m);
        for (unsigned to = 0; others != 0; ++to, others >>= 1)
            if ((others & 1) != 0) outgoing_[to].push_back(block);
    }
}

namespace {

const note_ref no_note;

/// One session's matching subscriptions, as one receiver.
void add_receiver(route& r, session& s, std::span<const subscriber> matching) {
    using publishers = local_target::publishers;
    const auto add = [&](publishers of) {
        local_target to{&s, {}, of, false, 0};
        subscription_note note;
        bool any = false;
        for (const auto& [who, terms] : matching) {
            if (of == publishers::itself && terms.no_local()) continue;  // judged for each subscription [MQTT5-3.8.3-3]
            any = true;
            to.qos = std::max(to.qos, terms.qos());
            to.retain_as_published |= terms.retain_as_published();
            append_identifier(note.identifiers, terms.identifier());
        }
        if (!any) return;
        if (!note.identifiers.empty()) {
            r.notes.push_back(std::make_shared<const subscription_note>(std::move(note)));
            to.note = static_cast<std::uint32_t>(r.notes.size());
        }
        r.local.push_back(to);
    };
    if (std::ranges::none_of(matching, [](const subscriber& one) { return one.terms.no_local(); })) return add(publishers::all);
    add(publishers::others);
    add(publishers::itself);
}

}  // namespace

const route& shard::route_of(std::string_view topic) {
    return routes_.find(topic, shared_.subscriptions.version(), [&](std::string_view wanted, route& r) {
        matched_.clear();
        shared_.subscriptions.match(wanted, matched_, &r.groups);
        std::ranges::sort(matched_, {}, &subscriber::target);
        for (auto from = matched_.cbegin(); from != matched_.cend();) {
            const auto to = std::find_if(from, matched_.cend(), [&](const subscriber& one) { return one.target != from->target; });
            if (shard_of(from->target) == index_) add_receiver(r, *sessions_[slot_of(from->target)], {from, to});
            else r.remote_shards |= std::uint64_t{1} << shard_of(from->target);
            from = to;
        }
    });
}

void shard::route_local(const message_view& m, message_ref& block, const route& r, monotonic now) {
    if (r.local.size() > 1 && !block && m.payload.size() >= external_payload_bytes_min) block = message_ref::make(m);  // one copy for all
    for (const auto& to : r.local) {
        if (to.of != local_target::publishers::all && (to.of == local_target::publishers::itself) != (to.session->self == m.publisher)) continue;
        give(*to.session, m, block, std::min(m.qos, to.qos), to.retain_as_published && m.retain, to.note == 0 ? no_note : r.notes[to.note - 1], now);
    }
}

}  // namespace tepore::broker
