// From a PUBLISH to the sessions that get it: 3.3, 4.3, 4.9.
#include <algorithm>

#include "base/bytes.hpp"
#include "model/broker_model.hpp"
#include "model/topics.hpp"

namespace tepore::model {

using protocol::packet_type;
using protocol::qos;
using protocol::reason;
using protocol::version;

void broker_model::publish(connection& c, const protocol::publish& p) {
    if (!alive(c)) return;
    auto properties = read_properties(p.properties);
    std::string topic(p.topic);
    if (!resolve_alias(c, p, properties, topic)) return;
    auto& s = *c.session;
    if (p.qos == qos::exactly_once) {
        // [MQTT5-4.3.3-10] Known and not released: acknowledged again, not delivered again.
        if (s.received.contains(p.id)) {
            c.answers.push_back({.type = packet_type::pubrec, .id = p.id, .perhaps_no_subscribers = true, .codes = std::string(1, '\0')});
            return;
        }
        // [MQTT5-3.3.4-7] and 4.9. Older versions have no such limit.
        if (c.version == version::v5 && c.received_here.size() >= limits_.receive_maximum) return refuse(c, reason::receive_maximum_exceeded);
        s.received.insert(p.id);
        c.received_here.insert(p.id);
    }
    const bool matched = route({.topic = std::move(topic),
                                .payload = std::string(as_text(p.payload)),
                                .qos = p.qos,
                                .retain = p.retain,
                                .content = std::move(properties.content),
                                .expiry_s = properties.expiry_s,
                                .received = now_,
                                .publisher = s.client_id});
    if (p.qos == qos::at_most_once) return;
    // CHOICE: a QoS 2 message goes on when PUBLISH comes, not when PUBREL does (4.3.3 allows both).
    const auto type = p.qos == qos::at_least_once ? packet_type::puback : packet_type::pubrec;
    c.answers.push_back({.type = type, .id = p.id, .perhaps_no_subscribers = !matched, .codes = std::string(1, '\0')});
}

/// 3.3.2.3.4. Returns false when the alias breaks a rule.
bool broker_model::resolve_alias(connection& c, const protocol::publish& p, const publish_properties& properties, std::string& topic) {
    if (!properties.alias) {
        if (p.topic.empty()) refuse(c, reason::protocol_error);
        return !p.topic.empty();
    }
    if (*properties.alias == 0 || *properties.alias > alias_maximum()) {
        refuse(c, reason::topic_alias_invalid);
        return false;
    }
    if (!p.topic.empty()) {
        c.aliases_in[*properties.alias] = topic;
        return true;
    }
    const auto known = c.aliases_in.find(*properties.alias);
    if (known == c.aliases_in.end()) {
        refuse(c, reason::protocol_error);
        return false;
    }
    topic = known->second;
    return true;
}

bool broker_model::route(message m) {
    const auto shared = std::make_shared<const message>(std::move(m));
    if (shared->retain) {
        if (shared->payload.empty()) {
            retained_.erase(shared->topic);  // [MQTT5-3.3.1-6] [MQTT5-3.3.1-7]
        } else {
            retained_[shared->topic] = shared;  // [MQTT5-3.3.1-5]
        }
    }
    bool matched = false;
    for (auto& [id, s] : sessions_) {
        if (auto d = delivery_for(s, shared)) {
            matched = true;
            give(s, std::move(*d));
        }
    }
    return route_shared(shared) || matched;
}

/// CHOICE: one copy for all subscriptions of a session that match, with the highest QoS and all identifiers (3.3.4 also allows one copy for each).
std::optional<delivery> broker_model::delivery_for(const session& s, const message_ref& m) const {
    std::optional<delivery> d;
    for (const auto& [filter, sub] : s.subscriptions) {
        if (sub.shared || !matches(filter, m->topic)) continue;
        if (sub.options.no_local && m->publisher == s.client_id) continue;  // [MQTT5-3.8.3-3]
        if (!d) d = {.what = m, .order = order_};
        d->qos = std::max(d->qos, std::min(sub.options.qos, m->qos));  // [MQTT5-3.3.4-2]
        // [MQTT5-3.3.1-12] [MQTT5-3.3.1-13]. Of a copy for subscriptions that differ nothing is said; CHOICE: RETAIN stays if one of them wants it.
        d->retain_1 |= m->retain && sub.options.retain_as_published;
        d->retain_0 = !d->retain_1;
        if (sub.identifier) d->identifiers.push_back(*sub.identifier);  // [MQTT5-3.3.4-3] [MQTT5-3.3.4-4]
    }
    if (d) std::ranges::sort(d->identifiers);
    return d;
}

void broker_model::give(session& s, delivery d) {
    if (d.qos == qos::at_most_once) {
        if (s.online != nullptr) {
            s.waiting.push_back(std::move(d));
        } else if (s.client_id == between_) {
            d.certain = false;  // the old connection is gone, the new one is not there yet
            s.waiting.push_back(std::move(d));
        }
        return;  // CHOICE: QoS 0 is not kept for a client that is away (3.1.2.5 of 3.1.1 and 4.1 of 5.0 allow both)
    }
    // CHOICE: retained messages for a new subscription are taken however full the queue is.
    if (d.stored) return s.waiting.push_back(std::move(d));
    // A full queue takes no more; of the places in it that messages take which the broker may have thrown away already, nothing is known.
    std::size_t least = 0;
    std::size_t most = 0;
    for (const auto& w : s.waiting) {
        if (w.qos == qos::at_most_once) continue;
        ++most;
        if (w.certain && !w.what->expired(now_)) ++least;
    }
    std::size_t free_least = limits_.queue_messages_max;
    std::size_t free_most = limits_.queue_messages_max;
    if (s.online != nullptr) {
        const auto room = window(*s.online) - std::min(window(*s.online), s.flights.size());
        free_most += room;
        if (s.online->version == version::v5) free_least += room;  // older versions: less room for QoS 2
    }
    if (least >= free_most) return;  // CHOICE: the newest is dropped (docs/architecture.md)
    if (most >= free_least) d.certain = false;
    s.waiting.push_back(std::move(d));
}

/// How many messages the broker has in flight to a client at most. [MQTT5-3.3.4-9]
std::size_t broker_model::window(const connection& c) const {
    return std::min<std::size_t>(limits_.inflight_max, c.receive_maximum);
}

/// QoS 2, and no PUBREL is on its way that tells the client to forget the identifier.
static bool holds_place(const flight& f) {
    return f.what.qos == qos::exactly_once && !f.released;
}

bool broker_model::has_room(const session& s) const {
    if (s.online == nullptr || !s.waiting.empty() || s.flights.size() >= window(*s.online)) return false;
    return s.online->version == version::v5 || std::ranges::count_if(s.flights, holds_place) < limits_.inflight_qos2_max_v3;
}

/// Whether the broker may hold back a message of QoS 1 or 2.
bool broker_model::window_full(const connection& c) const {
    const auto& s = *c.session;
    if (s.flights.size() >= window(c)) return true;
    if (c.version == version::v5) return false;
    // CHOICE: docs/decisions/0012; a QoS 1 message behind one of QoS 2 may wait with it.
    const bool waits = std::ranges::any_of(s.waiting, [](const delivery& d) { return d.qos == qos::exactly_once; });
    return waits && std::ranges::count_if(s.flights, holds_place) >= limits_.inflight_qos2_max_v3;
}

}  // namespace tepore::model
