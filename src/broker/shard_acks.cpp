// PUBACK, PUBREC, PUBREL, PUBCOMP: the flows of QoS 1 and 2 (4.3), both directions. The table is in session/outgoing_window.hpp.
#include "broker/shard.hpp"
#include "broker/shard_send.hpp"

namespace tepore::broker {

using protocol::packet_type;
using protocol::reason;
using tepore::session::phase;

namespace {

constexpr protocol::fault wrong_answer{reason::protocol_error, "MQTT-4.3.2-1", "an acknowledgement that does not belong to the message's QoS"};

}  // namespace

/// answer() that has something to say, or has to wait.
bool shard::answer_in_full(connection& c, ticket needs, packet_type type, protocol::packet_id id, reason code, std::string_view why) {
    const bool at_once = needs <= store_.settled() && (!c.held || c.held->empty());
    protocol::property_builder properties;
    const auto packet = explained(c, protocol::ack{type, id, code, {}}, properties, why);
    if (at_once) {
        send(c, packet);
        return true;
    }
    std::vector<std::uint8_t> bytes(protocol::encoded_size(packet, c.version));
    protocol::encode(packet, c.version, bytes);
    if (!c.held) c.held = std::make_unique<ring_queue<held_ack>>();
    const bool is_puback = type == packet_type::puback;
    if (is_puback) ++c.pubacks_held;
    c.held->push({needs, std::move(bytes), is_puback});
    return false;
}

bool shard::on_ack(connection& c, const protocol::frame& f, monotonic now) {
    const auto decoded = protocol::decode_ack(f, c.version);
    if (!decoded) return break_off(c, decoded.error(), now);
    return handle_ack(c, *decoded, now);
}

bool shard::handle_ack(connection& c, const protocol::ack& a, monotonic now) {
    switch (a.type) {
        case packet_type::puback: return on_puback(c, a, now);
        case packet_type::pubrec: return on_pubrec(c, a, now);
        case packet_type::pubrel: return on_pubrel(c, a);
        default: return on_pubcomp(c, a, now);
    }
}

/// The client has the message: its place in the window is free for the next one.
void shard::end_delivery(connection& c, protocol::packet_id id, in_flight& e, monotonic now) {
    auto& flow = *c.session->flow;
    if (e.item.counted)
        --c.in_flight;
    else if (e.phase != phase::awaiting_pubcomp)
        --flow.to_resend;
    free_place(flow, e.item);
    flow.window.remove(e);
    if (c.session->persistent()) store_.delivered(*c.session, id);
    if (flow.to_resend != 0) resend(c, now);
    made_room_ = true;
}

/// What was read has made room for messages that wait. Once for all of it: a client's acknowledgements come many at a time.
void shard::use_room(connection& c, monotonic now) {
    if (!c.session->flow->queue.empty()) pump(c, now);
    has_room(*c.session, now);
}

bool shard::on_puback(connection& c, const protocol::ack& a, monotonic now) {
    auto* e = c.session->flow ? c.session->flow->window.find(a.id) : nullptr;
    if (e == nullptr) return true;  // an answer to a message of a former life: harmless
    if (e->phase != phase::awaiting_puback) return break_off(c, wrong_answer, now);
    end_delivery(c, a.id, *e, now);
    return true;
}

bool shard::on_pubrec(connection& c, const protocol::ack& a, monotonic now) {
    auto* e = c.session->flow ? c.session->flow->window.find(a.id) : nullptr;
    if (e == nullptr) {
        send_ack(c, packet_type::pubrel, a.id, reason::packet_identifier_not_found);  // lets the client end its side
        return true;
    }
    if (e->phase == phase::awaiting_puback) return break_off(c, wrong_answer, now);
    if (is_error(a.code)) {  // the flow ends here, without PUBREL [MQTT5-4.3.3-4]
        end_delivery(c, a.id, *e, now);
        return true;
    }
    if (e->phase == phase::awaiting_pubrec) {
        if (!e->item.counted) --c.session->flow->to_resend;
        e->phase = phase::awaiting_pubcomp;
        e->item.message = {};  // never sent again [MQTT5-4.3.3-6]
        if (c.session->persistent()) promise_ = store_.release_pending(*c.session, a.id);
    }
    if (!answer(c, promise_, packet_type::pubrel, a.id, reason::success)) return true;
    free_place(*c.session->flow, e->item);
    made_room_ = true;
    return true;
}

bool shard::on_pubrel(connection& c, const protocol::ack& a) {
    const bool known = c.session->flow && c.session->flow->incoming.erase(a.id);
    c.received_here.erase(a.id);
    if (known && c.session->persistent()) promise_ = store_.released(*c.session, a.id);
    answer(c, promise_, packet_type::pubcomp, a.id, known ? reason::success : reason::packet_identifier_not_found);
    return true;
}

bool shard::on_pubcomp(connection& c, const protocol::ack& a, monotonic now) {
    auto* e = c.session->flow ? c.session->flow->window.find(a.id) : nullptr;
    if (e == nullptr) return true;
    if (e->phase != phase::awaiting_pubcomp) return break_off(c, wrong_answer, now);
    end_delivery(c, a.id, *e, now);
    return true;
}

}  // namespace tepore::broker
