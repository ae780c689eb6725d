#include "sasl/scram.hpp"

#include <algorithm>
#include <charconv>

#include "sasl/base64.hpp"

namespace tepore::sasl {
namespace {

/// What stands before `separator`; that and the separator are taken off.
std::string_view take_until(std::string_view& text, char separator) noexcept {
    const auto end = text.find(separator);
    const auto part = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return part;
}

bool take_key(std::string_view text, digest& key) {
    const auto bytes = from_base64(text);
    if (!bytes || bytes->size() != key.size()) return false;
    std::ranges::copy(*bytes, key.begin());
    return true;
}

}  // namespace

scram_keys derive_keys(std::string_view password, byte_view salt, std::uint32_t iterations) {
    const auto salted_password = pbkdf2_sha256(password, salt, iterations);
    return {hmac_sha256(salted_password, as_bytes("Client Key")), hmac_sha256(salted_password, as_bytes("Server Key"))};
}

scram_verifier make_verifier(std::string_view password, byte_view salt, std::uint32_t iterations) {
    const auto keys = derive_keys(password, salt, iterations);
    return {{salt.begin(), salt.end()}, iterations, sha256(keys.client_key), keys.server_key};
}

std::string to_text(const scram_verifier& v) {
    return std::string(scram_sha_256) + "$" + std::to_string(v.iterations) + ":" + to_base64(v.salt) + "$" + to_base64(v.stored_key) + ":" +
           to_base64(v.server_key);
}

result<scram_verifier> parse_verifier(std::string_view text) {
    const auto not_one = failure("expected SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY");
    if (take_until(text, '$') != scram_sha_256) return not_one;
    scram_verifier v;
    const auto iterations = parse_iterations(take_until(text, ':'));
    if (!iterations) return std::unexpected(iterations.error());
    v.iterations = *iterations;
    auto salt = from_base64(take_until(text, '$'));
    if (!salt || salt->empty() || salt->size() > salt_bytes_max) return not_one;
    v.salt = std::move(*salt);
    if (!take_key(take_until(text, ':'), v.stored_key) || !take_key(text, v.server_key)) return not_one;
    return v;
}

bool is_nonce(std::string_view text) noexcept {
    return !text.empty() && text.size() <= nonce_characters_max &&
           std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7E && c != ','; });
}

result<std::string_view> take_attribute(std::string_view& message, char name) {
    if (message.size() < 2 || message[0] != name || message[1] != '=') return failure(std::string("the attribute ") + name + "= is missing");
    if (message.ends_with(',')) return failure("nothing follows the last comma");
    message.remove_prefix(2);
    return take_until(message, ',');
}

bool are_extensions(std::string_view rest) noexcept {
    while (!rest.empty()) {
        const auto one = take_until(rest, ',');
        const bool letter = !one.empty() && ((one[0] >= 'a' && one[0] <= 'z') || (one[0] >= 'A' && one[0] <= 'Z'));
        if (!letter || one.size() < 3 || one[1] != '=') return false;
    }
    return true;
}

result<std::uint32_t> parse_iterations(std::string_view text) {
    std::uint32_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = code == std::errc() && end == text.data() + text.size() && text.front() != '0';
    if (whole && number >= iterations_min && number <= iterations_max) return number;
    return failure("the iteration count is not a whole number from " + std::to_string(iterations_min) + " to " + std::to_string(iterations_max));
}

std::string escape_name(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == ',') {
            out += "=2C";
        } else if (c == '=') {
            out += "=3D";
        } else {
            out += c;
        }
    }
    return out;
}

result<std::string> unescape_name(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '=') {
            out += text[at];
        } else if (text.substr(at, 3) == "=2C" || text.substr(at, 3) == "=3D") {
            out += text[at + 2] == 'C' ? ',' : '=';
            at += 2;
        } else {
            return failure("the user name has an = that is neither =2C nor =3D");
        }
    }
    return out;
}

}  // namespace tepore::sasl
