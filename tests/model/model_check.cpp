// Everything but PUBLISH that the broker sends, and whether it sent all that it had to.
#include <algorithm>
#include <variant>

#include "model/broker_model.hpp"

namespace tepore::model {

using protocol::packet_type;
using protocol::property_id;
using protocol::qos;
using protocol::version;

namespace {

std::string hex(unsigned code) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    return {'0', 'x', digits[code >> 4 & 15], digits[code & 15]};
}

std::string hex_list(std::string_view codes) {
    std::string text;
    for (const char code : codes) text += (text.empty() ? "" : " ") + hex(static_cast<std::uint8_t>(code));
    return text;
}

std::string_view name_of(packet_type type) {
    constexpr std::string_view names[] = {"",          "CONNECT", "CONNACK",     "PUBLISH",  "PUBACK",  "PUBREC",   "PUBREL",     "PUBCOMP",
                                          "SUBSCRIBE", "SUBACK",  "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"};
    return names[static_cast<std::size_t>(type)];
}

/// [MQTT5-3.1.2-29] Not every acknowledgement may explain itself.
bool explains(protocol::property_view properties) {
    return properties.text(property_id::reason_string) || properties.text(property_id::user_property);
}

}  // namespace

void broker_model::complain(const connection& c, std::string text) {
    if (!difference_) difference_ = c.name + ": " + std::move(text);
}

void broker_model::saw(connection& c, const protocol::packet& p, std::size_t bytes) {
    // [MQTT5-3.1.2-24]
    if (c.packet_bytes_max != 0 && bytes > c.packet_bytes_max) {
        complain(c, "a packet of " + std::to_string(bytes) + " bytes, more than its Maximum Packet Size of " + std::to_string(c.packet_bytes_max));
    }
    // [MQTT5-3.2.0-1]
    if (!c.accepted && !std::holds_alternative<protocol::connack>(p)) return complain(c, "something else came before CONNACK");
    if (const auto* publish = std::get_if<protocol::publish>(&p)) return saw_publish(c, *publish);
    if (const auto* ack = std::get_if<protocol::ack>(&p)) return ack->type == packet_type::pubrel ? saw_pubrel(c, *ack) : saw_ack(c, *ack);
    if (const auto* connack = std::get_if<protocol::connack>(&p)) return saw_connack(c, *connack);
    if (const auto* suback = std::get_if<protocol::suback>(&p)) return saw_codes(c, packet_type::suback, suback->id, suback->codes);
    if (const auto* unsuback = std::get_if<protocol::unsuback>(&p)) return saw_codes(c, packet_type::unsuback, unsuback->id, unsuback->codes);
    if (const auto* disconnect = std::get_if<protocol::disconnect>(&p)) return saw_disconnect(c, *disconnect);
    answer a;
    if (std::holds_alternative<protocol::pingresp>(p)) {
        (void)take_answer(c, packet_type::pingresp, 0, a);
    } else {
        complain(c, "a packet that a broker never sends");
    }
}

/// All answers come in the order of the questions. (The standard asks this of acknowledgements of one kind only, 4.6.)
bool broker_model::take_answer(connection& c, packet_type type, protocol::packet_id id, answer& found) {
    const std::string came = std::string(name_of(type)) + " " + std::to_string(id) + " came";
    if (c.answers.empty()) {
        complain(c, came + ", but it answers nothing");
        return false;
    }
    found = c.answers.front();
    if (found.type != type || found.id != id) {
        complain(c, came + ", expected " + std::string(name_of(found.type)) + " " + std::to_string(found.id));
        return false;
    }
    c.answers.pop_front();
    return true;
}

