// CONNECT, and what CONNACK means.
#pragma once

#include <optional>
#include <string>

#include "client/link.hpp"
#include "tepore/client.hpp"

namespace tepore::mqtt_client {

/// REQUIRES options that fault_of() accepts.
/// `method` not empty: of enhanced authentication, with what it says first.
void put_connect(outbox& out, const client_options& options, bool clean_start, std::string_view method = {},
                 const std::optional<std::string>& authentication_data = {});

/// The client's goodbye, within the broker's maximum packet size: words that do not fit are left out [MQTT5-3.14.2-3] [MQTT5-3.14.2-4].
/// `session_lasts`: CONNECT asked for a session that outlives the connection; only then its expiry may be changed (3.14.2.2.2).
void put_disconnect(link& link, const disconnect_options& how, bool session_lasts);
/// The code with which a client tells a broker what it did wrong: only some may be used in a client's DISCONNECT [MQTT5-3.14.2-1].
[[nodiscard]] protocol::reason code_for_disconnect(protocol::reason code) noexcept;

/// Why the broker did not let us in, in words; empty when it did.
[[nodiscard]] std::optional<std::string> refusal(const protocol::connack& answer, protocol::version v);

/// "Not authorized (0x87)", and the broker's own words when it sent some.
[[nodiscard]] std::string in_words(protocol::reason code, protocol::property_view properties);

}  // namespace tepore::mqtt_client
