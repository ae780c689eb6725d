// AUTH (3.15) and enhanced authentication (4.12): before CONNACK, and again on a connection that stands. The one method is SCRAM-SHA-256. Its steps
// on this side are a few hashes, so they run here, between the packets of others.
//
//   CONNECT with method ──▶ exchanging ──AUTH 0x18, as often as the method needs──▶ CONNACK with the last data
//   established ──AUTH 0x19──▶ (messages go on) ──AUTH 0x18──▶ AUTH 0x00
#include <utility>

#include "broker/shard.hpp"
#include "broker/shard_send.hpp"
#include "sasl/scram.hpp"

namespace tepore::broker {

using protocol::packet_type;
using protocol::property_id;
using protocol::reason;
using protocol::return_code;
using protocol::version;

/// A CONNECT that names a method. `f` is kept: it is handled again when the client has proven who it is.
bool shard::begin_authentication(connection& c, const protocol::connect& p, const protocol::frame& f, monotonic now) {
    const auto method = *p.properties.text(property_id::authentication_method);
    if (method != sasl::scram_sha_256 || !shared_.login.scram)  // [MQTT5-4.12.0-1]
        return refuse(c, return_code::accepted, reason::bad_authentication_method, "the authentication method is not offered", now);
    c.login = std::make_unique<authentication>();
    c.login->method = method;
    c.login->connect.assign(f.whole.begin(), f.whole.end());
    c.state = connection_state::exchanging;
    return begin_exchange(c, p.properties, now);
}

/// The first step, of CONNECT or of AUTH 0x19.
bool shard::begin_exchange(connection& c, protocol::property_view properties, monotonic now) {
    auto& login = *c.login;
    login.exchange.emplace(shared_.login.nonce());
    login.deadline = now + shared_.limits.connect_timeout;
    restart_timer(c);
    const auto data = properties.data(property_id::authentication_data);
    // The client speaks first in SCRAM; one that waits to be asked is asked.
    return data ? continue_exchange(c, as_text(*data), now) : send_auth(c, reason::continue_authentication, std::nullopt, now);
}

bool shard::continue_exchange(connection& c, std::string_view message, monotonic now) {
    auto& login = *c.login;
    auto& exchange = *login.exchange;
    if (exchange.user_name().empty()) {
        if (const auto read = exchange.read_first(message); !read) return fail_authentication(c, reason::not_authorized, read.error().message, now);
        const auto& name = exchange.user_name();
        if (!login.user_name.empty() && name != login.user_name)
            return fail_authentication(c, reason::not_authorized, "'" + name + "' is not '" + login.user_name + "', who is connected", now);
        const auto account = shared_.login.scram->find(name);
        login.without_verifier = account.standing == scram_accounts::standing::no_verifier;
        return send_auth(c, reason::continue_authentication, exchange.challenge(account.verifier, account.standing == scram_accounts::standing::real),
                         now);
    }

    auto last = exchange.read_final(message);
    if (!last) {
        const auto who = "user '" + exchange.user_name() + "'";
        const auto why = login.without_verifier ? who + " cannot log in by SCRAM-SHA-256 before the password is set anew with tepore passwd"
                                                : last.error().message + " (" + who + ")";
        return fail_authentication(c, reason::not_authorized, why, now);
    }
    login.user_name = exchange.user_name();
    login.exchange.reset();
    login.deadline = never;
    if (c.state == connection_state::established) {
        log_.write(log_level::info, c.session->name() + " authenticated again as '" + login.user_name + "'");
        return send_auth(c, reason::success, std::move(*last), now);
    }
    login.last_data = std::move(*last);
    c.verified = true;
    c.state = connection_state::awaiting_connect;
    const auto connect = std::exchange(login.connect, {});
    return on_connect(c, protocol::next_frame(connect, shared_.limits.connect_packet_bytes_max).frame, now);
}

/// Every AUTH names the method of CONNECT [MQTT5-4.12.0-5].
bool shard::send_auth(connection& c, reason code, const std::optional<std::string>& data, monotonic now) {
    protocol::property_builder properties;
    properties.text(property_id::authentication_method, c.login->method);
    if (data) properties.data(property_id::authentication_data, as_bytes(*data));
    const protocol::auth packet{code, properties.view()};
    if (protocol::encoded_size(packet, c.version) > c.packet_bytes_max)
        return fail_authentication(c, reason::packet_too_large, "the client takes no packet as large as AUTH must be", now);
    send(c, packet);
    return true;
}

/// CONNACK's share of the exchange, when there was one.
void shard::add_authentication(const connection& c, protocol::property_builder& properties) {
    if (!c.login) return;  // [MQTT5-4.12.0-6]
    properties.text(property_id::authentication_method, c.login->method);
    properties.data(property_id::authentication_data, as_bytes(c.login->last_data));
}

/// The client is told that it failed and not why; the log has it. Before CONNACK that is CONNACK [MQTT5-4.12.0-4], after it DISCONNECT
/// [MQTT5-4.12.1-2].
bool shard::fail_authentication(connection& c, reason code, const std::string& why, monotonic now) {
    constexpr std::string_view told = "authentication failed";
    if (c.state == connection_state::established) {
        log_.write(log_level::notice, c.session->name() + " (" + std::string(c.peer) + ") is disconnected, its authentication failed: " + why);
        say_goodbye(c, code, told);
        detach(c, true, now);
    } else {
        log_.write(log_level::notice, "connection from " + std::string(c.peer) + " refused, its authentication failed: " + why);
        protocol::property_builder properties;
        send_explained(c, protocol::connack{false, static_cast<std::uint8_t>(code), {}}, properties, told);
    }
    close(c, now);
    return false;
}

bool shard::on_auth(connection& c, const protocol::frame& f, monotonic now) {
    const auto p = protocol::decode_auth(f, c.version);
    if (!p) return break_off(c, p.error(), now);
    if (!c.login) return break_off(c, {reason::protocol_error, "MQTT5-4.12.0-7", "AUTH without an authentication method in CONNECT"}, now);
    if (p->properties.text(property_id::authentication_method) != c.login->method)
        return break_off(c, {reason::protocol_error, "MQTT5-4.12.0-5", "AUTH: another authentication method than CONNECT's"}, now);
    switch (p->code) {
        case reason::continue_authentication: {
            if (!c.login->exchange) return break_off(c, {reason::protocol_error, "MQTT5 4.12", "AUTH continues what was not begun"}, now);
            const auto data = p->properties.data(property_id::authentication_data);
            return continue_exchange(c, data ? as_text(*data) : std::string_view{}, now);
        }
        case reason::reauthenticate:
            if (c.state != connection_state::established)
                return break_off(c, {reason::protocol_error, "MQTT5-4.12.1-1", "AUTH: re-authentication before CONNACK"}, now);
            if (c.login->exchange)
                return break_off(c, {reason::protocol_error, "MQTT5 4.12.1", "AUTH: re-authentication during re-authentication"}, now);
            return begin_exchange(c, p->properties, now);
        default: return break_off(c, {reason::protocol_error, "MQTT5-3.15.2-1", "AUTH: success is the server's to tell"}, now);
    }
}

/// A packet between CONNECT and CONNACK: AUTH, or DISCONNECT [MQTT5-3.1.2-30].
bool shard::while_exchanging(connection& c, const protocol::frame& f, monotonic now) {
    if (f.type == packet_type::auth) return on_auth(c, f, now);
    if (f.type != packet_type::disconnect)
        return break_off(c, {reason::protocol_error, "MQTT5-3.1.2-30", "neither AUTH nor DISCONNECT before CONNACK"}, now);
    if (const auto p = protocol::decode_disconnect(f, c.version, protocol::direction::client_to_server); !p) return break_off(c, p.error(), now);
    log_.write(log_level::info, "the connection from " + std::string(c.peer) + " was ended by its client before it was authenticated");
    close(c, now);
    return false;
}

}  // namespace tepore::broker
