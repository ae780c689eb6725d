#include "client/engine.hpp"

#include <cassert>
#include <utility>

#include "client/handshake.hpp"
#include "client/validity.hpp"
#include "client/wire_message.hpp"

namespace tepore::mqtt_client {
namespace {

using protocol::decoded;
using protocol::fault;
using protocol::packet_type;
using protocol::reason;
using protocol::version;

constexpr std::chrono::seconds keep_alive_of(const client_options& options, const server_limits& limits) {
    return limits.keep_alive_s ? std::chrono::seconds(*limits.keep_alive_s) : options.keep_alive;
}

/// An incomplete packet's buffer above this is given back when the packet is through.
constexpr std::size_t tail_keep_bytes = 64 * 1024;

}  // namespace

engine::engine(client_options options)
    : options_(std::move(options)),
      authentication_(options_.authentication ? options_.authentication->method() : std::string()),
      outgoing_(options_, window_), requests_(window_, outgoing_), incoming_(options_) {
    link_.version = wire_version(options_.version);
}

// ---- operations

operation_id engine::refuse(operation_id operation, reason code, std::string text) {
    events_.complete(operation, refused(static_cast<std::uint8_t>(code), std::move(text)));
    return operation;
}

operation_id engine::publish(message m, monotonic now, bool told) {
    const auto operation = next_operation(told);
    if (link_.version != version::v5) m.properties = {};
    m.dup = false;
    if (auto wrong = fault_of(m, link_.version)) return refuse(operation, wrong->code, std::move(wrong->text));
    if (!outgoing_.room_for(outgoing::cost_of(m))) return refuse(operation, reason::quota_exceeded, "the queue of unsent messages is full");
    outgoing_.accept(std::move(m), operation, now);
    pump(now);
    return operation;
}

operation_id engine::subscribe(std::vector<subscription> filters, monotonic now, bool told, request_details details) {
    const auto operation = next_operation(told);
    if (filters.empty()) return refuse(operation, reason::protocol_error, "there is nothing to subscribe to [MQTT-3.8.3-3]");
    for (const auto& s : filters) {
        if (auto wrong = fault_of(s, link_.version)) return refuse(operation, wrong->code, std::move(wrong->text));
    }
    if (link_.version != version::v5) details = {};
    if (auto wrong = fault_of(details)) return refuse(operation, wrong->code, std::move(wrong->text));
    if (!requests_.room_for_filters(filters.size()))
        return refuse(operation, reason::quota_exceeded, "there are too many subscriptions to remember them");
    if (!outgoing_.room_for(requests::cost_of(filters, details)))
        return refuse(operation, reason::quota_exceeded, "the queue of unsent messages is full");
    requests_.accept(std::move(filters), std::move(details), operation);
    pump(now);
    return operation;
}

operation_id engine::unsubscribe(std::vector<std::string> filters, monotonic now, bool told, user_properties user) {
    const auto operation = next_operation(told);
    if (filters.empty()) return refuse(operation, reason::protocol_error, "there is nothing to unsubscribe from [MQTT-3.10.3-2]");
    for (const auto& filter : filters) {
        if (auto wrong = fault_of_filter(filter)) return refuse(operation, wrong->code, std::move(wrong->text));
    }
    request_details details;
    if (link_.version == version::v5) details.user = std::move(user);
    if (auto wrong = fault_of(details)) return refuse(operation, wrong->code, std::move(wrong->text));
    if (!outgoing_.room_for(requests::cost_of(filters, details)))
        return refuse(operation, reason::quota_exceeded, "the queue of unsent messages is full");
    requests_.accept(std::move(filters), std::move(details), operation);
    pump(now);
    return operation;
}

/// Sends what may be sent, and notes that the broker will hear from us.
void engine::pump(monotonic now) {
    if (state_ == state::online) {
        requests_.pump(link_, events_);
        outgoing_.pump(link_, now, events_);
    }
    if (link_.cannot_answer) start_closing("the broker takes no packets as large as an acknowledgement");
    if (std::exchange(heard_to_, link_.out.end()) != link_.out.end()) keep_alive_.sent(now);
}

// ---- the connection

bool engine::asks_clean_start() const noexcept {
    // 5.0 parts the two halves of 3.1.1's Clean Session: the fresh start is asked for once, the session's life is session_expiry_s.
    return options_.clean_start && !(had_session_ && session_outlives_connection());
}

bool engine::session_outlives_connection() const noexcept {
    if (link_.version == version::v5) return link_.limits.session_expiry_s.value_or(options_.session_expiry_s) != 0;
    return !options_.clean_start;
}

void engine::opened(monotonic now, monotonic answer_by, const authentication_step& first) {
    assert(state_ == state::offline);
    state_ = state::greeting;
    answer_by_ = answer_by;
    clean_asked_ = asks_clean_start();
    authentication_.connection_begins();
    if (!first.error.empty()) return start_closing("authentication is not possible: " + first.error);
    put_connect(link_.out, options_, clean_asked_, authentication_.method(), first.data);
    pump(now);
}

void engine::received(byte_view bytes, monotonic now) {
    if (state_ == state::closing || state_ == state::offline) return;
    keep_alive_.received(now);
    const bool joined = !tail_.empty();
    if (joined) {
        tail_.insert(tail_.end(), bytes.begin(), bytes.end());
        bytes = tail_;
    }
    while (state_ != state::closing) {
        const auto found = protocol::next_frame(bytes, options_.packet_bytes_max);
        if (found.state == protocol::frame_state::incomplete) break;
        if (found.state == protocol::frame_state::broken) {
            fail(found.fault);
            break;
        }
        if (found.frame.type == packet_type::connack && authentication_.holds(found.frame, events_)) break;
        handle(found.frame, now);
        bytes = bytes.subspan(found.frame.whole.size());
    }
    if (state_ == state::closing) bytes = {};
    if (joined) {
        tail_.erase(tail_.begin(), tail_.end() - static_cast<std::ptrdiff_t>(bytes.size()));
        if (tail_.empty() && tail_.capacity() > tail_keep_bytes) tail_.shrink_to_fit();
    } else {
        tail_.assign(bytes.begin(), bytes.end());
    }
    pump(now);
}

void engine::handle(const protocol::frame& f, monotonic now) {
    if (state_ == state::greeting && f.type != packet_type::connack && f.type != packet_type::auth)
        return fail({reason::protocol_error, "MQTT-3.2.0-1", "the first packet of the broker is not CONNACK"});

    const auto v = link_.version;
    const auto with = [&](auto packet, auto handler) {
        const auto done = packet ? handler(*packet) : decoded<void>(std::unexpected(packet.error()));
        if (!done) fail(done.error());
    };
    const auto nothing = decoded<void>();
    switch (f.type) {
        case packet_type::connack: return with(protocol::decode_connack(f, v), [&](const auto& p) { return on_connack(p, now); });
        case packet_type::publish:
            return with(protocol::decode_publish(f, v, protocol::direction::server_to_client),
                        [&](const auto& p) { return incoming_.on_publish(p, link_, events_); });
        case packet_type::pubrel: return with(protocol::decode_ack(f, v), [&](const auto& p) { return incoming_.on_pubrel(p, link_), nothing; });
        case packet_type::puback:
        case packet_type::pubrec:
        case packet_type::pubcomp: return with(protocol::decode_ack(f, v), [&](const auto& p) { return outgoing_.on_ack(p, link_, events_); });
        case packet_type::suback: return with(protocol::decode_suback(f, v), [&](const auto& p) { return requests_.on_suback(p, events_); });
        case packet_type::unsuback: return with(protocol::decode_unsuback(f, v), [&](const auto& p) { return requests_.on_unsuback(p, events_); });
        case packet_type::pingresp: return with(protocol::decode_pingresp(f, v), [&](const auto&) { return keep_alive_.answered(), nothing; });
        case packet_type::disconnect:
            return with(protocol::decode_disconnect(f, v, protocol::direction::server_to_client), [&](const auto& p) { return on_disconnect(p); });
        case packet_type::auth: return with(protocol::decode_auth(f, v), [&](const auto& p) { return authentication_.on_auth(p, events_); });
        default: return fail({reason::protocol_error, "MQTT-4.8.0-1", "a packet that only clients send"});
    }
}

decoded<void> engine::on_connack(const protocol::connack& answer, monotonic now) {
    if (state_ != state::greeting) return std::unexpected(fault{reason::protocol_error, "MQTT-3.2.0-1", "a second CONNACK"});
    answer_by_ = never;
    if (auto why = refusal(answer, link_.version)) {
        events_.add(connection_refused{to_goodbye(answer.code, answer.properties)});
        start_closing(std::move(*why));
        return {};
    }
    const auto limits = limits_told_by(answer, link_.version);
    link_.limits.packet_bytes_max = limits.packet_bytes_max;  // holds for a goodbye too
    if (const auto named = authentication_.check(answer); !named) return named;
    if (answer.session_present && clean_asked_)
        return std::unexpected(fault{reason::protocol_error, "MQTT-3.2.2-1", "CONNACK: a session is present, though we asked for a clean start"});

    link_.limits = limits;
    if (!link_.limits.assigned_client_id.empty()) options_.client_id = link_.limits.assigned_client_id;
    state_ = state::online;
    had_session_ = true;
    keep_alive_.start(keep_alive_of(options_, link_.limits), options_.ping_timeout, now);
    outgoing_.connection_begins(link_.limits);
    events_.add(connected{connection_told_by(answer)});
    if (answer.session_present) {
        outgoing_.session_resumed(link_);
    } else {
        session_lost();
        requests_.repeat_all(link_.limits, events_);
    }
    return {};
}

connected_info engine::connection_told_by(const protocol::connack& answer) const {
    connected_info info;
    info.session_present = answer.session_present;
    info.client_id = options_.client_id;
    info.keep_alive = keep_alive_of(options_, link_.limits);
    if (link_.version == version::v5) info.session_expiry_s = link_.limits.session_expiry_s.value_or(options_.session_expiry_s);
    tell(info, link_.limits, answer.properties);
    return info;
}

decoded<void> engine::on_disconnect(const protocol::disconnect& goodbye) {
    authentication_.refused(static_cast<std::uint8_t>(goodbye.code), "the broker did not agree", events_);
    events_.add(server_said_goodbye{to_goodbye(static_cast<std::uint8_t>(goodbye.code), goodbye.properties)});
    start_closing("the broker ended the connection: " + in_words(goodbye.code, goodbye.properties));
    return {};
}

void engine::session_lost() {
    outgoing_.session_lost(events_);
    incoming_.session_lost();
}

void engine::start_closing(std::string why) {
    if (state_ == state::closing) return;
    state_ = state::closing;
    why_ = std::move(why);
    answer_by_ = never;
    keep_alive_.stop();
}

void engine::fail(const fault& fault) {
    // 5.0 tells the broker why, also before CONNACK [MQTT5 4.13]; 3.1.1 has no words for it.
    if ((state_ == state::online || state_ == state::greeting) && link_.version == version::v5)
        link_.put(protocol::disconnect{code_for_disconnect(fault.code), {}});
    start_closing(std::string("the broker broke the protocol: ") + fault.what + " [" + fault.rule + "]");
}

void engine::closed(std::string_view why, monotonic now) {
    if (state_ == state::offline) return;
    std::string reason = state_ == state::closing ? std::exchange(why_, {}) : std::string(why);
    if (reason.empty()) reason = "the broker closed the connection";
    if (state_ == state::greeting) reason += " (before it answered CONNECT)";

    outgoing_.connection_lost(link_.out.taken_to(), events_);
    requests_.connection_lost();
    incoming_.connection_lost();
    authentication_.connection_lost(events_);
    keep_alive_.stop();
    link_.out.discard();
    link_.cannot_answer = false;
    tail_ = {};
    answer_by_ = never;
    state_ = state::offline;
    if (!session_outlives_connection()) session_lost();
    events_.add(disconnected{std::move(reason)});
    pump(now);
}

void engine::output_taken(std::size_t count, monotonic now) {
    link_.out.taken(count);
    outgoing_.taken(link_.out.taken_to(), events_);
    pump(now);
}

void engine::pause(bool yes, monotonic now) {
    paused_ = yes;
    keep_alive_.deaf(yes, now);
}

// ---- enhanced authentication

operation_id engine::reauthenticate(monotonic now, bool told) {
    const auto operation = next_operation(told);
    if (auto why = authentication_.begin_again(operation, now + options_.connect_timeout, events_))
        return refuse(operation, reason::bad_authentication_method, std::move(*why));
    return operation;
}

void engine::authentication_answered(std::uint32_t exchange, authentication_step step, monotonic now) {
    if (state_ == state::offline || state_ == state::closing) return;
    const auto done = authentication_.answered(exchange, std::move(step), link_, events_);
    if (!done) end_unproven("authentication failed: " + done.error().message);
    if (done && *done) return received({}, now);  // CONNACK, and what came after it
    pump(now);
}

/// The broker could not prove what it had to, or we cannot: table 3-10 gives clients no better code.
void engine::end_unproven(std::string why) {
    link_.put(protocol::disconnect{reason::unspecified_error, {}});
    start_closing(std::move(why));
}

// ---- time

monotonic engine::deadline() const noexcept {
    const auto of_connection = state_ == state::online ? std::min(authentication_.deadline(), keep_alive_.deadline()) : never;
    return std::min({answer_by_, outgoing_.next_expiry(), of_connection});
}

void engine::tick(monotonic now) {
    outgoing_.expire(now, events_);
    if (state_ == state::greeting && answer_by_ <= now) start_closing("the broker did not answer CONNECT in time");
    if (state_ == state::online && authentication_.deadline() <= now) end_unproven("the broker did not finish the re-authentication in time");
    if (state_ == state::online && keep_alive_.given_up(now)) start_closing("the broker did not answer PINGREQ in time");
    if (state_ == state::online && keep_alive_.ask_due(now)) {
        link_.put(protocol::pingreq{});
        keep_alive_.asked(now);
    }
    pump(now);
}

// ---- the end

bool engine::idle() const noexcept {
    return outgoing_.idle() && requests_.idle() && !authentication_.busy();
}

void engine::disconnect(monotonic now, const disconnect_options& how) {
    if (state_ == state::online) put_disconnect(link_, how, options_.session_expiry_s != 0);
    if (state_ != state::offline) start_closing("the client was stopped");
    pump(now);
}

void engine::give_up() {
    authentication_.connection_lost(events_);
    outgoing_.give_up(events_);
    requests_.give_up(events_);
}

}  // namespace tepore::mqtt_client
