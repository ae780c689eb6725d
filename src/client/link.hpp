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

    template <class Packet>
    void put(const Packet& p) {
        out.put(p, version);
    }
    void put_ack(protocol::packet_type type, protocol::packet_id id, protocol::reason code = protocol::reason::success) {
        put(protocol::ack{.type = type, .id = id, .code = code, .properties = {}});
    }
};

}  // namespace tepore::mqtt_client
