#include "client/requests.hpp"

#include <algorithm>

#include "client/handshake.hpp"
#include "client/validity.hpp"
#include "client/wire_message.hpp"

namespace tepore::mqtt_client {
namespace {

using protocol::fault;
using protocol::packet_id;
using protocol::packet_type;
using protocol::reason;
using session::phase;

using subscriptions = std::vector<subscription>;
using names = std::vector<std::string>;

/// What a request costs beside its filters, about.
constexpr std::size_t overhead_bytes = 128;
/// Fixed header, identifier and an empty property length: room left for them in a packet.
constexpr std::size_t head_bytes_max = 8;

bool is_error_code(std::uint8_t code) {
    return protocol::is_error(static_cast<reason>(code));
}

protocol::subscription_options to_options(const subscription& s) {
    return {wire_qos(s.qos), s.no_local, s.retain_as_published, static_cast<protocol::retain_handling>(s.retain_handling)};
}

const std::string& name_of_filter(const subscription& s) {
    return s.filter;
}
const std::string& name_of_filter(const std::string& s) {
    return s;
}

std::size_t cost_of_user(const request_details& details) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : details.user) bytes += sizeof(details.user.front()) + name.size() + value.size();
    return bytes;
}

/// What they add to a packet, at most.
std::size_t wire_bytes_of(const request_details& details) {
    std::size_t bytes = details.subscription_id == 0 ? 0 : 5;
    for (const auto& [name, value] : details.user) bytes += 5 + name.size() + value.size();
    return bytes == 0 ? 0 : bytes + 3;  // and the rest of their length
}

std::size_t filters_to_remember(const std::variant<subscriptions, names>& filters) {
    const auto* added = std::get_if<subscriptions>(&filters);
    return added == nullptr ? 0 : added->size();
}

/// One code for each filter: the first that says no decides.
template <class Filters>
operation_result result_of(const Filters& filters, byte_view codes, protocol::property_view told) {
    operation_result result{outcome::acknowledged, 0, {codes.begin(), codes.end()}, {}};
    add_words(result, told);
    const auto bad = std::ranges::find_if(result.codes, is_error_code);
    if (bad == result.codes.end()) return result;
    const auto& filter = name_of_filter(filters[static_cast<std::size_t>(bad - result.codes.begin())]);
    result.outcome = outcome::refused;
    result.code = *bad;
    result.text = "the broker refused \"" + filter + "\": " + in_words(static_cast<reason>(*bad), told);
    return result;
}

}  // namespace

std::size_t requests::cost_of(const subscriptions& filters, const request_details& details) noexcept {
    auto bytes = overhead_bytes + cost_of_user(details);
    for (const auto& s : filters) bytes += sizeof(s) + s.filter.size();
    return bytes;
}

std::size_t requests::cost_of(const names& filters, const request_details& details) noexcept {
    auto bytes = overhead_bytes + cost_of_user(details);
    for (const auto& f : filters) bytes += sizeof(f) + f.size();
    return bytes;
}

void requests::accept(subscriptions filters, request_details details, operation_id operation) {
    const auto bytes = cost_of(filters, details);
    accept(request{std::move(filters), shared(std::move(details)), operation, bytes});
}

void requests::accept(names filters, request_details details, operation_id operation) {
    const auto bytes = cost_of(filters, details);
    accept(request{std::move(filters), shared(std::move(details)), operation, bytes});
}

std::shared_ptr<const request_details> requests::shared(request_details details) const {
    const bool says_something = details.subscription_id != 0 || !details.user.empty();
    return says_something ? std::make_shared<const request_details>(std::move(details)) : nothing_said_;
}

void requests::accept(request r) {
    bounds_.reserve(r.bytes);
    asked_filters_ += filters_to_remember(r.filters);
    asked_.push_back(std::move(r));
}

void requests::end(request& r, operation_result result, event_list& events) {
    if (!r.is_repetition()) {
        bounds_.unreserve(r.bytes);
        asked_filters_ -= filters_to_remember(r.filters);
    }
    events.complete(r.operation, std::move(result));
}

void requests::lose(const std::string& filter, std::uint8_t code, event_list& events) {
    events.add(subscription_lost{filter, code});
    active_.erase(filter);
}

void requests::pump(link& link, event_list& events) {
    for (auto r = asked_.begin(); r != asked_.end();) {
        if (r->id != 0) {
            ++r;
            continue;
        }
        if (window_.exhausted()) return;
        auto refusal = send(*r, link);
        if (!refusal) {
            ++r;
            continue;
        }
        if (r->is_repetition()) {
            for (const auto& s : std::get<subscriptions>(r->filters)) lose(s.filter, refusal->code, events);
        }
        end(*r, std::move(*refusal), events);
        r = asked_.erase(r);
    }
}

