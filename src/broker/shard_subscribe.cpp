// SUBSCRIBE and UNSUBSCRIBE (3.8, 3.10).
#include <algorithm>

#include "broker/shard.hpp"
#include "broker/shard_send.hpp"
#include "broker/travelling.hpp"
#include "protocol/topic.hpp"

namespace tepore::broker {

using protocol::property_id;
using protocol::qos;
using protocol::reason;
using protocol::retain_handling;
using protocol::version;

bool shard::on_subscribe(connection& c, const protocol::frame& f, monotonic now) {
    const auto p = protocol::decode_subscribe(f, c.version);
    if (!p) return break_off(c, p.error(), now);
    if (!p->properties.empty() && p->properties.number(property_id::subscription_identifier))
        return break_off(c, {reason::subscription_identifiers_not_supported, "MQTT5 3.2.2.3.12", "a subscription identifier, though this server offers none"}, now);

    auto& s = *c.session;
    std::vector<std::uint8_t> codes;
    retained_found_.clear();
    std::vector<std::pair<std::size_t, qos>> granted_until;  // retained messages up to this index belong to a grant of this QoS
    for (const auto& request : p->requests) {
        auto verdict = reason::success;
        if (const auto valid = protocol::check_topic_filter(request.filter); !valid) {
            if (c.version != version::v5) return break_off(c, valid.error(), now);
            verdict = reason::topic_filter_invalid;
        } else if (request.filter.starts_with("$share/")) {
            verdict = reason::shared_subscriptions_not_supported;
        } else if (levels_of(request.filter) > shared_.limits.topic_levels_max) {
            verdict = reason::topic_filter_invalid;
        } else if (s.subscriptions.size() >= shared_.limits.subscriptions_per_session_max) {
            verdict = reason::quota_exceeded;
        }
        if (is_error(verdict)) {
            codes.push_back(static_cast<std::uint8_t>(c.version == version::v5 ? verdict : reason::unspecified_error));
            continue;
        }
        const subscription_terms terms(request.options, 0);
        const auto [node, existed] = shared_.subscriptions.subscribe(request.filter, s.self, terms);
        if (!existed) s.subscriptions.insert(std::ranges::lower_bound(s.subscriptions, node), node);
        if (s.persistent()) promise_ = std::max(promise_, store_.subscribed(s, request.filter, terms));
        codes.push_back(static_cast<std::uint8_t>(request.options.qos));
        // The order matters: subscribed first, retained messages read after (see retained_store.hpp).
        if (request.options.retain == retain_handling::send_at_subscribe || (request.options.retain == retain_handling::send_if_new && !existed)) {
            shared_.retained.match(request.filter, now, retained_found_);
            granted_until.emplace_back(retained_found_.size(), request.options.qos);
        }
    }

    const protocol::suback answer_packet{p->id, {}, codes};
    if (promise_ <= store_.settled() && (!c.held || c.held->empty())) {
        send(c, answer_packet);
    } else {
        std::vector<std::uint8_t> bytes(protocol::encoded_size(answer_packet, c.version));
        protocol::encode(answer_packet, c.version, bytes);
        if (!c.held) c.held = std::make_unique<ring_queue<held_ack>>();
        c.held->push({promise_, std::move(bytes), false});
    }

    std::size_t index = 0;
    for (const auto& [until, granted] : granted_until)
        for (; index < until; ++index) {
            auto& m = retained_found_[index];
            const auto q = std::min(granted, m->qos());
            give_retained(s, {std::move(m), q, true}, now);
        }
    retained_found_.clear();
    return true;
}

bool shard::on_unsubscribe(connection& c, const protocol::frame& f, monotonic now) {
    const auto p = protocol::decode_unsubscribe(f, c.version);
    if (!p) return break_off(c, p.error(), now);
    auto& s = *c.session;
    std::vector<std::uint8_t> codes;
    for (const auto filter : p->filters) {
        if (const auto valid = protocol::check_topic_filter(filter); !valid) {
            if (c.version != version::v5) return break_off(c, valid.error(), now);
            codes.push_back(static_cast<std::uint8_t>(reason::topic_filter_invalid));
            continue;
        }
        const auto node = shared_.subscriptions.unsubscribe(filter, s.self);
        if (node) {
            std::erase(s.subscriptions, *node);
            if (s.persistent()) promise_ = std::max(promise_, store_.unsubscribed(s, filter));
        }
        codes.push_back(static_cast<std::uint8_t>(node ? reason::success : reason::no_subscription_existed));
    }
    send(c, protocol::unsuback{p->id, {}, c.version == version::v5 ? byte_view(codes) : byte_view{}});
    return true;
}

}  // namespace tepore::broker
