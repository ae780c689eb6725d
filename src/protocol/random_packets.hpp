// Random packets that are correct, for round-trip tests. Same seed, same packets.
#pragma once

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "protocol/codec.hpp"

namespace tepore::protocol::testing {

inline constexpr packet_type all_types[] = {packet_type::connect,  packet_type::connack,     packet_type::publish,  packet_type::puback,
                                            packet_type::pubrec,   packet_type::pubrel,      packet_type::pubcomp,  packet_type::subscribe,
                                            packet_type::suback,   packet_type::unsubscribe, packet_type::unsuback, packet_type::pingreq,
                                            packet_type::pingresp, packet_type::disconnect,  packet_type::auth};

/// The side that may send such a packet as make() makes it.
[[nodiscard]] direction sender_of(packet_type type);

/// Makes packets and owns what their views show, until clear().
class packet_maker {
public:
    explicit packet_maker(std::uint32_t seed) : random_(seed) {}

    /// REQUIRES type != auth before 5.0. The packet is one that sender_of(type) may send.
    [[nodiscard]] packet make(packet_type type, version v);
    void clear();

    [[nodiscard]] std::uint32_t below(std::uint32_t limit) { return number() % limit; }

private:
    [[nodiscard]] std::uint32_t number() { return static_cast<std::uint32_t>(random_()); }
    [[nodiscard]] bool coin() { return below(2) == 0; }
    [[nodiscard]] packet_id id() { return static_cast<packet_id>(1 + below(65'535)); }
    [[nodiscard]] std::string_view text(std::uint32_t pieces_max);
    [[nodiscard]] std::string_view topic();
    [[nodiscard]] byte_view data(std::uint32_t bytes_max);
    [[nodiscard]] property_view properties(property_place place, version v);
    [[nodiscard]] reason any_of(std::initializer_list<reason> codes);

    [[nodiscard]] connect make_connect(version v);
    [[nodiscard]] connack make_connack(version v);
    [[nodiscard]] publish make_publish(version v);
    [[nodiscard]] ack make_ack(packet_type type, version v);
    [[nodiscard]] subscribe make_subscribe(version v);
    [[nodiscard]] suback make_suback(version v);
    [[nodiscard]] unsubscribe make_unsubscribe(version v);
    [[nodiscard]] unsuback make_unsuback(version v);
    [[nodiscard]] disconnect make_disconnect(version v);
    [[nodiscard]] auth make_auth();

    std::mt19937 random_;
    std::deque<std::string> texts_;
    std::deque<std::vector<std::uint8_t>> bytes_;
};

}  // namespace tepore::protocol::testing
