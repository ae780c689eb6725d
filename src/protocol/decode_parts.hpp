// What the decoders of all packets share. Internal to this room.
#pragma once

#include <cassert>

#include "protocol/codec.hpp"
#include "protocol/wire.hpp"

namespace tepore::protocol {

/// The two specifications number their statements apart.
[[nodiscard]] constexpr const char* by_version(version v, const char* mqtt3, const char* mqtt5) noexcept {
    return v == version::v5 ? mqtt5 : mqtt3;
}

[[nodiscard]] inline std::unexpected<fault> refuse(reason code, const char* rule, const char* what) noexcept {
    return std::unexpected(fault{code, rule, what});
}

/// The packet, or the first thing that was wrong with it.
template <class Packet>
[[nodiscard]] decoded<Packet> finish(const reader& in, const Packet& p) noexcept {
    if (!in.ok()) [[unlikely]]
        return std::unexpected(in.why());
    return p;
}

/// Flags of the fixed header, and in 5.0 the shortest form of the remaining length.
inline void expect_header(reader& in, const frame& f, version v, std::uint8_t flags, const char* rule, const char* what) noexcept {
    if (f.flags != flags) [[unlikely]]
        in.fail(reason::malformed_packet, rule, what);
    if (f.length_padded && v == version::v5) [[unlikely]]
        in.fail(reason::malformed_packet, "MQTT5-1.5.5-1", "remaining length not in its shortest form");
}

[[nodiscard]] constexpr const char* reserved_flags_rule(version v) noexcept {
    return by_version(v, "MQTT-2.2.2-2", "MQTT5-2.1.3-1");
}

[[nodiscard]] inline packet_id read_packet_id(reader& in, version v, const char* what) noexcept {
    const auto id = in.u16(what);
    if (id == 0) [[unlikely]]
        in.fail(reason::protocol_error, by_version(v, "MQTT-2.3.1-1", "MQTT5-2.2.1-3"), what);
    return id;
}

/// Property length and properties; nothing in 3.x.
[[nodiscard]] inline property_view read_properties(reader& in, version v, property_place place, const char* what) noexcept {
    if (v != version::v5) return {};
    if (in.ok() && in.left() == 0) in.fail(reason::malformed_packet, "MQTT5-2.2.2-1", what);
    const auto size = in.varint(what);
    if (size > in.left()) in.fail(reason::malformed_packet, "MQTT5 2.2.2.1", what);
    const auto bytes = in.take(size, what);
    if (!in.ok() || (bytes.empty() && place != property_place::auth)) return {};
    const auto checked = validate_properties(bytes, place);
    if (!checked) {
        in.fail(checked.error());
        return {};
    }
    return *checked;
}

}  // namespace tepore::protocol
