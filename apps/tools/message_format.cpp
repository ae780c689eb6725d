#include "apps/tools/message_format.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

namespace tepore::tools {
namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view letters = "ACDEFIJPRSUXjlpqrtx";
constexpr std::string_view letters_in_words =
    "%t topic, %p payload, %x %X payload in hex, %l length, %q QoS, %r retained, %j %J JSON, %I %U time, "
    "and of MQTT 5.0 %A %C %D %E %F %P %R %S";

struct moment {
    std::tm local{};
    long nanoseconds = 0;
    long long seconds = 0;
};

moment moment_of(wall_time now) {
    const auto since = now.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    moment out;
    out.seconds = seconds.count();
    out.nanoseconds = static_cast<long>(std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds).count());
    const auto t = static_cast<std::time_t>(out.seconds);
    localtime_r(&t, &out.local);
    return out;
}

std::string formatted_time(const moment& at, const char* format) {
    std::array<char, 128> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &at.local)};
}

/// "." and the fraction of the second, with so many digits.
std::string fraction(const moment& at, std::size_t digits) {
    std::string text = std::to_string(at.nanoseconds);
    text.insert(0, 9 - std::min<std::size_t>(9, text.size()), '0');
    return "." + text.substr(0, digits);
}

/// 2026-11-22T21:30:00.000123+0100
std::string json_time(const moment& at) {
    return formatted_time(at, "%Y-%m-%dT%H:%M:%S") + fraction(at, 6) + formatted_time(at, "%z");
}

std::string hex(std::string_view bytes, std::string_view digits) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

json properties_json(const message_properties& p) {
    json out = json::object();
    if (!p.user.empty()) {
        auto& user = out["user-properties"] = json::object();
        for (const auto& [name, value] : p.user) user[name] = value;
    }
    if (!p.content_type.empty()) out["content-type"] = p.content_type;
    if (!p.response_topic.empty()) out["response-topic"] = p.response_topic;
    if (!p.correlation_data.empty()) out["correlation-data"] = p.correlation_data;
    if (p.payload_is_utf8) out["payload-format-indicator"] = *p.payload_is_utf8 ? 1 : 0;
    if (p.message_expiry_s) out["message-expiry-interval"] = *p.message_expiry_s;
    if (p.subscription_ids.size() == 1) out["subscription-identifier"] = p.subscription_ids[0];
    if (p.subscription_ids.size() > 1) out["subscription-identifier"] = p.subscription_ids;
    return out;
}

/// Deeper JSON is refused: writing it recurses.
constexpr int json_depth_max = 200;

bool is_shallow(std::string_view text) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') ++i;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > json_depth_max) return false;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return true;
}

/// Discarded when it is no JSON.
json parsed(std::string_view payload) {
    return is_shallow(payload) ? json::parse(payload, nullptr, false) : json(json::value_t::discarded);
}

std::string as_json(const message& m, const moment& at, bool payload_is_json, bool pretty) {
    json out;
    out["tst"] = json_time(at);
    out["topic"] = m.topic;
    out["qos"] = static_cast<int>(m.qos);
    out["retain"] = m.retain ? 1 : 0;
    out["payloadlen"] = m.payload.size();
    if (auto properties = properties_json(m.properties); !properties.empty()) out["properties"] = std::move(properties);
    out["payload"] = payload_is_json ? parsed(m.payload) : json(m.payload);
    // A payload may be any bytes; what is not UTF-8 is shown as U+FFFD rather than refused.
    return out.dump(pretty ? 4 : -1, ' ', false, json::error_handler_t::replace);
}

std::optional<char> escaped(char c) {
    switch (c) {
        case '\\': return '\\';
        case '0': return '\0';
        case 'a': return '\a';
        case 'e': return '\033';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        case 'v': return '\v';
        default: return {};
    }
}

/// A decimal number at the beginning of `rest`, removed from it. Nothing when it is too large.
std::optional<std::size_t> take_number(std::string_view& rest) {
    std::size_t number = 0;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
        number = number * 10 + static_cast<std::size_t>(rest.front() - '0');
        if (number > field_columns_max) return {};
        rest.remove_prefix(1);
    }
    return number;
}

}  // namespace

result<message_format::piece> message_format::read_field(std::string_view& rest) {
    piece out;
    for (; !rest.empty() && (rest.front() == '-' || rest.front() == '0'); rest.remove_prefix(1)) {
        (rest.front() == '-' ? out.left : out.zeros) = true;
    }
    const auto width = take_number(rest);
    std::optional<std::size_t> longest = std::string::npos;
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        longest = take_number(rest);
    }
    if (!width || !longest) return failure("the format has a field wider than " + std::to_string(field_columns_max));
    out.width = *width;
    out.longest = *longest;
    if (rest.empty()) return failure("the format ends in the middle of a field");
    out.kind = rest.front();
    rest.remove_prefix(1);
    if (letters.find(out.kind) == letters.npos) {
        return failure(std::string("the format does not know %") + out.kind + "; it knows " + std::string(letters_in_words));
    }
    return out;
}

