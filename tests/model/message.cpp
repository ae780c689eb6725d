#include "model/message.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace tepore::model {

using protocol::property_id;

publish_properties read_properties(protocol::property_view view) {
    publish_properties all;
    for (const auto& p : view) {
        switch (p.id) {
            case property_id::payload_format_indicator: all.content.payload_format = p.number; break;
            case property_id::content_type: all.content.content_type = p.text; break;
            case property_id::response_topic: all.content.response_topic = p.text; break;
            case property_id::correlation_data: all.content.correlation_data = as_text(p.data); break;
            case property_id::user_property: all.content.user.emplace_back(p.text, p.value); break;
            case property_id::message_expiry_interval: all.expiry_s = p.number; break;
            case property_id::topic_alias: all.alias = p.number; break;
            case property_id::subscription_identifier: all.identifiers.push_back(p.number); break;
            case property_id::will_delay_interval: break;  // of a will: stays behind
            default: all.stray = true;
        }
    }
    std::ranges::sort(all.identifiers);
    return all;
}

namespace {

std::size_t varint_size(std::size_t value) {
    std::size_t size = 1;
    for (; value >= 128; value /= 128) ++size;
    return size;
}

std::size_t properties_size(const delivery& d) {
    const auto& c = d.what->content;
    std::size_t size = 0;
    if (c.payload_format) size += 2;
    if (d.what->expiry_s) size += 5;
    if (c.content_type) size += 3 + c.content_type->size();
    if (c.response_topic) size += 3 + c.response_topic->size();
    if (c.correlation_data) size += 3 + c.correlation_data->size();
    for (const auto& [name, value] : c.user) size += 5 + name.size() + value.size();
    for (const auto id : d.identifiers) size += 1 + varint_size(id);
    return size;
}

std::size_t packet_size(const delivery& d, protocol::version v, std::size_t topic, std::size_t alias) {
    std::size_t body = 2 + topic + (d.qos == protocol::qos::at_most_once ? 0u : 2u) + d.what->payload.size();
    if (v == protocol::version::v5) {
        const auto properties = properties_size(d) + alias;
        body += varint_size(properties) + properties;
    }
    return 1 + varint_size(body) + body;
}

}  // namespace

std::size_t plain_size(const delivery& d, protocol::version v) {
    return packet_size(d, v, d.what->topic.size(), 0);
}

std::size_t least_size(const delivery& d, protocol::version v) {
    return v == protocol::version::v5 ? std::min(plain_size(d, v), packet_size(d, v, 0, 3)) : plain_size(d, v);
}

}  // namespace tepore::model
