#include "client/outgoing.hpp"

#include <algorithm>
#include <ranges>

#include "client/handshake.hpp"
#include "client/validity.hpp"
#include "client/wire_message.hpp"

namespace tepore::mqtt_client {
namespace {

using protocol::fault;
using protocol::packet_id;
using protocol::packet_type;
using protocol::reason;
using protocol::version;
using session::phase;

/// What a held message costs beside its bytes, about.
constexpr std::size_t overhead_bytes = 256;

/// Above this many bytes not taken by the network, messages rather wait in the queue, where they may expire and still count as unsent.
constexpr std::size_t outbox_bytes_max = 128 * 1024;

// Where the user does not choose how many messages may be in flight.
constexpr std::size_t inflight_of_3_1_1 = 20;
constexpr std::size_t inflight_of_5_0_max = 1000;

std::size_t inflight_max_of(const client_options& options) {
    if (options.inflight_max != 0) return options.inflight_max;
    return options.version == mqtt_version::v5 ? inflight_of_5_0_max : inflight_of_3_1_1;
}

/// What an alias may add to a packet: itself, and a byte more of each length.
constexpr std::size_t alias_bytes_max = 5;

const char* const session_gone = "the session was lost before the broker had acknowledged it";

operation_result unknown(std::string text) {
    return {outcome::unknown, 0, {}, std::move(text)};
}

operation_result result_of(const protocol::ack& answer) {
    const auto code = static_cast<std::uint8_t>(answer.code);
    auto result = is_error(answer.code) ? refused(code, "the broker refused it: " + in_words(answer.code, answer.properties))
                                        : operation_result{outcome::acknowledged, code, {}, {}};
    add_words(result, answer.properties);
    return result;
}

operation_result expired(const held_message& held) {
    if (held.sent_before) return unknown(session_gone);  // an earlier copy may have arrived
    return {outcome::expired, 0, {}, "it expired before it could be sent"};
}

bool fits(std::size_t size, const link& link) {
    return size != 0 && size <= link.limits.packet_bytes_max;
}

std::string too_large(const link& link) {
    return "the broker takes no packets above " + std::to_string(link.limits.packet_bytes_max) + " bytes";
}

bool is_publish(phase p) {
    return p == phase::awaiting_puback || p == phase::awaiting_pubrec || p == phase::awaiting_pubcomp;
}

}  // namespace

outgoing::outgoing(const client_options& options, packet_window& window)
    : messages_max_(options.queue_messages_max),
      bytes_max_(options.queue_bytes_max),
      inflight_max_(inflight_max_of(options)),
      aliases_max_(options.topic_aliases_used_max),
      window_(window) {}

std::size_t outgoing::cost_of(const message& m) noexcept {
    const auto& p = m.properties;
    auto bytes = overhead_bytes + m.topic.size() + m.payload.size() + p.content_type.size() + p.response_topic.size() + p.correlation_data.size();
    for (const auto& [name, value] : p.user) bytes += sizeof(p.user.front()) + name.size() + value.size();
    return bytes;
}

bool outgoing::room_for(std::size_t bytes) const noexcept {
    return waiting_.size() + reserved_ < messages_max_ && bytes <= bytes_max_ && bytes_ <= bytes_max_ - bytes;
}

void outgoing::reserve(std::size_t bytes) noexcept {
    bytes_ += bytes;
    ++reserved_;
}

void outgoing::unreserve(std::size_t bytes) noexcept {
    bytes_ -= bytes;
    --reserved_;
}

void outgoing::accept(message m, operation_id operation, monotonic now) {
    held_message held;
    held.bytes = cost_of(m);
    held.operation = operation;
    if (const auto expiry_s = m.properties.message_expiry_s) {
        held.expires = now + std::chrono::seconds(*expiry_s);
        next_expiry_ = std::min(next_expiry_, held.expires);
    }
    held.content = std::move(m);
    bytes_ += held.bytes;
    waiting_.push_back(std::move(held));
}

bool outgoing::window_open(const link& link) const noexcept {
    // Released messages count until PUBCOMP, also repeated ones: never more than the broker asked for [MQTT5-3.3.4-7].
    return flying_ - to_resend_.size() < std::min<std::size_t>(inflight_max_, link.limits.receive_maximum);
}

void outgoing::pump(link& link, monotonic now, event_list& events) {
    resend(link, events);
    if (!to_resend_.empty()) return;
    while (!waiting_.empty() && link.out.size() < outbox_bytes_max) {
        if (!send(waiting_.front(), link, now, events)) return;
        waiting_.pop_front();
    }
}

void outgoing::resend(link& link, event_list& events) {
    while (!to_resend_.empty() && link.out.size() < outbox_bytes_max && window_open(link)) {
        const auto id = to_resend_.front();
        to_resend_.pop_front();
        auto& held = window_.find(id)->item;
        if (const auto fault = not_taken(held.content, link.limits)) {
            finish(id, unknown("it could not be sent again: " + fault->text), events);
            continue;
        }
        protocol::property_builder properties;
        auto p = to_publish(held.content, link.version, properties);
        p.id = id;
        p.dup = true;
        if (!fits(protocol::encoded_size(p, link.version), link)) {
            finish(id, unknown("it could not be sent again: " + too_large(link)), events);
            continue;
        }
        held.begin = link.out.end();
        link.put(p);
    }
}

bool outgoing::send(held_message& held, link& link, monotonic now, event_list& events) {
    const auto drop = [&](operation_result why) {
        bytes_ -= held.bytes;
        events.complete(held.operation, std::move(why));
        return true;
    };
    if (held.expires <= now) return drop(expired(held));
    if (auto fault = not_taken(held.content, link.limits)) return drop(refused(static_cast<std::uint8_t>(fault->code), std::move(fault->text)));
    const bool numbered = held.content.qos != mqtt_qos::at_most_once;
    if (numbered && (!window_open(link) || window_.exhausted())) return false;

    // What is left of its life goes with it. Rounded up: 0 would mean that it is over already.
    if (held.expires != never) {
        held.content.properties.message_expiry_s = static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(held.expires - now).count());
    }
    protocol::property_builder properties;
    auto p = to_publish(held.content, link.version, properties);
    p.id = numbered ? window_.next_id() : packet_id{0};
    // Without an alias, for it may have to be sent again.
    const auto size = protocol::encoded_size(p, link.version);
    if (!fits(size, link)) return drop(refused(static_cast<std::uint8_t>(reason::packet_too_large), too_large(link)));
    auto alias = aliases_.of(held.content.topic);
    if (!alias.known && !fits(size + alias_bytes_max, link)) alias = {};
    if (alias.alias != 0) {
        properties.number(protocol::property_id::topic_alias, alias.alias);
        p.properties = properties.view();
        if (alias.known) p.topic = {};
    }
    held.begin = link.out.end();
    link.put(p);
    aliases_.sent(held.content.topic, alias);
    if (numbered) {
        ++flying_;
        const auto first = session::first_phase(p.qos);
        window_.add(std::move(held), first);
    } else {
        bytes_ -= held.bytes;
        leaving_.push_back({link.out.end(), held.operation});
    }
    return true;
}