result<message_format> message_format::compile(std::string_view text, bool pretty_json) {
    message_format out;
    out.pretty_json_ = pretty_json;
    const auto literal = [&](char c) {
        if (out.pieces_.empty() || out.pieces_.back().kind != 0) out.pieces_.emplace_back();
        out.pieces_.back().text += c;
    };
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c != '%' && c != '@' && c != '\\') {
            literal(c);
            continue;
        }
        if (text.empty()) return failure(std::string("the format ends with a lone ") + c);
        if (text.front() == c) {
            literal(c);
            text.remove_prefix(1);
        } else if (c == '%') {
            auto field = read_field(text);
            if (!field) return std::unexpected(field.error());
            out.needs_json_payload_ = out.needs_json_payload_ || field->kind == 'J';
            out.pieces_.push_back(std::move(*field));
        } else if (c == '@') {
            out.pieces_.push_back({.kind = '@', .text = {}, .time = text.front()});
            text.remove_prefix(1);
        } else {
            const auto meant = escaped(text.front());
            if (!meant) return failure(std::string("the format does not know \\") + text.front() + "; it knows \\\\ \\0 \\a \\e \\n \\r \\t \\v");
            literal(*meant);
            text.remove_prefix(1);
        }
    }
    return out;
}

message_format message_format::payload_only() {
    message_format out;
    out.pieces_.push_back({.kind = 'p', .text = {}});
    return out;
}

message_format message_format::verbose() {
    message_format out;
    out.pieces_.push_back({.kind = 't', .text = {}});
    out.pieces_.push_back({.kind = 0, .text = " "});
    out.pieces_.push_back({.kind = 'p', .text = {}});
    return out;
}

std::string message_format::field(const piece& p, const message& m, wall_time now) const {
    const auto& properties = m.properties;
    switch (p.kind) {
        case 0: return p.text;
        case 't': return m.topic;
        case 'p': return m.payload;
        case 'x': return hex(m.payload, "0123456789abcdef");
        case 'X': return hex(m.payload, "0123456789ABCDEF");
        case 'l': return std::to_string(m.payload.size());
        case 'q': return std::to_string(static_cast<int>(m.qos));
        case 'r': return m.retain ? "1" : "0";
        case 'j': return as_json(m, moment_of(now), false, pretty_json_);
        case 'J': return as_json(m, moment_of(now), true, pretty_json_);
        case 'I': return formatted_time(moment_of(now), "%Y-%m-%dT%H:%M:%S%z");
        case 'U': {
            const auto at = moment_of(now);
            return std::to_string(at.seconds) + fraction(at, 9);
        }
        case '@': {
            const auto at = moment_of(now);
            if (p.time == 'N') return std::to_string(at.nanoseconds);
            const std::array format{'%', p.time, '\0'};
            return formatted_time(at, format.data());
        }
        case 'C': return properties.content_type;
        case 'D': return properties.correlation_data;
        case 'E': return properties.message_expiry_s ? std::to_string(*properties.message_expiry_s) : "";
        case 'F': return properties.payload_is_utf8 ? (*properties.payload_is_utf8 ? "1" : "0") : "";
        case 'R': return properties.response_topic;
        case 'P': {
            std::string out;
            for (const auto& [name, value] : properties.user) out += (out.empty() ? "" : " ") + name + ":" + value;
            return out;
        }
        case 'S': {
            std::string out;
            for (const auto id : properties.subscription_ids) out += (out.empty() ? "" : " ") + std::to_string(id);
            return out;
        }
        default: return {};  // %A: the library takes topic aliases off
    }
}

result<void> message_format::append(std::string& out, const message& m, wall_time now) const {
    if (needs_json_payload_ && parsed(m.payload).is_discarded()) return failure("the payload on topic " + m.topic + " is not JSON");
    for (const auto& p : pieces_) {
        auto text = field(p, m, now);
        if (text.size() > p.longest) text.resize(p.longest);
        const std::size_t padding = p.width - std::min(p.width, text.size());
        if (!p.left) out.append(padding, p.zeros && std::string_view("AEFlxX").find(p.kind) != std::string_view::npos ? '0' : ' ');
        out += text;
        if (p.left) out.append(padding, ' ');
    }
    return {};
}

}  // namespace tepore::tools
