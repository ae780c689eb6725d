// SUBSCRIBE, UNSUBSCRIBE, acknowledgements, PINGREQ: 3.4 to 3.12.
#include <algorithm>

#include "model/broker_model.hpp"
#include "model/topics.hpp"

namespace tepore::model {

using protocol::packet_type;
using protocol::property_id;
using protocol::qos;
using protocol::reason;
using protocol::version;

void broker_model::subscribe(connection& c, const protocol::subscribe& p) {
    if (!alive(c)) return;
    auto& s = *c.session;
    answer suback{.type = packet_type::suback, .id = p.id};
    const auto identifier = p.properties.number(property_id::subscription_identifier);
    for (const auto& request : p.requests) {
        const std::string filter(request.filter);
        auto options = request.options;
        if (c.version != version::v5) options = {.qos = options.qos};
        // [MQTT5-3.8.4-3] The same filter again replaces the subscription.
        const bool existed = s.subscriptions.contains(filter);
        const bool shared = filter.starts_with("$share/");
        s.subscriptions[filter] = {options, identifier, shared ? filter.substr(filter.find('/', 7) + 1) : filter, shared};
        suback.codes.push_back(static_cast<char>(options.qos));
        if (shared) groups_.try_emplace(filter);
        if (shared) continue;  // 4.8.2: no retained messages

        // [MQTT5-3.3.1-9] [MQTT5-3.3.1-10] [MQTT5-3.3.1-11], [MQTT-3.3.1-6]
        if (options.retain == protocol::retain_handling::do_not_send) continue;
        if (options.retain == protocol::retain_handling::send_if_new && existed) continue;
        for (const auto& [topic, m] : retained_) {
            if (!matches(filter, topic) || m->expired(now_)) continue;
            delivery d{.what = m, .qos = std::min(options.qos, m->qos), .retain_0 = false, .retain_1 = true, .stored = true, .order = order_};
            if (identifier) d.identifiers.push_back(*identifier);
            // 3.8.3.1 forbids to forward what the same client published; whether that is said of retained messages too is open.
            if (options.no_local && m->publisher == s.client_id) d.certain = false;
            give(s, std::move(d));
        }
    }
    c.answers.push_back(std::move(suback));
}

void broker_model::unsubscribe(connection& c, const protocol::unsubscribe& p) {
    if (!alive(c)) return;
    answer unsuback{.type = packet_type::unsuback, .id = p.id};
    for (const auto filter : p.filters) {
        const auto gone = c.session->subscriptions.extract(std::string(filter));
        const bool existed = !gone.empty();
        if (existed && gone.mapped().shared) leave_group(gone.key());
        if (c.version != version::v5) continue;
        unsuback.codes.push_back(static_cast<char>(existed ? reason::success : reason::no_subscription_existed));  // [MQTT5-3.11.3-2]
    }
    // CHOICE: what waits already is delivered all the same (3.10.4 allows both).
    c.answers.push_back(std::move(unsuback));
}

void broker_model::ping(connection& c) {
    if (alive(c)) c.answers.push_back({.type = packet_type::pingresp});
}

void broker_model::acknowledge(connection& c, const protocol::ack& p) {
    if (!alive(c)) return;
    auto& s = *c.session;
    const auto f = std::ranges::find(s.flights, p.id, &flight::id);
    switch (p.type) {
        case packet_type::puback:
            if (f != s.flights.end() && f->what.qos == qos::at_least_once) s.flights.erase(f);
            return;
        case packet_type::pubrec:
            if (f == s.flights.end() || f->what.qos != qos::exactly_once) {
                c.answers.push_back({.type = packet_type::pubrel, .id = p.id, .codes = "\x92"});  // 3.6.2.1
            } else if (is_error(p.code)) {
                s.flights.erase(f);  // [MQTT5-4.3.3-4]: refused, the end
            } else {
                f->released = true;
                c.answers.push_back({.type = packet_type::pubrel, .id = p.id, .codes = std::string(1, '\0')});
            }
            return;
        case packet_type::pubrel: {
            const bool known = s.received.erase(p.id) > 0;
            c.received_here.erase(p.id);
            c.answers.push_back({.type = packet_type::pubcomp, .id = p.id, .codes = std::string(1, known ? '\0' : '\x92')});  // 3.7.2.1
            return;
        }
        default:
            if (f != s.flights.end() && f->released) s.flights.erase(f);
    }
}

}  // namespace tepore::model
