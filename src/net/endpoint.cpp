#include "net/endpoint.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace tepore::net {
namespace {

struct free_addresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

result<std::vector<endpoint>> look_up(const std::string& host, std::uint16_t port, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* raw = nullptr;
    if (const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &raw); failed != 0) {
        return failure("cannot find the host \"" + host + "\": " + ::gai_strerror(failed));
    }
    const std::unique_ptr<addrinfo, free_addresses> list(raw);
    std::vector<endpoint> found;
    for (const addrinfo* one = list.get(); one != nullptr && found.size() < endpoints_max; one = one->ai_next) {
        found.emplace_back(one->ai_addr, one->ai_addrlen);
    }
    return found;
}

}  // namespace

endpoint::endpoint(const sockaddr* raw, socklen_t size) noexcept : size_(std::min<socklen_t>(size, sizeof storage_)) {
    std::memcpy(&storage_, raw, size_);
}

std::optional<endpoint> endpoint::parse(std::string_view host, std::uint16_t port) {
    const auto found = look_up(std::string(host), port, AI_NUMERICHOST);
    if (!found || found->empty()) return std::nullopt;
    return found->front();
}

endpoint endpoint::of_peer(int fd) noexcept {
    endpoint result;
    result.size_ = sizeof result.storage_;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&result.storage_), &result.size_) != 0) return {};
    return result;
}

endpoint endpoint::of_socket(int fd) noexcept {
    endpoint result;
    result.size_ = sizeof result.storage_;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&result.storage_), &result.size_) != 0) return {};
    return result;
}

std::uint16_t endpoint::port() const noexcept {
    if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
    if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port);
    return 0;
}

std::string endpoint::text() const {
    std::array<char, NI_MAXHOST> host{};
    if (size_ == 0 || ::getnameinfo(raw(), size_, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST) != 0) return "unknown";
    constexpr std::string_view ipv4_in_ipv6 = "::ffff:";
    std::string_view name = host.data();
    if (name.starts_with(ipv4_in_ipv6) && name.find('.') != name.npos) name.remove_prefix(ipv4_in_ipv6.size());
    const bool brackets = name.find(':') != name.npos;
    std::string out;
    if (brackets) out += '[';
    out += name;
    if (brackets) out += ']';
    out += ':';
    return out += std::to_string(port());
}

std::vector<endpoint> resolve_without_waiting(std::string_view host, std::uint16_t port) {
    if (host == "localhost") return {*endpoint::parse("127.0.0.1", port), *endpoint::parse("::1", port)};
    const auto numeric = endpoint::parse(host, port);
    if (!numeric) return {};
    return {*numeric};
}

result<std::vector<endpoint>> resolve_and_wait(const std::string& host, std::uint16_t port) {
    return look_up(host, port, AI_ADDRCONFIG);
}

}  // namespace tepore::net
