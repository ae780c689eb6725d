// Stands between the broker and the checker and spoils what passes, to show that the checker finds it. The honest one spoils nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/packet.hpp"

namespace tepore::model {

/// One packet from the broker, as bytes.
using packet_bytes = std::vector<std::uint8_t>;

class saboteur {
public:
    saboteur() = default;
    saboteur(const saboteur&) = delete;
    saboteur& operator=(const saboteur&) = delete;
    virtual ~saboteur() = default;

    /// A packet of a client, before the broker gets it.
    virtual void to_broker(protocol::packet&) {}
    /// What the broker sent to one connection in one step.
    virtual void to_client(std::vector<packet_bytes>&) {}
};

}  // namespace tepore::model
