// SUBSCRIBE and UNSUBSCRIBE (3.8, 3.10).
#include <algorithm>
#include <cstdint>

#include "broker/shard.hpp"
#include "broker/shard_send.hpp"
#include "broker/travelling.hpp"
#include "protocol/topic.hpp"

namespace tepore::broker {

using protocol::property_id;
using protocol::reason;
using protocol::retain_handling;
using protocol::version;

namespace {

/// In every version: 3.1.1 leaves topics that begin with '$' to the server (4.7.2), and $share means the same to all its clients.
[[nodiscard]] bool claims_shared(std::string_view filter) noexcept {
    return filter == "$share" || filter.starts_with("$share/");
}

/// Scratch memory for so many retained messages is kept; who subscribes to everything needs more for a moment.
constexpr std::size_t retained_found_kept = 1'024;

/// Of one session. There is more than one only for who sends them and is gone before the first is granted: what it has sent is handled then.
constexpr std::size_t wishes_max = 16;

/// In a list of them.
[[nodiscard]] constexpr std::size_t request_bytes(std::string_view filter) noexcept {
    return 2 + filter.size() + 1;
}

constexpr const char* id_is_in_use = "the packet identifier belongs to a QoS 2 message that is not released";

/// For the messages of one subscription that is not shared.
[[nodiscard]] note_ref note_of(std::uint32_t identifier) {
    if (identifier == 0) return {};
    subscription_note note;
    append_identifier(note.identifiers, identifier);
    return note_ref::make(std::move(note));
}

}  // namespace

/// What the filter asks for and this server does not offer (3.2.2.3.11, 3.2.2.3.13).
shard::judgement shard::offers(std::string_view filter) const noexcept {
    if (!shared_.limits.shared_subscriptions_available && claims_shared(filter))
        return {reason::shared_subscriptions_not_supported, "a shared subscription, though this server offers none"};
    if (!shared_.limits.wildcard_subscriptions_available && filter.find_first_of("+#") != std::string_view::npos)
        return {reason::wildcard_subscriptions_not_supported, "a filter with a wildcard, though this server offers none"};
    return {};
}

/// Whether the session may have this filter.
shard::judgement shard::judge(const session& s, std::string_view filter) const {
    if (const auto offered = offers(filter); is_error(offered.code)) return offered;
    if (const auto valid = protocol::check_topic_filter(filter); !valid) return {reason::topic_filter_invalid, valid.error().what};
    const auto shared = protocol::split_shared(filter);
    if (levels_of(shared ? shared->filter : filter) > shared_.limits.topic_levels_max)
        return {reason::topic_filter_invalid, "the filter has more levels than this server allows"};
    if (s.subscription_count() < shared_.limits.subscriptions_per_session_max) return {};
    const bool has_it =
        shared ? s.shares && shared_.subscriptions.is_member(shared->group, shared->filter, s.self) : shared_.subscriptions.has(filter, s.self);
    if (has_it) return {};
    return {reason::quota_exceeded, "the client has as many subscriptions as this server allows"};
}

bool shard::on_subscribe(connection& c, const protocol::frame& f, monotonic now) {
    const auto p = protocol::decode_subscribe(f, c.version);
    if (!p) return break_off(c, p.error(), now);
    auto& s = *c.session;
    const bool v5 = c.version == version::v5;
    const auto identifier = p->properties.number(property_id::subscription_identifier).value_or(0);
    if (identifier != 0 && !shared_.limits.subscription_identifiers_available)
        return break_off(
            c, {reason::subscription_identifiers_not_supported, "MQTT5 3.2.2.3.12", "a subscription identifier, though this server offers none"},
            now);
    if (v5)  // who was told and asks nevertheless breaks the protocol; before anything of the packet has happened
        for (const auto& request : p->requests)
            if (const auto offered = offers(request.filter); is_error(offered.code))
                return break_off(c, {offered.code, "MQTT5 3.2.2.3", offered.why}, now);
    const bool id_in_use = v5 && s.flow && s.flow->incoming.contains(p->id);

    std::vector<std::uint8_t> codes;
    retained_wish wish;
    std::string_view why;  // of the first that fails
    for (const auto& request : p->requests) {
        if (const auto valid = protocol::check_topic_filter(request.filter); !valid && !v5 && !claims_shared(request.filter))
            return break_off(c, valid.error(), now);
        const auto found = id_in_use ? judgement{reason::packet_identifier_in_use, id_is_in_use} : judge(s, request.filter);
        if (is_error(found.code)) {
            codes.push_back(static_cast<std::uint8_t>(found.code));  // to a 3.1.1 client the codec says 0x80
            if (why.empty()) why = found.why;
            continue;
        }
        codes.push_back(static_cast<std::uint8_t>(request.options.qos));
        const subscription_terms terms(request.options, identifier);
        if (s.persistent()) promise_ = std::max(promise_, store_.subscribed(s, request.filter, terms));
        if (const auto shared = protocol::split_shared(request.filter)) {
            join(s, *shared, terms);  // retained messages are not for groups (4.8.2)
            continue;
        }
        const auto [node, existed] = shared_.subscriptions.subscribe(request.filter, s.self, terms);
        if (!existed) s.subscriptions.insert(node);
        // The order matters: subscribed first, retained messages read after (see retained_store.hpp).
        if (request.options.retain == retain_handling::send_at_subscribe || (request.options.retain == retain_handling::send_if_new && !existed)) {
            wish.requests.reserve(p->requests.bytes().size());
            protocol::subscription_list::append(wish.requests, request.filter, request.options);
        }
    }
    deliveries_ += codes.size();
    protocol::property_builder properties;
    send_when_settled(c, explained(c, protocol::suback{p->id, {}, codes}, properties, why));

    if (!wish.requests.empty()) {
        wish.note = note_of(identifier);
        if (!last_words_) grant(c, wish, deliveries_, now);
        if (!wish.granted()) keep(c, std::move(wish), now);
    }
    if (s.shares) fetch_waiting(s, now);
    return true;
}

/// One filter after the other, as far as this turn goes, in which this connection had `deliveries_before` less.
void shard::grant(connection& c, retained_wish& wish, std::size_t deliveries_before, monotonic now) {
    auto& s = *c.session;
    while (!wish.granted() && turn_left(deliveries_ - deliveries_before) != 0) {
        const auto request = *protocol::subscription_list(byte_view(wish.requests).subspan(wish.done)).begin();
        wish.done += request_bytes(request.filter);
        ++deliveries_;
        if (wish.kept && !shared_.subscriptions.has(request.filter, s.self)) continue;
        retained_found_.clear();
        deliveries_ += shared_.retained.match(request.filter, now, retained_found_) / nodes_per_delivery;
        for (auto& m : retained_found_) {
            const auto q = std::min(request.options.qos, m->qos());
            give_retained(s, {std::move(m), wish.note, q, true}, now);
        }
        deliveries_ += retained_found_.size();
    }
    retained_found_.clear();
    if (retained_found_.capacity() > retained_found_kept) retained_found_ = {};
}

/// The turn is over, or the client went meanwhile: the rest of the wish waits, and what comes behind it.
void shard::keep(connection& c, retained_wish&& wish, monotonic now) {
    auto& wishes = c.session->need_flow().retained_wishes;
    if (wishes.size() == wishes_max) {
        log_.write(log_level::warning, c.session->name() + " has gone before it was given what is retained for its " + std::to_string(wishes_max) +
                                           " last SUBSCRIBE packets: it is not given more");
        return;
    }
    wish.kept = true;
    wish.requests.shrink_to_fit();
    wishes.push_back(std::move(wish));
    if (!last_words_) put_off(c, duration::zero(), now);
}

void shard::grant_more(connection& c, monotonic now) {
    auto& wishes = c.session->flow->retained_wishes;
    const auto before = deliveries_;
    while (!wishes.empty() && !last_words_) {
        grant(c, wishes.front(), before, now);
        if (!wishes.front().granted()) return put_off(c, duration::zero(), now);
        wishes.erase(wishes.begin());
    }
}

bool shard::on_unsubscribe(connection& c, const protocol::frame& f, monotonic now) {
    const auto p = protocol::decode_unsubscribe(f, c.version);
    if (!p) return break_off(c, p.error(), now);
    auto& s = *c.session;
    const bool v5 = c.version == version::v5;
    const bool id_in_use = v5 && s.flow && s.flow->incoming.contains(p->id);
    std::vector<std::uint8_t> codes;
    std::string_view why = id_in_use ? id_is_in_use : "";
    for (const auto filter : p->filters) {
        if (id_in_use) {
            codes.push_back(static_cast<std::uint8_t>(reason::packet_identifier_in_use));
            continue;
        }
        if (const auto valid = protocol::check_topic_filter(filter); !valid) {
            if (!v5 && !claims_shared(filter)) return break_off(c, valid.error(), now);
            codes.push_back(static_cast<std::uint8_t>(reason::topic_filter_invalid));
            if (why.empty()) why = valid.error().what;
            continue;
        }
        const bool had_it = unsubscribe(s, filter);
        if (had_it && s.persistent()) promise_ = std::max(promise_, store_.unsubscribed(s, filter));
        codes.push_back(static_cast<std::uint8_t>(had_it ? reason::success : reason::no_subscription_existed));
    }
    protocol::property_builder properties;
    send_when_settled(c, explained(c, protocol::unsuback{p->id, {}, v5 ? byte_view(codes) : byte_view{}}, properties, why));
    return true;
}

bool shard::unsubscribe(session& s, std::string_view filter) {
    if (const auto shared = protocol::split_shared(filter)) return leave(s, *shared);
    const auto node = shared_.subscriptions.unsubscribe(filter, s.self);
    if (node) s.subscriptions.erase(*node);
    return node.has_value();
}

}  // namespace tepore::broker
