#include "broker/travelling.hpp"

#include <algorithm>

#include "protocol/wire.hpp"

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

bool is_of_its_format(protocol::property_view properties, byte_view payload) noexcept {
    if (properties.empty() || properties.number(property_id::payload_format_indicator).value_or(0) == 0) return true;
    // U+0000 is a character of UTF-8; only MQTT's own strings forbid it.
    for (auto rest = as_text(payload);;) {
        const auto zero = rest.find('\0');
        if (!protocol::is_valid_utf8(rest.substr(0, zero))) return false;
        if (zero == std::string_view::npos) return true;
        rest.remove_prefix(zero + 1);
    }
}

std::size_t levels_of(std::string_view topic) noexcept { return 1 + static_cast<std::size_t>(std::ranges::count(topic, '/')); }

}  // namespace tepore::broker
