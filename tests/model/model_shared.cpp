// Shared subscriptions: 4.8.2.
#include <algorithm>

#include "base/bytes.hpp"
#include "model/broker_model.hpp"
#include "model/topics.hpp"

namespace tepore::model {

using protocol::qos;

bool broker_model::route_shared(const message_ref& m) {
    bool matched = false;
    for (const auto& [filter, waiting] : groups_) {
        if (!matches(filter.substr(filter.find('/', 7) + 1), m->topic)) continue;
        matched = true;
        put(filter, {m, order_});
    }
    return matched;
}

/// CHOICE: what no member can take waits in the group, with the limit of a session's queue, the newest is dropped (docs/decisions/0013).
void broker_model::put(const std::string& group, shared_message m) {
    auto& waiting = groups_.at(group);
    const auto least = static_cast<std::size_t>(std::ranges::count_if(waiting, [&](const auto& w) { return w.certain && !w.what->expired(now_); }));
    // A member that is just between two connections may have been there for it or not.
    if (const auto between = sessions_.find(between_); between != sessions_.end() && between->second.subscriptions.contains(group)) m.certain = false;
    bool wanted = false;
    bool perhaps_wanted = false;
    for (const auto& [id, s] : sessions_) {
        const auto sub = s.subscriptions.find(group);
        if (sub == s.subscriptions.end() || s.online == nullptr) continue;
        wanted |= can_take(s, delivery_to_member(sub->second, group, m));
        perhaps_wanted |= s.flights.size() < window(*s.online);
    }
    if (m.what->qos == qos::at_most_once) perhaps_wanted = wanted = true;  // does not wait
    if (!perhaps_wanted && least >= limits_.queue_messages_max) return;
    if (!wanted && waiting.size() >= limits_.queue_messages_max) m.certain = false;
    waiting.push_back(std::move(m));
}

delivery broker_model::delivery_to_member(const subscription& s, const std::string& group, const shared_message& m) const {
    const bool keeps_retain = m.what->retain && s.options.retain_as_published;
    delivery d{.what = m.what,
               .qos = std::min(s.options.qos, m.what->qos),  // [MQTT5-4.8.2-3]
               .retain_0 = !keeps_retain,
               .retain_1 = keeps_retain,
               .group = group,
               .order = m.order};
    if (s.identifier) d.identifiers.push_back(*s.identifier);
    return d;
}

/// Whether the broker may not leave it waiting, as this member could have it.
bool broker_model::can_take(const session& s, const delivery& d) const {
    if (s.online == nullptr || (d.qos != qos::at_most_once && !has_room(s))) return false;
    return s.online->packet_bytes_max == 0 || plain_size(d, s.online->version) <= s.online->packet_bytes_max;
}

/// Which member gets a message is the broker's choice, for each message anew. CHOICE: what one member gets from a group has its order.
bool broker_model::saw_shared(connection& c, const protocol::publish& p, const publish_properties& properties, std::string_view topic,
                              std::string& why) {
    // Of copies that look alike rather one that has to come.
    if (saw_from_groups(true, c, p, properties, topic, why) || saw_from_groups(false, c, p, properties, topic, why)) return true;
    return false;
}

bool broker_model::saw_from_groups(bool certain, connection& c, const protocol::publish& p, const publish_properties& properties,
                                   std::string_view topic, std::string& why) {
    return std::ranges::any_of(c.session->subscriptions, [&](const auto& one) {
        return one.second.shared && saw_from(one.first, one.second, certain, c, p, properties, topic, why);
    });
}

/// The copy of one group.
bool broker_model::saw_from(const std::string& group, const subscription& sub, bool certain, connection& c, const protocol::publish& p,
                            const publish_properties& properties, std::string_view topic, std::string& why) {
    auto& waiting = groups_.at(group);
    for (auto m = waiting.begin(); m != waiting.end(); ++m) {
        if (m->certain != certain || m->what->payload != as_text(p.payload) || m->what->topic != topic) continue;
        const auto d = delivery_to_member(sub, group, *m);
        if (auto differs = mismatch(d, p, properties, c.version, topic, false); !differs.empty()) {
            why = std::move(differs);
            continue;
        }
        if (m->what->expired(now_)) {
            why = "it has expired";
            continue;
        }
        const auto before = std::find_if(waiting.begin(), m, [&](const shared_message& e) {
            const auto earlier = delivery_to_member(sub, group, e);
            const bool fits = c.packet_bytes_max == 0 || plain_size(earlier, c.version) <= c.packet_bytes_max;
            return e.what->topic == topic && earlier.qos == p.qos && e.certain && !e.given_back && fits && !e.what->expired(now_);
        });
        if (before != m) {
            why = "\"" + before->what->payload + "\" of its group should have come before it";
            continue;
        }
        if (begin_flight(c, p, d)) waiting.erase(m);
        return true;
    }
    return false;
}

/// Somebody who could have it now.
const session* broker_model::taker(const std::string& group, const shared_message& m) const {
    for (const auto& [id, s] : sessions_) {
        const auto sub = s.subscriptions.find(group);
        if (sub != s.subscriptions.end() && can_take(s, delivery_to_member(sub->second, group, m))) return &s;
    }
    return nullptr;
}

/// 4.8.2: a shared subscription ends, with what waits, when no session is subscribed to it any more.
void broker_model::leave_group(const std::string& group) {
    const bool others = std::ranges::any_of(sessions_, [&](const auto& one) { return one.second.subscriptions.contains(group); });
    if (others) return;
    groups_.erase(group);
    // One of the same name later is another.
    for (auto& [id, s] : sessions_) {
        for (auto& f : s.flights) {
            if (f.what.group == group) f.what.group.clear();
        }
    }
}

/// [MQTT5-4.8.2-5] QoS 2 that was sent is never given to another. QoS 1 SHOULD be, and CHOICE: it is.
void broker_model::give_back(const session& s) {
    for (const auto& f : s.flights) {
        const auto group = groups_.find(f.what.group);
        if (group == groups_.end() || f.what.qos != qos::at_least_once) continue;
        const auto at = std::ranges::find_if(group->second, [&](const shared_message& m) { return m.order >= f.what.order; });
        group->second.insert(at, {.what = f.what.what, .order = f.what.order, .given_back = true});
    }
}

void broker_model::settled() {
    if (difference_ || groups_.empty()) return;
    for (auto& [group, waiting] : groups_) settle_group(group, waiting);
}

void broker_model::settle_group(const std::string& group, std::deque<shared_message>& waiting) {
    for (auto m = waiting.begin(); m != waiting.end();) {
        const auto* missed_by = m->what->expired(now_) ? nullptr : taker(group, *m);
        if (missed_by != nullptr && m->certain) {
            complain(*missed_by->online, "it or another member of " + group + " should have got \"" + m->what->payload + "\"");
        }
        // What could have come and did not will never come. CHOICE: QoS 0 does not wait.
        if (missed_by != nullptr || m->what->qos == qos::at_most_once) {
            m = waiting.erase(m);
            continue;
        }
        // CHOICE: who is granted QoS 0 gets it when connected or never; who is connected and takes only smaller packets never.
        const bool hope = std::ranges::any_of(sessions_, [&](const auto& one) {
            const auto& s = one.second;
            const auto sub = s.subscriptions.find(group);
            if (sub == s.subscriptions.end()) return false;
            const auto d = delivery_to_member(sub->second, group, *m);
            return d.qos != qos::at_most_once &&
                   (s.online == nullptr || s.online->packet_bytes_max == 0 || plain_size(d, s.online->version) <= s.online->packet_bytes_max);
        });
        if (!hope) m->certain = false;
        ++m;
    }
}

}  // namespace tepore::model
