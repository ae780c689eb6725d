// A PUBLISH from the broker: is it one that this client should get, now, in this form?
#include <algorithm>

#include "base/bytes.hpp"
#include "model/broker_model.hpp"

namespace tepore::model {

using protocol::qos;
using protocol::version;

namespace {

std::string numbers(const std::vector<std::uint32_t>& all) {
    std::string text;
    for (const auto n : all) text += (text.empty() ? "" : ",") + std::to_string(n);
    return text.empty() ? "none" : text;
}

std::string told(const std::optional<std::uint32_t>& n) {
    return n ? std::to_string(*n) : "none";
}

}  // namespace

/// Empty when `p` is this delivery in a form that is allowed.
std::string broker_model::mismatch(const delivery& d, const protocol::publish& p, const publish_properties& properties, version v,
                                   std::string_view topic, bool again) const {
    const auto& m = *d.what;
    if (topic != m.topic) return "the topic should be \"" + m.topic + "\"";
    if (as_text(p.payload) != m.payload) return "the payload should be \"" + m.payload + "\"";
    if (p.qos != d.qos) return "the QoS should be " + std::to_string(static_cast<unsigned>(d.qos));
    if (p.retain ? !d.retain_1 : !d.retain_0) return "RETAIN should be " + std::to_string(!p.retain);
    if (v != version::v5) return {};
    if (properties.stray) return "it has a property that PUBLISH cannot have";
    if (properties.content != m.content) return "its properties are not those that were published";
    if (properties.identifiers != d.identifiers) {
        return "its subscription identifiers are " + numbers(properties.identifiers) + ", not " + numbers(d.identifiers);
    }
    // [MQTT5-3.3.2-6] What was received minus the time it waited. A second that is not over may count or not.
    if (properties.expiry_s.has_value() != m.expiry_s.has_value()) return "its expiry is " + told(properties.expiry_s) + ", not " + told(m.expiry_s);
    if (!m.expiry_s) return {};
    const auto waited = std::chrono::floor<std::chrono::seconds>(now_ - m.received).count();
    const auto latest = static_cast<std::int64_t>(*m.expiry_s) - waited;
    const auto value = static_cast<std::int64_t>(*properties.expiry_s);
    // [MQTT5-4.3.3-7] What was sent once is sent again however old it is; nothing says which value it has then.
    const bool right = again ? value <= *m.expiry_s : value == latest || value == latest - 1;
    if (!right) return "its expiry is " + told(properties.expiry_s) + ", not " + std::to_string(latest);
    return {};
}

void broker_model::saw_publish(connection& c, const protocol::publish& p) {
    const auto properties = read_properties(p.properties);
    std::string_view topic = p.topic;
    if (properties.alias) {
        // [MQTT5-3.1.2-26] [MQTT5-3.1.2-27]
        if (*properties.alias > c.alias_maximum) return complain(c, "a topic alias beyond the client's maximum");
        auto& known = c.aliases_out[*properties.alias];
        if (!topic.empty()) known = topic;
        topic = known;
    }
    if (topic.empty()) return complain(c, "a PUBLISH without a topic, and its alias means none");
    if (c.session == nullptr) return complain(c, "PUBLISH of \"" + std::string(as_text(p.payload)) + "\" came after the session's end");
    if (p.dup) return saw_again(c, p, properties);

    auto& s = *c.session;
    std::string why = "nobody published this, or it came before";
    const auto same_order = [&](const delivery& d) { return d.qos == p.qos && d.what->topic == topic; };
    for (auto d = s.waiting.begin(); d != s.waiting.end(); ++d) {
        if (d->what->payload != as_text(p.payload) || d->what->topic != topic) continue;
        why = mismatch(*d, p, properties, c.version, topic, false);
        if (!why.empty()) continue;
        if (d->what->expired(now_)) {
            why = "it has expired";  // [MQTT5-3.3.2-5]
            continue;
        }
        // [MQTT5-4.6.0-5] The order of one topic and QoS. CHOICE: also between messages of several publishers.
        const auto before = std::find_if(
            s.waiting.begin(), d, [&](const delivery& e) { return same_order(e) && e.order < d->order && e.certain && !e.what->expired(now_); });
        if (before != d && (c.packet_bytes_max == 0 || plain_size(*before, c.version) <= c.packet_bytes_max)) {
            why = "\"" + before->what->payload + "\" should have come before it";
            break;
        }
        if (!begin_flight(c, p, *d)) return;
        // Passed over, so it was dropped: it may not come any more.
        const auto order = d->order;
        s.waiting.erase(d);
        std::erase_if(s.waiting, [&](const delivery& e) { return same_order(e) && e.order < order; });
        return;
    }
    if (saw_shared(c, p, properties, topic, why)) return;
    complain(c, "PUBLISH of \"" + std::string(as_text(p.payload)) + "\" on \"" + std::string(topic) + "\", QoS " +
                    std::to_string(static_cast<unsigned>(p.qos)) + ", is not right: " + why);
}

/// False when it must not be in flight.
bool broker_model::begin_flight(connection& c, const protocol::publish& p, const delivery& d) {
    if (p.qos == qos::at_most_once) return true;
    auto& s = *c.session;
    if (std::ranges::find(s.flights, p.id, &flight::id) != s.flights.end()) {
        complain(c, "the packet identifier " + std::to_string(p.id) + " is in use [MQTT5-2.2.1-4]");
    } else if (std::ranges::any_of(s.flights, [](const flight& f) { return f.must_resend && !f.released; })) {
        complain(c, "\"" + d.what->payload + "\" came before what was in flight was sent again");
    }
    s.flights.push_back({.id = p.id, .what = d});
    const auto here = std::ranges::count_if(s.flights, &flight::here);
    if (static_cast<std::size_t>(here) > window(c)) complain(c, "more messages in flight than its Receive Maximum [MQTT5-3.3.4-9]");
    return !difference_;
}

/// DUP: only on a new connection, what was in flight, with its identifier and in its order. [MQTT5-4.4.0-1] [MQTT5-4.6.0-1] [MQTT5-3.3.1-1]
void broker_model::saw_again(connection& c, const protocol::publish& p, const publish_properties& properties) {
    auto& flights = c.session->flights;
    const auto id = std::to_string(p.id);
    const auto f = std::ranges::find_if(flights, [](const flight& one) { return one.must_resend && !one.released; });
    if (f == flights.end() || f->id != p.id) return complain(c, "PUBLISH " + id + " with DUP came, but it is not the next one to send again");
    const auto why = mismatch(f->what, p, properties, c.version, p.topic.empty() ? f->what.what->topic : std::string(p.topic), true);
    if (!why.empty()) return complain(c, "PUBLISH " + id + " with DUP is not what was sent first: " + why);
    f->must_resend = false;
    f->here = true;
}

}  // namespace tepore::model
