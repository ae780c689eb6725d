#include "net/websocket_handshake.hpp"

#include <algorithm>
#include <array>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/bytes.hpp"

namespace tepore::net {
namespace {

constexpr std::string_view sub_protocol = "mqtt";
constexpr std::size_t key_characters = 24;  // sixteen bytes in base 64
constexpr std::string_view accept_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // section 1.3

std::string base64(byte_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // the library adds a zero byte
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::string accept_value(std::string_view key) {
    const std::string text = std::string(key) + std::string(accept_suffix);
    std::array<std::uint8_t, 20> digest{};
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
    return base64(digest);
}

bool is_key(std::string_view key) noexcept {
    const auto is_base64 = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/'; };
    return key.size() == key_characters && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, is_base64);
}

}  // namespace

bool origin_is_allowed(const http_request& request, const std::vector<std::string>& allowed) noexcept {
    const auto origin = request.field("Origin");
    if (!origin) return true;
    for (const std::string& one : allowed) {
        if (one == "*" || same_word(one, *origin)) return true;
    }
    const auto host = request.field("Host");
    const auto scheme_end = origin->find("://");
    return host && scheme_end != origin->npos && same_word(origin->substr(scheme_end + 3), *host);
}

std::expected<std::string, upgrade_refusal> answer_upgrade(const http_head& head, const std::vector<std::string>& origins_allowed) {
    const http_request& request = head.request;
    const auto field = [&](std::string_view name) { return request.field(name).value_or(std::string_view()); };
    if (!list_has(field("Upgrade"), "websocket") || !list_has(field("Connection"), "upgrade")) {
        return std::unexpected(upgrade_refusal{426, "this address is for WebSocket connections with the sub-protocol mqtt", "Upgrade: websocket\r\n"});
    }
    if (request.method != "GET" || head.minor_version < 1) return std::unexpected(upgrade_refusal{400, "a WebSocket begins with GET and HTTP/1.1", {}});
    if (field("Sec-WebSocket-Version") != "13") {
        return std::unexpected(upgrade_refusal{426, "only version 13 of WebSocket is known here", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"});
    }
    const std::string_view key = field("Sec-WebSocket-Key");
    if (!is_key(key)) return std::unexpected(upgrade_refusal{400, "Sec-WebSocket-Key is missing or not sixteen bytes in base 64", {}});
    // The field may come several times; together they are one list.
    const bool speaks_mqtt = std::any_of(request.fields.begin(), request.fields.end(), [](const auto& one) {
        return same_word(one.first, "Sec-WebSocket-Protocol") && list_has(one.second, sub_protocol);
    });
    if (!speaks_mqtt) return std::unexpected(upgrade_refusal{400, "the sub-protocol \"mqtt\" must be offered (Sec-WebSocket-Protocol)", {}});
    if (!origin_is_allowed(request, origins_allowed)) return std::unexpected(upgrade_refusal{403, "pages of this origin may not connect", {}});
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept_value(key) +
           "\r\nSec-WebSocket-Protocol: " + std::string(sub_protocol) + "\r\n\r\n";
}

std::string make_upgrade_key() {
    std::array<std::uint8_t, 16> random{};
    RAND_bytes(random.data(), static_cast<int>(random.size()));
    return base64(random);
}

std::string make_upgrade_request(std::string_view host, std::string_view path, std::string_view key) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: " + std::string(host) +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + std::string(key) +
           "\r\nSec-WebSocket-Protocol: " + std::string(sub_protocol) + "\r\n\r\n";
}

std::optional<std::string> check_upgrade_response(std::string_view text, std::string_view key) {
    const auto head = parse_http_response(text);
    if (!head) return "the server's answer to the WebSocket upgrade is not HTTP: " + std::string(head.error().why);
    const auto field = [&](std::string_view name) { return head->request.field(name).value_or(std::string_view()); };
    if (head->status != 101) {
        return "the server refused the WebSocket upgrade: " + std::to_string(head->status) + " " + std::string(head->reason);
    }
    if (!list_has(field("Upgrade"), "websocket") || !list_has(field("Connection"), "upgrade") || field("Sec-WebSocket-Accept") != accept_value(key)) {
        return "the server's answer does not belong to our WebSocket upgrade";
    }
    if (field("Sec-WebSocket-Protocol") != sub_protocol) return "the server does not speak the sub-protocol mqtt at this path";
    if (head->request.field("Sec-WebSocket-Extensions")) return "the server wants WebSocket extensions that were not offered";
    return std::nullopt;
}

}  // namespace tepore::net
