// PUBLISH from a client, and where a message goes.
#include <algorithm>
#include <bit>
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
    // What the route cache knows was checked when it came first.
    auto p = protocol::decode_publish(f, c.version, protocol::direction::client_to_server, routes_.last_topic());
    if (!p) return break_off(c, p.error(), now);
    count().publishes_received.add();
    if (const auto alias = p->properties.empty() ? std::nullopt : p->properties.number(property_id::topic_alias)) {
        if (const auto wrong = resolve(c, *alias, p->topic); wrong.code != reason::success) return break_off(c, wrong, now);
    }
    if (p->qos > shared_.limits.maximum_qos)
        return break_off(c, {reason::qos_not_supported, "MQTT5-3.2.2-11", "a QoS that is higher than this server's maximum"}, now);
    if (p->retain && !shared_.limits.retain_available)
        return break_off(c, {reason::retain_not_supported, "MQTT5-3.2.2-14", "a retained message, which this server does not do"}, now);

    auto [verdict, rule, why] = judge(*p);
    if (!is_error(verdict) && goes_as_it_came(f, *p)) return true;
    switch (arrival_of(c, p->qos, p->id)) {
        case arrival::again: answer(c, 0, packet_type::pubrec, p->id, reason::success); return true;
        case arrival::too_many: return refuse_too_many(c, now);
        case arrival::first: break;
    }
    if (is_error(verdict) && verdict != reason::not_authorized && (p->qos == qos::at_most_once || c.version != protocol::version::v5))
        return break_off(c, {verdict, rule, why}, now);  // there is no other way to tell
    if (!is_error(verdict)) {
        const auto travelling = p->properties.empty() ? broker::travelling{} : travelling_properties(p->properties, kept_, now);
        const bool may_refuse = p->qos != qos::at_most_once && c.version == protocol::version::v5;
        const message_view m{p->topic,  travelling.properties, p->payload,      p->qos,
                             p->retain, travelling.expires,    c.session->self, travelling.expiry_s};
        verdict = publish(m, {}, now, may_refuse);
        if (is_error(verdict)) why = "the retained store is full";
    }
    acknowledge(c, p->qos, p->id, verdict, why);
    return true;
}

/// Whether a message of QoS 2 is the same as one before, which is answered, but not delivered [MQTT-4.3.3-2]; and whether a client of 5.0 sends more
/// than it may (3.3.4). A repetition was counted when it came first, on this connection or on one whose quota ended with it.
shard::arrival shard::arrival_of(const connection& c, qos q, protocol::packet_id id) const noexcept {
    if (q == qos::at_most_once) return arrival::first;
    if (q == qos::exactly_once && c.session->flow && c.session->flow->incoming.contains(id)) return arrival::again;
    const bool too_many = c.version == protocol::version::v5 && c.received_here.size() + c.pubacks_held >= shared_.limits.receive_maximum;
    return too_many ? arrival::too_many : arrival::first;
}

bool shard::refuse_too_many(connection& c, monotonic now) {
    return break_off(c, {reason::receive_maximum_exceeded, "MQTT5-3.3.4-7", "more messages than the receive maximum allows"}, now);
}

/// Of a message that arrived first.
void shard::acknowledge(connection& c, qos q, protocol::packet_id id, reason verdict, std::string_view why) {
    if (q == qos::at_most_once) return;
    if (q == qos::exactly_once && (!is_error(verdict) || c.version != protocol::version::v5)) {  // 5.0: an error ends the flow [MQTT5-4.3.3-9]
        auto& s = *c.session;
        s.need_flow().incoming.insert(id);
        if (c.version == protocol::version::v5) c.received_here.insert(id);
        if (s.persistent()) promise_ = std::max(promise_, store_.received(s, id));
    }
    answer(c, promise_, q == qos::at_least_once ? packet_type::puback : packet_type::pubrec, id, verdict, why);
}

/// A PUBLISH with a topic alias: sets it when there is a topic, else takes the topic it was set to (3.3.2.3.4). What becomes of the message makes no
/// difference to the alias.
protocol::fault shard::resolve(connection& c, std::uint32_t alias, std::string_view& topic) {
    if (alias > shared_.limits.topic_alias_maximum)
        return {reason::topic_alias_invalid, "MQTT5-3.3.2-9", "a topic alias above this server's maximum"};
    if (!topic.empty()) {
        if (!c.aliases_in) c.aliases_in = std::make_unique<incoming_aliases>();
        c.aliases_in->set(alias, topic);
    } else {
        topic = c.aliases_in ? c.aliases_in->topic(alias) : std::string_view{};
        if (topic.empty()) return {reason::protocol_error, "MQTT5 3.3.2.3.4", "a topic alias that was not set on this connection"};
    }
    return {reason::success, "", ""};
}

