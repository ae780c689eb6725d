#include "model/client.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace tepore::model {

using protocol::packet_type;
using protocol::property_id;
using protocol::qos;
using protocol::reason;
using protocol::version;

namespace {

/// More QoS 1/2 messages of its own a client does not begin.
constexpr std::size_t own_max = 20;

void add_content(protocol::property_builder& to, const content_properties& c, const std::optional<std::uint32_t>& expiry_s) {
    if (c.payload_format) to.number(property_id::payload_format_indicator, *c.payload_format);
    if (expiry_s) to.number(property_id::message_expiry_interval, *expiry_s);
    if (c.content_type) to.text(property_id::content_type, *c.content_type);
    if (c.response_topic) to.text(property_id::response_topic, *c.response_topic);
    if (c.correlation_data) to.data(property_id::correlation_data, as_bytes(*c.correlation_data));
    for (const auto& [name, value] : c.user) to.user(name, value);
}

}  // namespace

void client::act(const connect_step& s, const sender& send) {
    version_ = s.version;
    protocol::connect p{.version = s.version, .clean_start = s.clean, .keep_alive_s = s.keep_alive_s};
    if (!s.nameless) p.client_id = name_;
    protocol::property_builder properties;
    protocol::property_builder will_properties;
    const bool v5 = s.version == version::v5;
    if (v5) {
        if (s.expiry_s != 0) properties.number(property_id::session_expiry_interval, s.expiry_s);
        if (s.receive_maximum != 0) properties.number(property_id::receive_maximum, s.receive_maximum);
        if (s.packet_bytes_max != 0) properties.number(property_id::maximum_packet_size, s.packet_bytes_max);
        if (s.alias_maximum != 0) properties.number(property_id::topic_alias_maximum, s.alias_maximum);
        if (!s.problem_information) properties.number(property_id::request_problem_information, 0);
    }
    p.properties = properties.view();
    if (s.will) {
        if (v5) {
            if (s.will->delay_s != 0) will_properties.number(property_id::will_delay_interval, s.will->delay_s);
            add_content(will_properties, s.will->content, s.will->expiry_s);
        }
        p.will = protocol::will_message{.topic = s.will->topic,
                                        .payload = as_bytes(s.will->payload),
                                        .qos = s.will->qos,
                                        .retain = s.will->retain,
                                        .properties = will_properties.view()};
    }
    lost_connection();
    if (s.nameless != nameless_) own_.swap(own_of_the_name_);
    nameless_ = s.nameless;
    connected_ = send(p);
}

void client::act(const disconnect_step& s, const sender& send) {
    if (!connected_) return;
    protocol::disconnect p;
    protocol::property_builder properties;
    if (version_ == version::v5) {
        p.code = s.code;
        if (s.expiry_s) properties.number(property_id::session_expiry_interval, *s.expiry_s);
    }
    p.properties = properties.view();
    (void)send(p);
}

void client::act(const publish_step& s, const sender& send) {
    if (!connected_) return;
    if (s.qos == qos::at_most_once) {
        (void)send_publish(s, 0, false, send);
        return;
    }
    if (own_.size() >= std::min<std::size_t>(own_max, receive_maximum_)) return;
    const auto id = free_id();
    own_.push_back({.id = id, .what = s});
    (void)send_publish(s, id, false, send);
}

bool client::send_publish(const publish_step& s, protocol::packet_id id, bool dup, const sender& send) {
    protocol::publish p{.topic = s.topic, .payload = as_bytes(s.payload), .qos = s.qos, .retain = s.retain, .dup = dup, .id = id};
    protocol::property_builder properties;
    if (version_ == version::v5) {
        add_content(properties, s.content, s.expiry_s);
        // An alias is for the first time only: it would not be known to a new connection.
        if (s.alias != 0 && s.alias <= alias_maximum_ && !dup) {
            properties.number(property_id::topic_alias, s.alias);
            auto& known = aliases_[s.alias];
            if (s.only_alias && known == s.topic) p.topic = {};
            known = s.topic;
        }
    }
    p.properties = properties.view();
    return send(p);
}

void client::act(const repeat_step&, const sender& send) {
    if (!connected_ || own_.empty()) return;
    const auto& m = own_.front();
    if (m.released) {
        (void)send(protocol::ack{.type = packet_type::pubrel, .id = m.id});
    } else {
        (void)send_publish(m.what, m.id, true, send);
    }
}

void client::act(const answer_step& s, const sender& send) {
    for (unsigned n = 0; n < s.how_many && connected_ && !due_.empty(); ++n) {
        const auto type = due_[s.which % due_.size()].type;
        const auto first = std::ranges::find(due_, type, &owed::type);
        protocol::ack a{.type = type, .id = first->id};
        due_.erase(first);
        if (s.refuse && version_ == version::v5 && (type == packet_type::puback || type == packet_type::pubrec)) a.code = reason::quota_exceeded;
        (void)send(a);
    }
}

void client::act(const subscribe_step& s, const sender& send) {
    if (!connected_) return;
    std::vector<std::uint8_t> list;
    for (const auto& [filter, options] : s.filters) {
        protocol::subscription_list::append(list, filter, version_ == version::v5 ? options : protocol::subscription_options{.qos = options.qos});
    }
    protocol::property_builder properties;
    if (version_ == version::v5 && s.identifier != 0) properties.number(property_id::subscription_identifier, s.identifier);
    (void)send(protocol::subscribe{.id = free_id(), .properties = properties.view(), .requests = protocol::subscription_list(list)});
}

void client::act(const unsubscribe_step& s, const sender& send) {
    if (!connected_) return;
    std::vector<std::uint8_t> list;
    for (const auto& filter : s.filters) protocol::filter_list::append(list, filter);
    (void)send(protocol::unsubscribe{.id = free_id(), .properties = {}, .filters = protocol::filter_list(list)});
}

void client::act(const ping_step&, const sender& send) {
    if (connected_) (void)send(protocol::pingreq{});
}

void client::sees(const protocol::packet& p) {
    if (const auto* connack = std::get_if<protocol::connack>(&p)) {
        if (!connack->session_present) own_.clear();
        receive_maximum_ = connack->properties.number(property_id::receive_maximum).value_or(65'535);
        alias_maximum_ = connack->properties.number(property_id::topic_alias_maximum).value_or(0);
    } else if (const auto* publish = std::get_if<protocol::publish>(&p)) {
        if (publish->qos == qos::at_least_once) due_.push_back({packet_type::puback, publish->id});
        if (publish->qos == qos::exactly_once) due_.push_back({packet_type::pubrec, publish->id});
    } else if (const auto* ack = std::get_if<protocol::ack>(&p)) {
        sees_ack(*ack);
    }
}

void client::sees_ack(const protocol::ack& a) {
    if (a.type == packet_type::pubrel) {
        if (!is_error(a.code)) due_.push_back({packet_type::pubcomp, a.id});
        return;
    }
    const auto mine = std::ranges::find(own_, a.id, &own_message::id);
    if (mine == own_.end()) return;
    if (a.type == packet_type::pubrec && !is_error(a.code)) {
        mine->released = true;
        due_.push_back({packet_type::pubrel, a.id});
    } else {
        own_.erase(mine);
    }
}

void client::lost_connection() {
    connected_ = false;
    due_.clear();
    aliases_.clear();
}

protocol::packet_id client::free_id() {
    do {
        last_id_ = static_cast<protocol::packet_id>(last_id_ % 65'535 + 1);
    } while (std::ranges::find(own_, last_id_, &own_message::id) != own_.end());
    return last_id_;
}

}  // namespace tepore::model
