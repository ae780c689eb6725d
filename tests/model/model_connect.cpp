// Connections and sessions: 3.1, 3.14, 4.1.
#include "base/bytes.hpp"
#include "model/broker_model.hpp"

namespace tepore::model {

using protocol::packet_type;
using protocol::property_id;
using protocol::reason;
using protocol::version;

namespace {

constexpr std::uint32_t for_ever = 0xffff'ffff;

message message_of(const protocol::will_message& w, std::string publisher) {
    const auto properties = read_properties(w.properties);
    return {.topic = std::string(w.topic),
            .payload = std::string(as_text(w.payload)),
            .qos = w.qos,
            .retain = w.retain,
            .content = properties.content,
            .expiry_s = properties.expiry_s,
            .received = {},
            .publisher = std::move(publisher)};
}

}  // namespace

void broker_model::connect(connection& c, const protocol::connect& p) {
    ++order_;
    c.version = p.version;
    c.last_packet = now_;
    c.keep_alive_s = p.keep_alive_s;
    if (p.version == version::v5) {
        c.receive_maximum = p.properties.number(property_id::receive_maximum).value_or(65'535);
        c.packet_bytes_max = p.properties.number(property_id::maximum_packet_size).value_or(0);
        c.alias_maximum = p.properties.number(property_id::topic_alias_maximum).value_or(0);
        c.problem_information = p.properties.number(property_id::request_problem_information).value_or(1) != 0;
    }
    // A client without an identifier gets one that nobody else has [MQTT5-3.1.3-6]; 3.1.1 only with Clean Session [MQTT-3.1.3-8].
    std::string client_id(p.client_id);
    if (client_id.empty()) {
        if (p.version != version::v5 && !p.clean_start) {
            c.answers.push_back({.type = packet_type::connack, .codes = "\x02"});
            c.closing = true;
            return;
        }
        client_id = "nameless " + std::to_string(++nameless_);
    }

    // 3.1.4: the existing connection is told and closed; its will follows 3.1.2.5: a session that ends with its connection ends now.
    if (const auto found = sessions_.find(client_id); found != sessions_.end() && found->second.online != nullptr) {
        auto& old = *found->second.online;
        old.closing = true;
        if (old.version == version::v5) old.goodbye = reason::session_taken_over;
        between_ = client_id;
        detach(old, true);
        between_.clear();
    }
    if (p.clean_start && sessions_.contains(client_id)) end_session(client_id);
    const bool present = sessions_.contains(client_id);
    auto& s = sessions_[client_id];
    s.client_id = client_id;
    start(c, s, p, present);
}

void broker_model::start(connection& c, session& s, const protocol::connect& p, bool present) {
    c.session = &s;
    s.online = &c;
    s.ends = never;
    if (p.version == version::v5) {
        s.expiry_s = p.properties.number(property_id::session_expiry_interval).value_or(0);
    } else {
        s.expiry_s = p.clean_start ? 0 : for_ever;
    }
    // [MQTT5-3.1.3-9] A will that still waited is not sent once its session goes on.
    s.will.reset();
    if (p.will) {
        s.will = {.what = message_of(*p.will, s.client_id), .delay_s = p.will->properties.number(property_id::will_delay_interval).value_or(0)};
    }
    c.answers.push_back({.type = packet_type::connack, .session_present = present, .codes = std::string(1, '\0')});

    // [MQTT5-4.4.0-1] What is in flight is sent again, but [MQTT5-3.1.2-25] what the client does not take any more counts as delivered.
    std::erase_if(s.flights,
                  [&](const flight& f) { return !f.released && c.packet_bytes_max != 0 && plain_size(f.what, c.version) > c.packet_bytes_max; });
    s.releases.clear();
    for (auto& f : s.flights) {
        f.must_resend = true;
        f.here = false;
        if (f.released) s.releases.push_back(f.id);
    }
}

bool broker_model::alive(connection& c) {
    if (c.closing || c.session == nullptr) return false;
    c.last_packet = now_;
    ++order_;
    return true;
}

void broker_model::disconnect(connection& c, const protocol::disconnect& p) {
    if (!alive(c)) return;
    if (const auto expiry = p.properties.number(property_id::session_expiry_interval)) {
        if (c.session->expiry_s == 0 && *expiry != 0) return refuse(c, reason::protocol_error);  // 3.14.2.2.2
        c.session->expiry_s = *expiry;
    }
    c.closing = true;  // [MQTT5-3.14.4-2] is the client's part; the broker closes if the client has not
    // [MQTT5-3.14.4-3] Only a normal disconnection discards the will.
    detach(c, p.code != reason::success);
}

void broker_model::drop(connection& c) {
    ++order_;
    c.closing = true;
    if (c.session != nullptr) detach(c, true);
}

/// The client broke the protocol: 4.13. 3.1.1 closes without a word.
void broker_model::refuse(connection& c, reason code) {
    c.closing = true;
    if (c.version == version::v5) c.goodbye = code;
    detach(c, true);
}

void broker_model::detach(connection& c, bool with_will) {
    auto& s = *c.session;
    c.session = nullptr;
    s.online = nullptr;
    std::erase_if(s.waiting, [](const delivery& d) { return d.qos == protocol::qos::at_most_once; });
    if (!with_will) s.will.reset();
    if (s.expiry_s == 0) return end_session(std::string(s.client_id));
    s.ends = s.expiry_s == for_ever ? never : now_ + std::chrono::seconds(s.expiry_s);
    if (!s.will) return;
    s.will->due = now_ + std::chrono::seconds(s.will->delay_s);
    if (s.will->delay_s == 0) publish_will(s);
}

void broker_model::end_session(const std::string& client_id) {
    auto gone = sessions_.extract(client_id);
    for (const auto& [filter, sub] : gone.mapped().subscriptions) {
        if (sub.shared) leave_group(filter);
    }
    give_back(gone.mapped());
    // [MQTT5-3.1.2-8] The will goes out when its delay has passed or the session ends.
    if (gone.mapped().will) publish_will(gone.mapped());
}

void broker_model::publish_will(session& s) {
    auto will = std::move(s.will->what);
    s.will.reset();
    will.received = now_;
    (void)route(std::move(will));
}

}  // namespace tepore::model
