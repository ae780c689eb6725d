#include "broker/travelling.hpp"

#include <algorithm>

namespace tepore::broker {

using protocol::property_id;

travelling travelling_properties(protocol::property_view from, std::vector<std::uint8_t>& kept, monotonic now) {
    if (from.empty()) return {};
    travelling out{from, never};
    if (const auto expiry_s = from.number(property_id::message_expiry_interval)) out.expires = now + std::chrono::seconds(*expiry_s);
    const auto stays = [](property_id id) {
        return id == property_id::message_expiry_interval || id == property_id::will_delay_interval || id == property_id::topic_alias;
    };
    if (std::ranges::none_of(from, [&](const protocol::property& p) { return stays(p.id); })) return out;

    protocol::property_builder builder;
    for (const auto& p : from) {
        switch (p.id) {
            case property_id::message_expiry_interval:
            case property_id::will_delay_interval:
            case property_id::topic_alias: break;
            case property_id::user_property: builder.user(p.text, p.value); break;
            case property_id::correlation_data: builder.data(p.id, p.data); break;
            case property_id::payload_format_indicator: builder.number(p.id, p.number); break;
            default: builder.text(p.id, p.text); break;  // content type, response topic
        }
    }
    const auto bytes = builder.view().bytes();
    kept.assign(bytes.begin(), bytes.end());
    out.properties = protocol::property_view(kept);
    return out;
}

std::size_t levels_of(std::string_view topic) noexcept { return 1 + static_cast<std::size_t>(std::ranges::count(topic, '/')); }

}  // namespace tepore::broker
