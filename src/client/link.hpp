// What the parts of the engine need to know of the connection that stands.
#pragma once

#include "client/outbox.hpp"
#include "client/server_limits.hpp"
#include "protocol/types.hpp"

namespace tepore::mqtt_client {

struct link {
    outbox out;
    protocol::version version = protocol::version::v3_1_1;
    server_limits limits;

    bool cannot_answer = false;  // the broker's maximum packet size left no room for a packet that must be sent

    /// Nothing is sent above the broker's maximum [MQTT5-3.2.2-15]. What may be too large is measured before; acknowledgements never are, unless the
    /// broker takes no packets of six bytes.
    template <class Packet>
    void put(const Packet& p) {
        const auto size = protocol::encoded_size(p, version);
        if (size <= limits.packet_bytes_max) {
            out.put(p, version, size);
        } else {
            cannot_answer = true;
        }
    }
    void put_ack(protocol::packet_type type, protocol::packet_id id, protocol::reason code = protocol::reason::success) {
        put(protocol::ack{.type = type, .id = id, .code = code, .properties = {}});
    }
};

}  // namespace tepore::mqtt_client