std::optional<operation_result> requests::send(request& r, link& link) {
    protocol::property_builder properties;
    const auto put = [&](auto p, phase first) -> std::optional<operation_result> {
        p.id = window_.next_id();
        add(properties, r.details->user);
        p.properties = properties.view();
        const auto size = protocol::encoded_size(p, link.version);
        if (size == 0 || size > link.limits.packet_bytes_max)
            return refused(static_cast<std::uint8_t>(reason::packet_too_large), "too many filters for one packet: the broker takes none so large");
        link.put(p);
        r.id = window_.add({}, first);
        r.sent_before = true;
        return {};
    };
    std::vector<std::uint8_t> bytes;
    if (const auto* filters = std::get_if<subscriptions>(&r.filters)) {
        const auto& details = *r.details;
        if (details.subscription_id != 0 && link.limits.subscription_ids)
            properties.number(protocol::property_id::subscription_identifier, details.subscription_id);
        if (details.subscription_id != 0 && !link.limits.subscription_ids && !details.id_is_a_wish)
            return refused(static_cast<std::uint8_t>(reason::subscription_identifiers_not_supported), "the broker has no subscription identifiers");
        for (const auto& s : *filters) {
            if (auto fault = not_taken(s, link.limits))
                return refused(static_cast<std::uint8_t>(fault->code), "\"" + s.filter + "\": " + fault->text);
            protocol::subscription_list::append(bytes, s.filter, to_options(s));
        }
        return put(protocol::subscribe{0, {}, protocol::subscription_list(bytes)}, phase::awaiting_suback);
    }
    for (const auto& name : std::get<names>(r.filters)) protocol::filter_list::append(bytes, name);
    return put(protocol::unsubscribe{0, {}, protocol::filter_list(bytes)}, phase::awaiting_unsuback);
}

std::optional<requests::request> requests::answered(packet_id id, phase expected) {
    const auto* entry = window_.find(id);
    if (entry == nullptr || entry->phase != expected) return {};
    const auto at = std::ranges::find(asked_, id, &request::id);
    window_.remove(id);
    auto r = std::move(*at);
    asked_.erase(at);
    return r;
}

protocol::decoded<void> requests::on_suback(const protocol::suback& answer, event_list& events) {
    auto r = answered(answer.id, phase::awaiting_suback);
    if (!r) return {};
    const auto& filters = std::get<subscriptions>(r->filters);
    if (answer.codes.size() != filters.size()) {
        end(*r, refused(0, "the broker answered with the wrong number of codes"), events);
        return std::unexpected(fault{reason::protocol_error, "MQTT-3.8.4-5", "SUBACK: not one code for each filter"});
    }
    for (std::size_t i = 0; i < filters.size(); ++i) {
        if (!is_error_code(answer.codes[i])) {
            active_.insert_or_assign(filters[i].filter, granted{filters[i], r->details});
        } else if (r->is_repetition()) {
            lose(filters[i].filter, answer.codes[i], events);
        }
    }
    end(*r, result_of(filters, answer.codes, answer.properties), events);
    return {};
}

protocol::decoded<void> requests::on_unsuback(const protocol::unsuback& answer, event_list& events) {
    auto r = answered(answer.id, phase::awaiting_unsuback);
    if (!r) return {};
    const auto& filters = std::get<names>(r->filters);
    // 3.1.1 has no codes: its UNSUBACK always means success.
    const std::vector<std::uint8_t> success(filters.size());
    const auto codes = answer.codes.empty() ? byte_view(success) : answer.codes;
    if (codes.size() != filters.size()) {
        end(*r, refused(0, "the broker answered with the wrong number of codes"), events);
        return std::unexpected(fault{reason::protocol_error, "MQTT5-3.11.3-1", "UNSUBACK: not one code for each filter"});
    }
    for (std::size_t i = 0; i < filters.size(); ++i) {
        if (!is_error_code(codes[i])) active_.erase(filters[i]);
    }
    end(*r, result_of(filters, codes, answer.properties), events);
    return {};
}

void requests::connection_lost() {
    for (auto& r : asked_) {
        if (r.id != 0) window_.remove(std::exchange(r.id, packet_id{0}));
    }
    std::erase_if(asked_, [](const request& r) { return r.is_repetition(); });  // made anew if the session is lost
}

void requests::repeat_all(const server_limits& limits, event_list& events) {
    struct packet {
        request* asks = nullptr;
        std::size_t bytes = 0;
    };
    std::deque<request> repeated;                           // a deque: references into it stay valid
    std::map<const request_details*, packet> not_yet_full;  // what was asked for with the same details goes together
    std::vector<std::pair<std::string, std::uint8_t>> lost;
    for (const auto& [filter, one] : active_) {
        if (const auto fault = not_taken(one.asked, limits)) {
            lost.emplace_back(filter, static_cast<std::uint8_t>(fault->code));
            continue;
        }
        const auto more = filter.size() + 3;  // its length and its options
        auto& [asks, bytes] = not_yet_full[one.details.get()];
        const bool full =
            asks != nullptr && (std::get<subscriptions>(asks->filters).size() == repeated_filters_max || bytes + more > limits.packet_bytes_max);
        if (asks == nullptr || full) {
            asks = &repeated.emplace_back(request{subscriptions{}, one.details});
            bytes = head_bytes_max + wire_bytes_of(*one.details);
        }
        std::get<subscriptions>(asks->filters).push_back(one.asked);
        bytes += more;
    }
    for (const auto& [filter, code] : lost) lose(filter, code, events);
    asked_.insert(asked_.begin(), std::move_iterator(repeated.begin()), std::move_iterator(repeated.end()));
}

void requests::give_up(event_list& events) {
    for (auto& r : asked_) {
        if (r.id != 0) window_.remove(r.id);
        end(r,
            r.sent_before ? operation_result{outcome::unknown, 0, {}, "the client was stopped before the broker had answered"}
                          : operation_result{outcome::cancelled, 0, {}, "the client was stopped before it was sent"},
            events);
    }
    asked_.clear();
}

bool requests::idle() const noexcept {
    return std::ranges::all_of(asked_, &request::is_repetition);
}

}  // namespace tepore::mqtt_client
