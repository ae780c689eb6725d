// CONNECT (3.1): whose session it is, whether the client may come in, and what it finds when it does.
#include <algorithm>
#include <array>
#include <random>

#include "broker/announce.hpp"
#include "broker/shard.hpp"
#include "broker/shard_send.hpp"
#include "broker/travelling.hpp"

namespace tepore::broker {

using protocol::property_id;
using protocol::qos;
using protocol::reason;
using protocol::return_code;
using protocol::version;

namespace {

constexpr std::uint32_t expiry_never_s = 0xffff'ffff;

/// Why this server does not take a will like this; success: it does.
protocol::fault unwelcome(const protocol::will_message& w, const limits& l) {
    if (w.qos > l.maximum_qos) return {reason::qos_not_supported, "MQTT5-3.2.2-12", "the will's QoS is higher than this server's maximum"};
    if (w.retain && !l.retain_available)
        return {reason::retain_not_supported, "MQTT5-3.2.2-13", "the will is retained, which this server does not do"};
    if (levels_of(w.topic) > l.topic_levels_max) return {reason::topic_name_invalid, "MQTT5 4.7.3", "the will topic has too many levels"};
    if (w.topic.starts_with("$SYS/")) return {reason::not_authorized, "MQTT5 3.1.4", "$SYS is the broker's own"};
    if (l.validate_payload_format && !is_of_its_format(w.properties, w.payload))
        return {reason::payload_format_invalid, "MQTT5 3.1.3.2.3", "the will's payload is not the UTF-8 that it says it is"};
    return {reason::success, "", ""};
}

}  // namespace

bool shard::on_connect(connection& c, const protocol::frame& f, monotonic now) {
    if (c.state == connection_state::established) return break_off(c, {reason::protocol_error, "MQTT-3.1.0-2", "a second CONNECT"}, now);

    const auto p = protocol::decode_connect(f);
    if (!p) {
        if (p.error().code == reason::unsupported_protocol_version) {  // [MQTT-3.1.2-2]
            c.version = version::v3_1_1;                               // nobody knows what a later version's client reads
            return refuse(c, return_code::unacceptable_protocol_version, p.error().code, p.error().what, now);
        }
        if (protocol::claimed_version(f) == version::v5) {
            c.version = version::v5;
            c.problem_information = false;  // what it takes is not known
            return refuse(c, return_code::accepted, p.error().code, p.error().what, now);
        }
        return break_off(c, p.error(), now);  // 3.1.1 closes without CONNACK [MQTT-3.1.4-1]
    }
    c.version = p->version;
    if (c.version == version::v5) {  // what it takes, also of an answer that says no
        c.packet_bytes_max = p->properties.number(property_id::maximum_packet_size).value_or(protocol::remaining_length_max);
        c.problem_information = p->properties.number(property_id::request_problem_information).value_or(1) == 1;
    }
    if (const auto to = shared_.limits.redirect; to != redirection::none)
        return refuse(c, return_code::server_unavailable, to == redirection::permanent ? reason::server_moved : reason::use_another_server,
                      "clients are sent to another server", now);
    if (stopping_) return refuse(c, return_code::server_unavailable, reason::server_shutting_down, "the server is stopping", now);
    if (p->client_id.empty() && c.version != version::v5 && (!p->clean_start || c.version == version::v3_1))  // [MQTT-3.1.3-8]; 3.1: never empty
        return refuse(c, return_code::identifier_rejected, reason::client_identifier_not_valid, "an empty client id needs a clean session", now);

    const bool assigned = p->client_id.empty();
    if (!assigned && owner_of(p->client_id) != index_) {
        c.move_to = owner_of(p->client_id);
        c.state = connection_state::moving;
        touch(c);
        return true;
    }
    if (!c.verified && p->properties.text(property_id::authentication_method)) return begin_authentication(c, *p, f, now);
    if (shared_.authentication && !c.verified) {
        if (!shared_.login.passwords)
            return refuse(c, return_code::not_authorized, reason::not_authorized, "passwords are not taken, only enhanced authentication is", now);
        if (!p->user_name) return refuse(c, return_code::not_authorized, reason::not_authorized, "a user name and a password are required", now);
        c.state = connection_state::authenticating;
        authentication_requests_.push_back({&c, std::string(*p->user_name), std::string(as_text(p->password.value_or(byte_view{})))});
        touch(c);
        return true;
    }
    if (p->will) {
        if (const auto wrong = unwelcome(*p->will, shared_.limits); wrong.code != reason::success)
            return refuse(c, return_code::not_authorized, wrong.code, wrong.what, now);
    }
    if (assigned || find_session(p->client_id) == nullptr) {
        if (by_client_id_.size() >= shared_.limits.sessions_max / shared_.shards + 1)
            return refuse(c, return_code::server_unavailable, reason::quota_exceeded, "the limit of sessions is reached", now);
        if (memory_ == memory_state::full)
            return refuse(c, return_code::server_unavailable, reason::server_busy, "the memory for what waits for clients is used up", now);
    }

    return assigned ? accept(c, *p, new_client_id(), true, now) : accept(c, *p, p->client_id, false, now);
}

/// A CONNACK that says no; then the connection closes. `old_code` accepted: 3.x has no code for this and just closes [MQTT-3.2.2-6].
bool shard::refuse(connection& c, return_code old_code, reason code, std::string_view why, monotonic now) {
    log_.write(log_level::notice, "connection from " + std::string(c.peer) + " refused: " + std::string(why));
    if (c.version == version::v5) {
        protocol::property_builder properties;
        const bool elsewhere = code == reason::use_another_server || code == reason::server_moved;
        if (elsewhere && !shared_.limits.server_reference.empty()) properties.text(property_id::server_reference, shared_.limits.server_reference);
        send_explained(c, protocol::connack{false, static_cast<std::uint8_t>(code), {}}, properties, why);
    } else if (old_code != return_code::accepted) {
        send(c, protocol::connack{false, static_cast<std::uint8_t>(old_code), {}});
    }
    close(c, now);
    return false;
}

void shard::authenticated(connection& c, bool accepted, monotonic now) {
    if (c.state != connection_state::authenticating) return;
    if (!accepted) {
        refuse(c, return_code::bad_user_name_or_password, reason::bad_user_name_or_password, "wrong user name or password", now);
        return;
    }
    c.verified = true;
    c.state = connection_state::awaiting_connect;
    const auto waiting = std::exchange(c.partial, {});  // CONNECT, and what came after it
    forget_received(1, waiting.size());
    receive(c, waiting, now);
}

std::string shard::new_client_id() {
    static constexpr std::array digits{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    std::random_device entropy;  // 128 bits: nobody guesses another client's session
    std::string id;
    do {
        id = "tepore-";
        for (int word = 0; word < 4; ++word) {
            auto bits = entropy();
            for (int digit = 0; digit < 8; ++digit, bits >>= 4) id += digits[bits & 15];
        }
    } while (owner_of(id) != index_ || find_session(id) != nullptr);
    return id;
}

session* shard::find_session(std::string_view client_id) noexcept {
    const auto slot = by_client_id_.find(client_hash(client_id), [&](std::uint32_t at) { return sessions_[at].client_id.view() == client_id; });
    return slot == index_table::none ? nullptr : &sessions_[slot];
}

session& shard::open_session(std::string_view client_id, bool clean, bool& present, monotonic now) {
    present = false;
    if (auto* known = find_session(client_id)) {
        auto& s = *known;
        if (auto* old = s.connection; old != nullptr) {  // takeover [MQTT-3.1.4-2]
            log_.write(log_level::info, s.name() + " connected again: the connection from " + std::string(old->peer) + " is closed");
            const bool session_stays = s.persistent() && !clean;
            say_goodbye(*old, reason::session_taken_over, "the client id connected again");
            detach(*old, true, now);
            close(*old, now);
            if (session_stays) {
                present = true;
                return s;
            }
        } else if (!clean) {
            present = true;
            return s;
        }
        if (auto* still = find_session(client_id)) end_session(*still, now);
    }
    const auto slot = sessions_.make();
    auto& s = sessions_[slot];
    s.client_id = short_text(client_id);
    s.self = make_target(index_, slot);
    by_client_id_.insert(client_hash(client_id), slot, client_hash_of());
    count().sessions.add();
    return s;
}

bool shard::accept(connection& c, const protocol::connect& p, std::string_view client_id, bool assigned, monotonic now) {
    const auto& limits = shared_.limits;
    const bool v5 = p.version == version::v5;
    // 3.1.1 knows two ages of a session only: with its connection, or for ever.
    const auto wanted_s = v5 ? p.properties.number(property_id::session_expiry_interval).value_or(0) : p.clean_start ? 0 : expiry_never_s;
    const auto expiry_s = std::min(wanted_s, limits.session_expiry_max_s);
    c.keep_alive_s = p.keep_alive_s;
    // 0 is "never look": with a bound, that means the bound. 3.x clients could not know, and keep what they said.
    if (v5 && limits.keep_alive_max_s != 65'535 && (p.keep_alive_s == 0 || p.keep_alive_s > limits.keep_alive_max_s))
        c.keep_alive_s = limits.keep_alive_max_s;

    protocol::property_builder properties;
    if (v5) {
        properties = announcement(limits, p, {expiry_s, c.keep_alive_s, assigned ? client_id : std::string_view{}});
        add_authentication(c, properties);
        if (protocol::encoded_size(protocol::connack{false, 0, properties.view()}, version::v5) > c.packet_bytes_max)  // [MQTT5-3.1.2-24]
            return refuse(c, return_code::accepted, reason::packet_too_large, "CONNACK is larger than the client takes", now);
    }

    bool present = false;
    auto& s = open_session(client_id, p.clean_start, present, now);
    c.session = &s;
    c.state = connection_state::established;
    restart_timer(c);
    c.inflight_max = limits.inflight_max;
    if (v5) {
        c.inflight_max = static_cast<std::uint16_t>(
            std::min<std::uint32_t>(limits.inflight_max, p.properties.number(property_id::receive_maximum).value_or(65'535)));
        c.alias_max = static_cast<std::uint16_t>(
            std::min<std::uint32_t>(limits.topic_alias_out_max, p.properties.number(property_id::topic_alias_maximum).value_or(0)));
        c.keeps_session = wanted_s != 0;
    }
    s.connection = &c;
    s.version = p.version;
    s.will.reset();
    s.expires = never;
    s.drop_logged = false;
    s.expiry_s = expiry_s;

    if (p.will) {
        std::vector<std::uint8_t> kept;
        const auto travelling = travelling_properties(p.will->properties, kept, now);
        // Its expiry counts from its publication, not from here: see publish_will().
        s.will = std::make_unique<session_will>();
        s.will->message = message_ref::make({p.will->topic, travelling.properties, p.will->payload, p.will->qos, p.will->retain, never, s.self});
        s.will->delay_s = p.will->properties.number(property_id::will_delay_interval).value_or(0);
        s.will->expiry_s = p.will->properties.number(property_id::message_expiry_interval);
    }
    if (s.persistent()) promise_ = store_.session_opened(s);
    if (log_.wants(log_level::info)) log_.write(log_level::info, s.name() + " connected from " + std::string(c.peer));
    send(c, protocol::connack{present && p.version != version::v3_1, 0, properties.view()});  // 3.1 has no such flag
    if (present) resume(c, now);
    has_room(s, now);
    return true;
}

/// Sends again what the client did not acknowledge, with the original identifiers and in the original order [MQTT-4.4.0-1] [MQTT-4.6.0-1],
/// and then what waited.
void shard::resume(connection& c, monotonic now) {
    auto& s = *c.session;
    if (!s.flow) return;
    auto& flow = *s.flow;
    flow.to_resend = 0;
    flow.resend_from = 0;
    flow.window.for_each([&](protocol::packet_id, auto& e) {
        e.item.counted = false;
        if (e.phase != tepore::session::phase::awaiting_pubcomp) ++flow.to_resend;
    });
    for (auto next = flow.window.from(0); next.at != nullptr; next = flow.window.from(next.after)) {
        if (next.at->phase == tepore::session::phase::awaiting_pubcomp) {
            send_ack(c, protocol::packet_type::pubrel, next.id, reason::success);
            free_place(flow, next.at->item);
        } else if (c.in_flight < c.inflight_max && flow.resend_from == 0)
            resend_one(c, next.id, *next.at, now);
        else if (flow.resend_from == 0)
            flow.resend_from = next.after - 1;  // its receive maximum became smaller: the rest follows its acknowledgements
    }
    pump(c, now);
    grant_more(c, now);
}

void shard::resend(connection& c, monotonic now) {
    auto& flow = *c.session->flow;
    while (flow.to_resend != 0 && c.in_flight < c.inflight_max) {
        const auto next = flow.window.from(flow.resend_from);
        if (next.at == nullptr) return;
        flow.resend_from = next.after;
        if (next.at->phase != tepore::session::phase::awaiting_pubcomp) resend_one(c, next.id, *next.at, now);
    }
}

/// A PUBLISH of the window, again. One that is larger than the client takes now counts as delivered [MQTT5-3.1.2-25].
void shard::resend_one(connection& c, protocol::packet_id id, in_flight& e, monotonic now) {
    auto& flow = *c.session->flow;
    --flow.to_resend;
    if (write_publish(c, e.item.message->view(), e.item.message, e.item.note.get(), e.item.qos, e.item.retain, true, id, now)) {
        e.item.counted = true;
        ++c.in_flight;
        return;
    }
    free_place(flow, e.item);
    flow.window.remove(e);
    if (c.session->persistent()) store_.delivered(*c.session, id);
}

}  // namespace tepore::broker
