#include "net/address.hpp"

#include <array>
#include <charconv>

namespace tepore::net {
namespace {

struct scheme {
    std::string_view name;
    transport kind;
    std::uint16_t port;
};

constexpr std::array schemes{
    scheme{"tcp", transport::tcp, 1883}, scheme{"mqtt", transport::tcp, 1883},  scheme{"tls", transport::tls, 8883},
    scheme{"ssl", transport::tls, 8883}, scheme{"mqtts", transport::tls, 8883}, scheme{"ws", transport::ws, 80},
    scheme{"wss", transport::wss, 443},
};

constexpr std::string_view path_by_default = "/mqtt";
constexpr std::string_view bad_escape = "has a '%' in its user or password that is not followed by two hexadecimal digits";

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<scheme> find_scheme(std::string_view name) {
    std::string lowered;
    for (const char c : name) lowered += lower(c);
    for (const scheme& one : schemes) {
        if (one.name == lowered) return one;
    }
    return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        const char* const begin = text.data() + i + 1;
        if (i + 2 >= text.size() || std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2) return std::nullopt;
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

bool is_host_character(char c) noexcept {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_path_character(char c) noexcept {
    return c > ' ' && c < 0x7f && c != '#';
}

/// What may be repeated in an error: never a password.
std::string shown(std::string_view text) {
    const auto at = text.rfind('@');
    return at == text.npos ? std::string(text) : "...@" + std::string(text.substr(at + 1));
}

/// The part of "user:password@host:port/path" that is left to read, with the sentence to say when it is wrong.
struct reader {
    std::string_view whole;
    std::string_view rest;

    [[nodiscard]] std::unexpected<error> wrong(std::string_view what) const {
        return failure("the address \"" + shown(whole) + "\" " + std::string(what));
    }

    result<void> user_and_password(address& out) {
        const auto end_of_authority = rest.find('/');
        const auto at = rest.substr(0, end_of_authority).rfind('@');
        if (at == rest.npos) return {};
        const std::string_view both = rest.substr(0, at);
        rest.remove_prefix(at + 1);
        const auto colon = both.find(':');
        out.user = percent_decoded(both.substr(0, colon));
        if (!out.user) return wrong(bad_escape);
        if (colon == both.npos) return {};
        out.password = percent_decoded(both.substr(colon + 1));
        if (!out.password) return wrong(bad_escape);
        return {};
    }

    result<void> host(address& out) {
        if (rest.starts_with('[')) {
            const auto end = rest.find(']');
            if (end == rest.npos) return wrong("has a '[' without its ']'");
            out.host = rest.substr(1, end - 1);
            rest.remove_prefix(end + 1);
            if (out.host.find(':') == std::string::npos) return wrong("has no IPv6 address between its brackets");
            return {};
        }
        const auto end = rest.find_first_of(":/");
        out.host = rest.substr(0, end);
        rest.remove_prefix(out.host.size());
        if (out.host.empty()) return wrong("names no host (an example: mqtt://127.0.0.1:1883)");
        for (const char c : out.host) {
            if (!is_host_character(c)) return wrong("has a host with a character that no host name has");
        }
        return {};
    }

    result<void> port(address& out) {
        if (!rest.starts_with(':')) return {};
        const auto digits = rest.substr(1, rest.find('/') == rest.npos ? rest.npos : rest.find('/') - 1);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
        if (digits.empty() || read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) {
            return wrong("has a bad port: a number from 0 to 65535 is expected after the ':' (IPv6 addresses go in [brackets])");
        }
        rest.remove_prefix(1 + digits.size());
        return {};
    }

    result<void> path(address& out) {
        if (!is_websocket(out.kind)) {
            if (!rest.empty() && rest != "/") return wrong("has a path, which only ws and wss addresses have");
            return {};
        }
        out.path = rest.empty() || rest == "/" ? path_by_default : rest;
        for (const char c : out.path) {
            if (!is_path_character(c)) return wrong("has a path with a character that must be written as %XX, or a '#'");
        }
        return {};
    }
};

}  // namespace

std::string_view name_of(transport kind) noexcept {
    constexpr std::array<std::string_view, 4> names{"tcp", "tls", "ws", "wss"};
    return names[static_cast<std::size_t>(kind)];
}

std::string address::host_and_port() const {
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::string address::text() const {
    return std::string(name_of(kind)) + "://" + host_and_port() + path;
}

result<address> parse_address(std::string_view text) {
    if (text.size() > address_bytes_max) return failure("the address is longer than " + std::to_string(address_bytes_max) + " bytes");
    const auto end_of_scheme = text.find("://");
    reader in{text, text};
    if (end_of_scheme == text.npos) return in.wrong("has no scheme: tcp://, tls://, ws:// or wss:// is expected (an example: mqtt://127.0.0.1:1883)");
    const auto found = find_scheme(text.substr(0, end_of_scheme));
    if (!found) return in.wrong("has an unknown scheme: one of tcp, mqtt, tls, ssl, mqtts, ws, wss is expected");
    in.rest.remove_prefix(end_of_scheme + 3);
    address out;
    out.kind = found->kind;
    out.port = found->port;
    if (auto read = in.user_and_password(out); !read) return std::unexpected(read.error());
    if (auto read = in.host(out); !read) return std::unexpected(read.error());
    if (auto read = in.port(out); !read) return std::unexpected(read.error());
    if (auto read = in.path(out); !read) return std::unexpected(read.error());
    return out;
}

}  // namespace tepore::net
