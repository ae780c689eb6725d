// The client's side of MQTT 3.1.1 as far as the load tests need it: small, plain, and not our library.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "load/swarm.hpp"

namespace tepore::load {

using clock = std::chrono::steady_clock;
using protocol::packet_id;
using protocol::packet_type;
using protocol::qos;

inline constexpr auto version = protocol::version::v3_1_1;

inline void send_connect(link& l, std::string_view client_id, bool clean) {
    l.send(protocol::connect{.version = version, .clean_start = clean, .client_id = client_id});
}

inline void send_subscribe(link& l, packet_id id, std::string_view filter, qos wanted) {
    std::vector<std::uint8_t> bytes;
    protocol::subscription_list::append(bytes, filter, {.qos = wanted});
    l.send(protocol::subscribe{.id = id, .requests = protocol::subscription_list(bytes)});
}

inline void send_ack(link& l, packet_type type, packet_id id) {
    l.send(protocol::ack{.type = type, .id = id});
}

/// The receiver of QoS 1 and 2 messages (4.3). Belongs to the session: it outlives connections.
class receiver {
public:
    /// Acknowledges; true when the message is not a repetition of a QoS 2 message that was not released yet.
    bool take(link& l, const protocol::publish& p) {
        if (p.qos == qos::at_least_once) send_ack(l, packet_type::puback, p.id);
        if (p.qos != qos::exactly_once) return true;
        send_ack(l, packet_type::pubrec, p.id);
        return unreleased_.insert(p.id).second;
    }

    void release(link& l, packet_id id) {
        unreleased_.erase(id);
        send_ack(l, packet_type::pubcomp, id);
    }

private:
    std::unordered_set<packet_id> unreleased_;
};

/// What a test found out. `json` is one line.
struct outcome {
    bool good = false;
    std::string json;
};

}  // namespace tepore::load
