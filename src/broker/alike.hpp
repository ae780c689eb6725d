// PUBLISH packets of one size and without properties that differ only behind their topics, one behind the other: what a sensor or a gateway sends
// many of at a time. What was found out of the first holds for all. A view: the packets are somebody else's, and whole and good.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.hpp"
#include "protocol/frame.hpp"
#include "protocol/types.hpp"

namespace tepore::broker {

struct alike {
    byte_view packets;
    std::uint16_t size = 0;  // of each
    std::uint16_t head = 0;  // of each: what is the same in all, from its front up to the end of the topic
    protocol::qos qos{};
    protocol::version version{};

    /// The longest packet, so that size and head fit.
    static constexpr std::size_t size_max = 0xffff;
    /// As many as a crossing can say.
    static constexpr std::size_t count_max = 0xffff;

    /// The PUBLISH `first`, and whatever begins at the same place. REQUIRES first.whole.size() <= size_max.
    [[nodiscard]] static alike beginning_with(const protocol::frame& first, byte_view packets, protocol::version version) noexcept {
        const auto topic_bytes = static_cast<std::size_t>(first.body[0] << 8 | first.body[1]);
        const auto head = first.whole.size() - first.body.size() + 2 + topic_bytes;
        return {packets, static_cast<std::uint16_t>(first.whole.size()), static_cast<std::uint16_t>(head),
                static_cast<protocol::qos>(first.flags >> 1), version};
    }

    /// Of what begins with one of them, those that are, `most` at most, and that one in any case.
    void keep(std::size_t most) noexcept {
        most = std::min(most, count_max);
        std::size_t end = size;
        for (std::size_t count = 1; count < most && packets.size() - end >= size; ++count, end += size) {
            const auto* packet = packets.data() + end;
            if (std::memcmp(packet, packets.data(), head) != 0 || (version == protocol::version::v5 && packet[head + id_bytes()] != 0)) break;
        }
        packets = packets.first(end);
    }

    [[nodiscard]] std::size_t count() const noexcept { return packets.size() / size; }
    [[nodiscard]] byte_view at(std::size_t index) const noexcept { return packets.subspan(index * size, size); }
    [[nodiscard]] alike part(std::size_t first, std::size_t end) const noexcept {
        return {packets.subspan(first * size, (end - first) * size), size, head, qos, version};
    }

    [[nodiscard]] std::size_t id_bytes() const noexcept { return qos != protocol::qos::at_most_once ? 2 : 0; }
    [[nodiscard]] protocol::packet_id id(byte_view packet) const noexcept {
        return static_cast<protocol::packet_id>(packet[head] << 8 | packet[head + 1]);
    }
    [[nodiscard]] std::string_view topic() const noexcept {
        const auto* at = packets.data() + 1;
        while ((*at++ & 128) != 0) {
        }  // the length of the packet
        return {reinterpret_cast<const char*>(at + 2), static_cast<std::size_t>(packets.data() + head - (at + 2))};
    }
    [[nodiscard]] byte_view payload(byte_view packet) const noexcept {
        return packet.subspan(head + id_bytes() + (version == protocol::version::v5 ? 1 : 0));  // behind an empty property length
    }
};

}  // namespace tepore::broker
