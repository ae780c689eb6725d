#include "broker/travelling.hpp"

#include <algorithm>

#include "protocol/wire.hpp"

namespace tepore::broker {

using protocol::property_id;

travelling travelling_properties(protocol::property_view from, std::vector<std::uint8_t>& kept, monotonic now) {
    if (from.empty()) return {};
    travelling out{from, never, 0};
    if (const auto expiry_s = from.number(property_id::message_expiry_interval)) {
        out.expires = now + std::chrono::seconds(*expiry_s);
        out.expiry_s = *expiry_s;
    }
    const auto stays_here = [](property_id id) {
        return id == property_id::message_expiry_interval || id == property_id::will_delay_interval || id == property_id::topic_alias;
    };
    if (std::ranges::none_of(from, [&](const protocol::property& p) { return stays_here(p.id); })) return out;

    const auto all = from.bytes();
    kept.clear();
    std::size_t begin = 0;
    for (auto p = from.begin(); p != from.end(); ++p) {
        const auto end = all.size() - p.left();
        if (!stays_here((*p).id))
            kept.insert(kept.end(), all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(end));
        begin = end;
    }
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

std::size_t levels_of(std::string_view topic) noexcept {
    return 1 + static_cast<std::size_t>(std::ranges::count(topic, '/'));
}

}  // namespace tepore::broker
