#include "settings/listener.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace tepore::settings {
namespace {

struct scheme {
    std::string_view name;
    transport kind;
    std::uint16_t port;
};
constexpr std::array schemes{
    scheme{"tcp", transport::tcp, 1883},
    scheme{"tls", transport::tls, 8883},
    scheme{"ws", transport::ws, 8080},
    scheme{"wss", transport::wss, 8443},
};

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (code != std::errc() || end != text.data() + text.size()) return {};
    return port;
}

bool is_host(std::string_view text, bool in_brackets) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               (in_brackets && (c == ':' || c == '%'));
    });
}

}  // namespace

bool listener::loopback() const noexcept {
    return host == "localhost" || host == "::1" || (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

result<listener> parse_listener(std::string_view text) {
    const auto bad = [&](std::string_view what) {
        return failure("\"" + std::string(text) + "\": " + std::string(what) + "; expected something like tcp://127.0.0.1:1883");
    };
    const auto colon = text.find("://");
    const auto kind =
        std::find_if(schemes.begin(), schemes.end(), [&](const auto& s) { return colon != text.npos && s.name == text.substr(0, colon); });
    if (kind == schemes.end()) return bad("it must begin with tcp://, tls://, ws:// or wss://");
    std::string_view rest = text.substr(colon + 3);
    if (rest.ends_with('/')) rest.remove_suffix(1);

    listener out{.transport = kind->kind, .host = {}, .port = kind->port};
    const bool in_brackets = rest.starts_with('[');
    const auto host_end = in_brackets ? rest.find(']') : std::min(rest.find(':'), rest.size());
    if (host_end == rest.npos) return bad("the bracket is not closed");
    out.host = in_brackets ? rest.substr(1, host_end - 1) : rest.substr(0, host_end);
    if (!is_host(out.host, in_brackets)) return bad("that is no address");
    rest.remove_prefix(host_end + (in_brackets ? 1 : 0));
    if (rest.empty()) return out;
    const auto port = rest.starts_with(':') ? parse_port(rest.substr(1)) : std::nullopt;
    if (!port) return bad("the port must be a number from 0 to 65535");
    out.port = *port;
    return out;
}

std::string to_string(const listener& l) {
    std::string host = l.host.find(':') == std::string::npos ? l.host : "[" + l.host + "]";
    return std::string(schemes[static_cast<std::size_t>(l.transport)].name) + "://" + host + ":" + std::to_string(l.port);
}

}  // namespace tepore::settings
