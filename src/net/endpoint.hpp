// A numeric network address and port.
#pragma once

#include <sys/socket.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tepore::net {

/// A name may have many addresses; no more than these are tried.
inline constexpr std::size_t endpoints_max = 8;

class endpoint {
public:
    endpoint() = default;
    endpoint(const sockaddr* raw, socklen_t size) noexcept;

    /// IPv4 or IPv6 in digits (a scope as in "fe80::1%eth0" is understood), or nothing.
    [[nodiscard]] static std::optional<endpoint> parse(std::string_view host, std::uint16_t port);
    [[nodiscard]] static endpoint of_peer(int fd) noexcept;
    [[nodiscard]] static endpoint of_socket(int fd) noexcept;

    [[nodiscard]] const sockaddr* raw() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
    [[nodiscard]] socklen_t size() const noexcept { return size_; }
    [[nodiscard]] int family() const noexcept { return storage_.ss_family; }
    [[nodiscard]] std::uint16_t port() const noexcept;
    /// "127.0.0.1:1883", "[::1]:1883"; an IPv4 address in IPv6 clothes is written as IPv4.
    [[nodiscard]] std::string text() const;

private:
    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

/// Numeric hosts and "localhost" (both loopbacks, IPv4 first), which need no look-up; empty for any other name.
[[nodiscard]] std::vector<endpoint> resolve_without_waiting(std::string_view host, std::uint16_t port);

/// Asks the system's resolver; may block for many seconds. Never call it on a loop's thread once the loop runs.
[[nodiscard]] result<std::vector<endpoint>> resolve_and_wait(const std::string& host, std::uint16_t port);

}  // namespace tepore::net