void outgoing::finish(packet_id id, operation_result result, event_list& events) {
    const auto held = window_.remove(id);
    bytes_ -= held.bytes;
    --flying_;
    events.complete(held.operation, std::move(result));
}

protocol::decoded<void> outgoing::on_ack(const protocol::ack& answer, link& link, event_list& events) {
    auto* entry = window_.find(answer.id);
    const bool to_be_released = answer.type == packet_type::pubrec && !is_error(answer.code);
    if (entry == nullptr) {
        // A PUBREC for what we do not know is released all the same, so that the broker does not keep it for ever (5.0: 4.13.1 wants 0x92).
        if (to_be_released) link.put_ack(packet_type::pubrel, answer.id, reason::packet_identifier_not_found);
        return {};
    }
    if (!to_resend_.empty()) std::erase(to_resend_, answer.id);
    const auto wrong = [](const char* what) -> protocol::decoded<void> {
        return std::unexpected(fault{reason::protocol_error, "MQTT-3.3.4-1", what});
    };
    switch (answer.type) {
        case packet_type::puback:
            if (entry->phase != phase::awaiting_puback) return wrong("PUBACK for a packet that is not a QoS 1 PUBLISH");
            finish(answer.id, result_of(answer), events);
            return {};
        case packet_type::pubrec:
            if (entry->phase != phase::awaiting_pubrec && entry->phase != phase::awaiting_pubcomp)
                return wrong("PUBREC for a packet that is not a QoS 2 PUBLISH");
            if (!to_be_released) {
                finish(answer.id, result_of(answer), events);
                return {};
            }
            if (entry->phase == phase::awaiting_pubrec) {
                entry->phase = phase::awaiting_pubcomp;
                entry->item.released = ++releases_;
                entry->item.content = {};
                entry->item.left_us = true;  // even where the network has not taken it: who answers what was not sent gets no second copy of it
                bytes_ -= std::exchange(entry->item.bytes, 0);
            }
            link.put_ack(packet_type::pubrel, answer.id);
            return {};
        default:
            if (entry->phase != phase::awaiting_pubcomp) return wrong("PUBCOMP for a packet that was not released");
            // Whatever the code: the broker took the message when it sent PUBREC. 0x92 says that it had finished before.
            finish(answer.id, {outcome::acknowledged, 0, {}, {}}, events);
            return {};
    }
}

