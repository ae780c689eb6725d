// CONNECT, and what CONNACK means.
#pragma once

#include <optional>
#include <string>

#include "client/outbox.hpp"
#include "tepore/client.hpp"

namespace tepore::mqtt_client {

/// Topic aliases that a 5.0 broker may use towards us; each holds a topic of up to 65,535 bytes.
inline constexpr std::uint16_t topic_aliases_max = 32;

/// REQUIRES options that fault_of() accepts.
void put_connect(outbox& out, const client_options& options, bool clean_start);

/// Why the broker did not let us in, in words; empty when it did.
[[nodiscard]] std::optional<std::string> refusal(const protocol::connack& answer, protocol::version v);

/// "Not authorized (0x87)", and the broker's own words when it sent some.
[[nodiscard]] std::string in_words(protocol::reason code, protocol::property_view properties);

}  // namespace tepore::mqtt_client
