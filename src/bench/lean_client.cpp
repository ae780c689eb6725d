#include "bench/lean_client.hpp"

#include <algorithm>
#include <cassert>

#include "protocol/codec.hpp"

namespace tepore::bench {
namespace {

/// CONNECT: long enough that no run of minutes needs a PINGREQ.
constexpr std::uint16_t keep_alive_s = 3600;

std::size_t size_of(const protocol::connect& p, protocol::version) noexcept {
    return protocol::encoded_size(p);
}
void write(const protocol::connect& p, protocol::version, byte_span out) noexcept {
    protocol::encode(p, out);
}
template <class Packet>
std::size_t size_of(const Packet& p, protocol::version v) noexcept {
    return protocol::encoded_size(p, v);
}
template <class Packet>
void write(const Packet& p, protocol::version v, byte_span out) noexcept {
    protocol::encode(p, v, out);
}

}  // namespace

template <class Packet>
void lean_client::say(const Packet& p) {
    const auto size = size_of(p, version());
    assert(size != 0);
    write(p, version(), output_.append(size));
    wake();
}

void lean_client::opened() {
    protocol::property_builder properties;
    protocol::connect p{.version = version(), .clean_start = !session_kept_, .keep_alive_s = keep_alive_s, .client_id = client_id_};
    if (session_kept_ && version() == protocol::version::v5) {
        properties.number(protocol::property_id::session_expiry_interval, kept_session_s);
    }
    if (login_.user) p.user_name = *login_.user;
    if (login_.password) p.password = as_bytes(*login_.password);
    p.properties = properties.view();
    state_ = client_state::connecting;
    say(p);
}

void lean_client::subscribe(std::span<const std::string> filters, protocol::qos qos) {
    std::vector<std::uint8_t> requests;
    for (const auto& filter : filters) protocol::subscription_list::append(requests, filter, {.qos = qos});
    say(protocol::subscribe{.id = sent_.add({}, session::phase::awaiting_suback), .requests = protocol::subscription_list(requests)});
}

void lean_client::unsubscribe(std::span<const std::string> filters) {
    std::vector<std::uint8_t> bytes;
    for (const auto& filter : filters) protocol::filter_list::append(bytes, filter);
    say(protocol::unsubscribe{.id = sent_.add({}, session::phase::awaiting_unsuback), .filters = protocol::filter_list(bytes)});
}

void lean_client::publish(const protocol::publish& message) {
    auto p = message;
    if (p.qos != protocol::qos::at_most_once) p.id = begin_publish(p.qos);
    say(p);
}

void lean_client::disconnect() {
    state_ = client_state::leaving;
    say(protocol::disconnect{});
}

void lean_client::ended(std::string_view why) {
    const auto was = state_;
    reset();
    if (was == client_state::leaving || was == client_state::closed) return;
    const bool was_up = was == client_state::up;
    std::string told = was_up ? "the broker closed the connection" : "no connection";
    if (!why.empty()) told += ": " + std::string(why);
    was_up ? events_.on_closed(*this, told) : events_.on_trouble(*this, told);
}

void lean_client::reset() noexcept {
    state_ = client_state::closed;
    session_present_ = false;
    output_.clear();
    tail_ = {};
    sent_ = {};
    received_.clear();
}

void lean_client::take(byte_view bytes, monotonic now) {
    if (!tail_.empty()) bytes = complete_tail(bytes, now);
    bytes = take_whole(bytes, now);
    if (state_ != client_state::closed && !bytes.empty()) tail_.assign(bytes.begin(), bytes.end());
}

/// Adds to the tail what its packet still needs, no more: the rest is read where it lies.
byte_view lean_client::complete_tail(byte_view bytes, monotonic now) {
    while (!bytes.empty() && !tail_.empty()) {
        const auto found = protocol::next_frame(tail_, packet_bytes_max);
        const auto needed = found.state == protocol::frame_state::incomplete ? found.need - tail_.size() : 0;
        const auto part = bytes.first(std::min(needed, bytes.size()));
        tail_.insert(tail_.end(), part.begin(), part.end());
        bytes = bytes.subspan(part.size());
        const auto whole = std::exchange(tail_, {});
        const auto rest = take_whole(whole, now);
        if (state_ == client_state::closed) return {};
        tail_.assign(rest.begin(), rest.end());
    }
    return bytes;
}

byte_view lean_client::take_whole(byte_view bytes, monotonic now) {
    while (!bytes.empty() && state_ != client_state::closed) {
        const auto found = protocol::next_frame(bytes, packet_bytes_max);
        if (found.state == protocol::frame_state::incomplete) return bytes;
        if (found.state == protocol::frame_state::broken) {
            trouble(found.fault);
            reset();  // there is no way back into step
            return {};
        }
        take_packet(found.frame, now);
        bytes = bytes.subspan(found.frame.whole.size());
    }
    return {};
}

void lean_client::take_packet(const protocol::frame& f, monotonic now) {
    using enum protocol::packet_type;
    if (state_ == client_state::leaving) return;  // it may come while DISCONNECT is on its way
    if ((state_ == client_state::connecting) != (f.type == connack)) return trouble("CONNACK was expected, or was not");
    switch (f.type) {
        case publish: return take_publish(f, now);
        case puback:
        case pubrec:
        case pubrel:
        case pubcomp: return take_ack(f);
        case connack: return take_connack(f);
        case suback:
            if (const auto p = protocol::decode_suback(f, version())) return take_codes(p->id, session::phase::awaiting_suback, p->codes);
            return trouble(protocol::decode_suback(f, version()).error());
        case unsuback:
            if (const auto p = protocol::decode_unsuback(f, version())) return take_codes(p->id, session::phase::awaiting_unsuback, p->codes);
            return trouble(protocol::decode_unsuback(f, version()).error());
        case disconnect:
            if (const auto p = protocol::decode_disconnect(f, version(), protocol::direction::server_to_client)) {
                state_ = client_state::leaving;  // that it closes then is not told again
                return events_.on_closed(*this, "the broker says DISCONNECT: " + std::string(protocol::name_of(p->code)));
            }
            return trouble("a DISCONNECT that nobody can read");
        default: return trouble("a packet that no broker sends without being asked");
    }
}

void lean_client::take_connack(const protocol::frame& f) {
    const auto p = protocol::decode_connack(f, version());
    if (!p) return trouble(p.error());
    if (p->code != 0) {
        const auto code = version() == protocol::version::v5 ? std::string(protocol::name_of(static_cast<protocol::reason>(p->code)))
                                                             : "return code " + std::to_string(p->code);
        return trouble("the broker refused the connection: " + code);
    }
    receive_maximum_ = static_cast<std::uint16_t>(p->properties.number(protocol::property_id::receive_maximum).value_or(65'535));
    session_present_ = p->session_present;
    state_ = client_state::up;
    was_up_ = true;
}

void lean_client::take_publish(const protocol::frame& f, monotonic now) {
    const auto p = protocol::decode_publish(f, version());
    if (!p) return trouble(p.error());
    switch (p->qos) {
        case protocol::qos::at_most_once: return events_.on_message(*this, *p, now);
        case protocol::qos::at_least_once: events_.on_message(*this, *p, now); return answer(protocol::packet_type::puback, p->id);
        case protocol::qos::exactly_once:
            if (received_.insert(p->id)) events_.on_message(*this, *p, now);
            return answer(protocol::packet_type::pubrec, p->id);
    }
}

void lean_client::take_ack(const protocol::frame& f) {
    const auto p = protocol::decode_ack(f, version());
    if (!p) return trouble(p.error());
    if (p->type == protocol::packet_type::pubrel) return take_pubrel(p->id);
    auto* const waiting = sent_.find(p->id);
    const auto waited_for = p->type == protocol::packet_type::puback   ? session::phase::awaiting_puback
                            : p->type == protocol::packet_type::pubrec ? session::phase::awaiting_pubrec
                                                                       : session::phase::awaiting_pubcomp;
    if (waiting == nullptr || waiting->phase != waited_for) return trouble("an acknowledgement that no message waits for");
    if (protocol::is_error(p->code)) trouble("the broker refused a message: " + std::string(protocol::name_of(p->code)));
    if (p->type != protocol::packet_type::pubrec || protocol::is_error(p->code)) return settle(p->id);
    waiting->phase = session::phase::awaiting_pubcomp;
    answer(protocol::packet_type::pubrel, p->id);
}

void lean_client::take_pubrel(protocol::packet_id id) {
    received_.erase(id);
    answer(protocol::packet_type::pubcomp, id);
}

void lean_client::take_codes(protocol::packet_id id, session::phase waited_for, byte_view codes) {
    const auto* const waiting = sent_.find(id);
    if (waiting == nullptr || waiting->phase != waited_for) return trouble("an acknowledgement that no subscription waits for");
    if (std::ranges::any_of(codes, [](std::uint8_t code) { return code >= 0x80; })) trouble("the broker refused a subscription");
    settle(id);
}

void lean_client::settle(protocol::packet_id id) {
    sent_.remove(id);
    events_.on_settled(*this);
}

void lean_client::answer(protocol::packet_type type, protocol::packet_id id) {
    say(protocol::ack{.type = type, .id = id});
}

void lean_client::trouble(std::string_view what) {
    events_.on_trouble(*this, what);
}

void lean_client::trouble(const protocol::fault& f) {
    trouble("the broker broke " + std::string(f.rule) + ": " + f.what);
}

}  // namespace tepore::bench
