// What is wrong with what the user asks for, in words, before anything of it reaches the wire. Empty: nothing.
#pragma once

#include <optional>
#include <string>

#include "client/request_details.hpp"
#include "client/server_limits.hpp"
#include "tepore/client.hpp"

namespace tepore::mqtt_client {

struct complaint {
    protocol::reason code = protocol::reason::unspecified_error;
    std::string text;
};

[[nodiscard]] std::optional<std::string> fault_of(const client_options& options);
[[nodiscard]] std::optional<complaint> fault_of(const message& m, protocol::version v);
[[nodiscard]] std::optional<complaint> fault_of(const subscription& s, protocol::version v);
[[nodiscard]] std::optional<complaint> fault_of(const request_details& details);
[[nodiscard]] std::optional<complaint> fault_of_filter(std::string_view filter);

// What this broker said it would not take.
[[nodiscard]] std::optional<complaint> not_taken(const message& m, const server_limits& limits);
[[nodiscard]] std::optional<complaint> not_taken(const subscription& s, const server_limits& limits);

}  // namespace tepore::mqtt_client
