// Where a 5.0 broker sends us with a Server Reference (4.11).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tepore::mqtt_client {

/// Reason codes that ask for another server: for now (0x9C), and for good (0x9D).
[[nodiscard]] constexpr bool asks_for_another_server(std::uint8_t code) noexcept {
    return code == 0x9C || code == 0x9D;
}

/// `address` with the first host (and port) that `reference` names: same kind of transport, same path, nobody's password in it.
/// A reference is a list of hosts with spaces between them, each with or without a port. Empty when there is none.
[[nodiscard]] inline std::string redirected(std::string_view address, std::string_view reference) {
    constexpr std::string_view separator = "://";
    const auto scheme = address.find(separator);
    const auto first = reference.find_first_not_of(' ');
    if (scheme == address.npos || first == reference.npos) return {};
    const auto host = reference.substr(first, reference.find(' ', first) - first);
    if (host.find('/') != host.npos || host.find('@') != host.npos) return {};
    const auto path = address.find('/', scheme + separator.size());
    std::string out(address.substr(0, scheme + separator.size()));
    out += host;
    if (path != address.npos) out += address.substr(path);
    return out;
}

}  // namespace tepore::mqtt_client