void broker_model::saw_connack(connection& c, const protocol::connack& p) {
    answer a;
    if (!take_answer(c, packet_type::connack, 0, a)) return;
    c.accepted = true;
    const auto code = static_cast<std::uint8_t>(a.codes[0]);
    if (p.code != code) return complain(c, "CONNACK with code " + hex(p.code) + ", expected " + hex(code));
    // [MQTT5-3.2.2-2] [MQTT5-3.2.2-3], [MQTT-3.2.2-1] to [MQTT-3.2.2-3]
    if (p.session_present != a.session_present) {
        return complain(c, "CONNACK with Session Present " + std::to_string(p.session_present) + ", expected " + std::to_string(a.session_present));
    }
    if (c.version != version::v5) return;
    const auto receive_maximum = p.properties.number(property_id::receive_maximum).value_or(65'535);
    if (receive_maximum != limits_.receive_maximum) complain(c, "CONNACK with Receive Maximum " + std::to_string(receive_maximum));
    const auto aliases = p.properties.number(property_id::topic_alias_maximum).value_or(0);
    if (alias_maximum_.value_or(aliases) != aliases) complain(c, "CONNACK with another Topic Alias Maximum than before");
    alias_maximum_ = aliases;
    // What the client asked for was within the broker's limits, so it is not told anything else.
    if (p.properties.number(property_id::session_expiry_interval)) complain(c, "CONNACK changes the Session Expiry Interval");
    if (p.properties.number(property_id::server_keep_alive)) complain(c, "CONNACK changes the Keep Alive");
}

void broker_model::saw_ack(connection& c, const protocol::ack& p) {
    answer a;
    if (!take_answer(c, p.type, p.id, a)) return;
    if (!c.problem_information && explains(p.properties)) complain(c, "an acknowledgement that explains itself [MQTT5-3.1.2-29]");
    if (c.version != version::v5) return;
    const auto code = static_cast<std::uint8_t>(a.codes[0]);
    const bool nobody = a.perhaps_no_subscribers && p.code == protocol::reason::no_matching_subscribers;
    if (static_cast<std::uint8_t>(p.code) != code && !nobody) {
        complain(c, std::string(name_of(p.type)) + " with code " + hex(static_cast<std::uint8_t>(p.code)) + ", expected " + hex(code));
    }
}

/// PUBREL answers PUBREC, or comes again on a new connection. [MQTT5-4.4.0-1] [MQTT5-4.6.0-4]
void broker_model::saw_pubrel(connection& c, const protocol::ack& p) {
    if (c.session != nullptr && !c.session->releases.empty() && c.session->releases.front() == p.id) {
        c.session->releases.pop_front();
        std::ranges::find(c.session->flights, p.id, &flight::id)->must_resend = false;
        return;
    }
    saw_ack(c, p);
}

/// [MQTT5-3.9.3-1] [MQTT5-3.11.3-1] One code for each filter, in order.
void broker_model::saw_codes(connection& c, packet_type type, protocol::packet_id id, byte_view codes) {
    answer a;
    if (!take_answer(c, type, id, a)) return;
    if (as_text(codes) != a.codes) {
        complain(c, std::string(name_of(type)) + " with codes " + hex_list(as_text(codes)) + ", expected " + hex_list(a.codes));
    }
}

void broker_model::saw_disconnect(connection& c, const protocol::disconnect& p) {
    const auto code = hex(static_cast<std::uint8_t>(p.code));
    if (!c.goodbye) return complain(c, "DISCONNECT " + code + " came for no reason");
    if (*c.goodbye != p.code) return complain(c, "DISCONNECT " + code + " came, expected " + hex(static_cast<std::uint8_t>(*c.goodbye)));
    if (p.properties.number(property_id::session_expiry_interval)) complain(c, "DISCONNECT with a Session Expiry Interval [MQTT5-3.14.2-2]");
    if (!c.problem_information && p.properties.text(property_id::server_reference)) complain(c, "DISCONNECT with a server reference");
    c.goodbye.reset();
}

void broker_model::saw_close(connection& c) {
    if (!c.closing) complain(c, "the broker closed the connection for no reason");
}

void broker_model::saw_nonsense(connection& c, std::string_view what) {
    complain(c, "the broker sent what is no packet: " + std::string(what));
}

void broker_model::settled(connection& c, bool closed) {
    if (c.closing && !closed) complain(c, "the broker should have closed the connection");
    if (c.goodbye) complain(c, "DISCONNECT " + hex(static_cast<std::uint8_t>(*c.goodbye)) + " was expected");
    if (c.closing && c.session == nullptr && c.accepted) return;  // answers may be lost with the connection
    if (!c.answers.empty()) {
        const auto& a = c.answers.front();
        complain(c, std::string(name_of(a.type)) + " " + std::to_string(a.id) + " was expected, nothing came");
    }
    if (c.session != nullptr) settled_messages(c);
}

void broker_model::settled_messages(connection& c) {
    auto& s = *c.session;
    if (!s.releases.empty()) complain(c, "PUBREL " + std::to_string(s.releases.front()) + " was expected again");
    const auto waits_again = std::ranges::count_if(s.flights, &flight::must_resend);
    if (waits_again > 0 && s.flights.size() - static_cast<std::size_t>(waits_again) < window(c)) {
        const auto& f = *std::ranges::find_if(s.flights, &flight::must_resend);
        complain(c, "PUBLISH " + std::to_string(f.id) + " of \"" + f.what.what->payload + "\" was expected again");
    }
    const bool full = window_full(c);
    // CHOICE: QoS 0 does not wait for the window (4.9 would let it).
    const auto may_wait = [&](const delivery& d) { return full && d.qos != qos::at_most_once; };
    for (auto& d : s.waiting) {
        // [MQTT5-3.1.2-25] What is too large is dropped, at once or when its turn comes. CHOICE: whether an alias makes it small enough is the
        // broker's affair.
        if (c.packet_bytes_max != 0 && plain_size(d, c.version) > c.packet_bytes_max) d.certain = false;
        if (may_wait(d)) continue;
        if (d.certain && !d.what->expired(now_)) {
            complain(c, "PUBLISH of \"" + d.what->payload + "\" (topic \"" + d.what->topic + "\", QoS " +
                            std::to_string(static_cast<unsigned>(d.qos)) + ") was expected, it did not come");
        }
    }
    // What could have come and did not will never come.
    std::erase_if(s.waiting, [&](const delivery& d) { return !may_wait(d); });
}

}  // namespace tepore::model