void outgoing::taken(outbox::position position, event_list& events) {
    while (!leaving_.empty() && leaving_.front().end <= position) {
        events.complete(leaving_.front().operation, {outcome::acknowledged, 0, {}, {}});
        leaving_.pop_front();
    }
}

void outgoing::connection_begins(const server_limits& limits) {
    aliases_.start(std::min(aliases_max_, limits.topic_alias_maximum));
}

void outgoing::connection_lost(outbox::position taken_to, event_list& events) {
    taken(taken_to, events);
    for (const auto& gone : leaving_) events.complete(gone.operation, unknown("the connection was lost while it was being sent"));
    leaving_.clear();

    std::vector<packet_id> never_sent;
    window_.for_each([&](packet_id id, packet_window::entry& e) {
        if (!is_publish(e.phase)) return;
        auto& held = e.item;
        held.left_us = held.left_us || held.begin < taken_to;
        if (!held.left_us) never_sent.push_back(id);
    });
    to_resend_.clear();
    back_to_queue(std::move(never_sent));
}

void outgoing::back_to_queue(std::vector<packet_id> ids) {
    for (const auto id : ids | std::views::reverse) {
        auto held = window_.remove(id);
        --flying_;
        held.sent_before = held.sent_before || held.left_us;
        held.left_us = false;
        next_expiry_ = std::min(next_expiry_, held.expires);
        waiting_.push_front(std::move(held));
    }
}

void outgoing::session_resumed(link& link) {
    std::vector<std::pair<std::uint64_t, packet_id>> released;
    window_.for_each([&](packet_id id, packet_window::entry& e) {
        if (e.phase == phase::awaiting_pubcomp) released.emplace_back(e.item.released, id);
        if (e.phase == phase::awaiting_puback || e.phase == phase::awaiting_pubrec) to_resend_.push_back(id);
    });
    std::ranges::sort(released);
    for (const auto& [order, id] : released) link.put_ack(packet_type::pubrel, id);
}

void outgoing::session_lost(event_list& events) {
    std::vector<packet_id> again;
    std::vector<packet_id> lost;
    window_.for_each([&](packet_id id, packet_window::entry& e) {
        if (is_publish(e.phase)) (e.phase == phase::awaiting_puback ? again : lost).push_back(id);
    });
    for (const auto id : lost) finish(id, unknown(session_gone), events);
    back_to_queue(std::move(again));
    to_resend_.clear();
}

void outgoing::expire(monotonic now, event_list& events) {
    if (now < next_expiry_) return;
    next_expiry_ = never;
    std::erase_if(waiting_, [&](const held_message& held) {
        if (held.expires > now) {
            next_expiry_ = std::min(next_expiry_, held.expires);
            return false;
        }
        bytes_ -= held.bytes;
        events.complete(held.operation, expired(held));
        return true;
    });
}

void outgoing::give_up(event_list& events) {
    std::vector<packet_id> flying;
    window_.for_each([&](packet_id id, packet_window::entry& e) {
        if (is_publish(e.phase)) flying.push_back(id);
    });
    for (const auto id : flying) finish(id, unknown("the client was stopped before the broker had acknowledged it"), events);
    for (const auto& gone : leaving_) events.complete(gone.operation, unknown("the client was stopped while it was being sent"));
    for (const auto& held : waiting_) {
        bytes_ -= held.bytes;
        events.complete(held.operation, held.sent_before ? unknown(session_gone)
                                                         : operation_result{outcome::cancelled, 0, {}, "the client was stopped before it was sent"});
    }
    leaving_.clear();
    waiting_.clear();
    to_resend_.clear();
}

}  // namespace tepore::mqtt_client