/// Why this server does not take the message; success: it does.
protocol::fault shard::judge(const protocol::publish& p) const noexcept {
    const auto& l = shared_.limits;
    if (p.topic.size() >= l.topic_levels_max && levels_of(p.topic) > l.topic_levels_max)  // n levels need n - 1 separators at least
        return {reason::topic_name_invalid, "MQTT5 4.7.3", "the topic has more levels than this server allows"};
    if (p.topic.starts_with("$SYS/"))  // 3.1.1 clients get their acknowledgement all the same [MQTT-3.3.5-2]
        return {reason::not_authorized, "MQTT5 3.4.2.1", "$SYS is the broker's own"};
    if (l.validate_payload_format && !is_of_its_format(p.properties, p.payload))
        return {reason::payload_format_invalid, "MQTT5 3.3.2.3.2", "the payload is not the UTF-8 that it says it is"};
    return {reason::success, "", ""};
}

/// A message enters the broker: into the retained store, to the receivers of this shard, and on its way to those of others. The answer is what a
/// publisher may be told: success, or that nobody wants it; with `may_refuse`, that a retained message found no room, and is not sent at all.
reason shard::publish(const message_view& m, message_ref block, monotonic now, bool may_refuse) {
    if (m.retain) {
        if (m.payload.empty()) {  // [MQTT-3.3.1-10] [MQTT-3.3.1-11]
            shared_.retained.erase(m.topic);
            promise_ = std::max(promise_, store_.retained_cleared(m.topic));
        } else {
            if (!block) block = message_ref::make(m);
            bool kept = shared_.retained.put(block);
            if (!kept) {
                shared_.retained.expire(now);
                kept = shared_.retained.put(block);
            }
            if (kept)
                promise_ = std::max(promise_, store_.retained(block));
            else
                log_.write(log_level::warning, "retained message for '" + std::string(m.topic) + "' not kept: the retained store is full");
            if (!kept && may_refuse) return reason::quota_exceeded;
        }
    }
    const auto& r = route_of(m.topic);
    deliveries_ += 1 + r.local.size() + r.remote_receivers;
    payload_bytes_since_judged_ += m.payload.size();
    strain_.tried += r.local.size();
    strain_.remote_shards |= r.remote_shards;
    if (!r.groups.empty()) share(m, block, r, now);
    route_local(m, block, r, now);
    if (r.remote_shards != 0) {
        if (!block) block = message_ref::make(m);
        route_remote(crossing(std::move(block)), r);
    }
    return r.empty() ? reason::no_matching_subscribers : reason::success;
}

void shard::route_remote(const crossing& what, const route& r) {
    for (auto others = r.remote_shards; others != 0; others &= others - 1) {
        const auto to = static_cast<unsigned>(std::countr_zero(others));
        if (memory_ == memory_state::full && shared_.loads[to].backlog() > shared_.limits.backlog_messages_max)
            count().publishes_dropped.add(what.messages());
        else
            outgoing_[to].push_back(what);
    }
}

namespace {

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
            r.notes.push_back(note_ref::make(std::move(note)));
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
    const auto version_of = [this](std::string_view wanted) { return shared_.subscriptions.version_of(wanted); };
    return routes_.find(topic, shared_.subscriptions.version(), version_of, [&](std::string_view wanted, route& r) {
        matched_.clear();
        deliveries_ += shared_.subscriptions.match(wanted, matched_, &r.groups) / nodes_per_delivery;
        std::ranges::sort(matched_, {}, &subscriber::target);
        for (auto from = matched_.cbegin(); from != matched_.cend();) {
            const auto to = std::find_if(from, matched_.cend(), [&](const subscriber& one) { return one.target != from->target; });
            if (shard_of(from->target) == index_) {
                add_receiver(r, sessions_[slot_of(from->target)], {from, to});
            } else {
                r.remote_shards |= std::uint64_t{1} << shard_of(from->target);
                ++r.remote_receivers;
            }
            from = to;
        }
    });
}

void shard::route_local(const message_view& m, message_ref& block, const route& r, monotonic now) {
    if (r.local.size() > 1 && !block && m.payload.size() >= external_payload_bytes_min) block = message_ref::make(m);  // one copy for all
    for (const auto& to : r.local) {
        if (!to.takes_from(m.publisher, to.session->self)) continue;
        give(*to.session, m, block, std::min(m.qos, to.qos), to.retain_as_published && m.retain, r.note_of(to), now);
    }
}

}  // namespace tepore::broker
