// How connections and sessions end: in good order, by a fault, by the network, by time.
#include <algorithm>

#include "broker/shard.hpp"
#include "broker/shard_send.hpp"

namespace tepore::broker {

using protocol::property_id;
using protocol::reason;
using protocol::version;

namespace {

constexpr std::uint32_t expiry_never_s = 0xffff'ffff;

}  // namespace

bool shard::on_disconnect(connection& c, const protocol::frame& f, monotonic now) {
    const auto p = protocol::decode_disconnect(f, c.version, protocol::direction::client_to_server);
    if (!p) return break_off(c, p.error(), now);
    if (const auto wanted_s = p->properties.number(property_id::session_expiry_interval)) {
        if (!c.keeps_session && *wanted_s != 0)
            return break_off(c, {reason::protocol_error, "MQTT5 3.14.2.2.2", "DISCONNECT sets a session expiry that CONNECT had as 0"}, now);
        c.session->expiry_s = std::min(*wanted_s, shared_.limits.session_expiry_max_s);
    }
    if (log_.wants(log_level::info)) log_.write(log_level::info, c.session->name() + " disconnected");
    detach(c, p->code != reason::success, now);  // only a normal end deletes the will [MQTT-3.14.4-3] [MQTT5-3.14.4-3]
    close(c, now);
    return false;
}

/// The client broke the protocol: it is told where its version has words for it (CONNACK before it is established, DISCONNECT after), everybody can
/// read why in the log, and nobody else notices.
bool shard::break_off(connection& c, const packet_fault& fault, monotonic now) {
    count().faults.add();
    const std::string peer(c.peer);
    const auto who = c.session != nullptr ? c.session->name() + " (" + peer + ")" : "the connection from " + peer;
    log_.write(log_level::notice, who + " broke the protocol and is disconnected: " + fault.what + " [" + fault.rule + "]");
    if (c.state == connection_state::established)
        say_goodbye(c, fault.code, fault.what);
    else if (c.state != connection_state::awaiting_connect && c.version == version::v5)
        send(c, protocol::connack{false, static_cast<std::uint8_t>(fault.code), {}});
    detach(c, true, now);
    close(c, now);
    return false;
}

/// 5.0 only: DISCONNECT with the reason.
void shard::say_goodbye(connection& c, reason code, std::string_view why) {
    if (c.version != version::v5) return;
    protocol::property_builder properties;
    if (code == reason::use_another_server) properties.text(property_id::server_reference, shared_.limits.server_reference);
    send_explained(c, protocol::disconnect{code, {}}, properties, why);
}

/// From here on nothing is read from the connection; what is in its outbox is still sent.
void shard::close(connection& c, monotonic now) {
    if (c.state == connection_state::closing) return;
    c.state = connection_state::closing;
    c.last_packet = now;
    restart_timer(c);
    c.held.reset();
    touch(c);
}

/// Takes the session from its connection. With `with_will` the end was not in good order.
void shard::detach(connection& c, bool with_will, monotonic now) {
    if (c.session == nullptr) return;
    auto& s = *c.session;
    c.session = nullptr;
    s.connection = nullptr;
    has_less_room(s);
    if (!with_will) s.will.reset();
    if (s.flow && s.flow->queue.has_qos_0())  // QoS 0 is for those who are there
        s.flow->queue.keep_if([](const delivery& d) { return d.qos != protocol::qos::at_most_once; }, waiting_.queues);
    if (s.expiry_s == 0) return end_session(s, now);
    if (s.expiry_s != expiry_never_s) s.expires = now + std::chrono::seconds(s.expiry_s);
    if (s.will) {
        if (s.will->delay_s == 0)
            publish_will(s, now);
        else
            s.will->due = std::min(now + std::chrono::seconds(s.will->delay_s), s.expires);
    }
    if (const auto next = s.deadline(); next != never) set_timer({next, timer_kind::session, slot_of(s.self), 0});
}

void shard::publish_will(session& s, monotonic now) {
    const auto will = std::exchange(s.will, {});
    if (!will) return;
    auto m = will->message->view();
    if (will->expiry_s) {
        m.expires = now + std::chrono::seconds(*will->expiry_s);
        m.expiry_s = *will->expiry_s;
        publish(m, {}, now);
    } else {
        publish(m, will->message, now);
    }
}

/// REQUIRES a session without connection. It is gone afterwards.
void shard::end_session(session& s, monotonic now) {
    publish_will(s, now);
    if (s.persistent()) store_.session_ended(s);
    shared_.subscriptions.remove(s.subscriptions.view(), s.self);
    leave_all(s, now);
    if (s.flow) s.flow->queue.clear(waiting_.queues);
    const auto slot = slot_of(s.self);
    by_client_id_.erase(client_hash(s.client_id.view()), slot, client_hash_of());
    count().sessions.sub();
    sessions_.destroy(slot);
}

void shard::shut_down(monotonic now) {
    stopping_ = true;
    const bool elsewhere = !shared_.limits.server_reference.empty();
    connections_.for_each([&](connection& c) {
        if (c.state == connection_state::closing || c.state == connection_state::moving) return;
        if (c.state == connection_state::established) say_goodbye(c, elsewhere ? reason::use_another_server : reason::server_shutting_down, "");
        detach(c, true, now);
        close(c, now);
    });
}

}  // namespace tepore::broker
