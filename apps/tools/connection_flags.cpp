#include "apps/tools/connection_flags.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <charconv>

#include "apps/tools/properties.hpp"

namespace tepore::tools {
namespace {

constexpr std::string_view group = "Connection";
constexpr std::uint32_t forever = 0xffff'ffff;

settings::flag flag(const char* names, const char* value_name, const char* help) {
    return {names, value_name, help, std::string(group)};
}

/// mosquitto_pub takes -1 and 4294967295 for "never ends".
result<std::uint32_t> session_expiry(const std::string& text) {
    if (text == "-1" || text == "∞") return forever;
    return whole_number("-x", text, 0, forever);
}

}  // namespace

result<std::uint32_t> whole_number(std::string_view flag, const std::string& text, std::uint32_t min, std::uint32_t max) {
    std::uint32_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc() || end != text.data() + text.size() || number < min || number > max) {
        return failure(std::string(flag) + ": \"" + text + "\" is not a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    }
    return number;
}

result<mqtt_qos> qos_number(std::string_view flag, const std::string& text) {
    const auto number = whole_number(flag, text, 0, 2);
    if (!number) return std::unexpected(number.error());
    return static_cast<mqtt_qos>(*number);
}

std::vector<settings::flag> connection_flags() {
    return {
        flag("-h,--host", "HOST", "The broker's machine (localhost)"),
        flag("-p,--port", "PORT", "The broker's port (1883; 8883 with TLS; 80 and 443 with --ws)"),
        flag("-L,--url", "URL", "User, password, host, port and topic at once: mqtt[s]://[USER[:PASSWORD]@]HOST[:PORT]/TOPIC"),
        flag("-u,--username", "NAME", "User name"),
        flag("-P,--pw", "PASSWORD", "Password; others on this machine can see it in the list of processes: TEPORE_MQTT_PASSWORD is safer"),
        flag("--scram", "", "Log in with SCRAM-SHA-256: the password is not sent, and the broker must prove that it knows the user; MQTT 5.0"),
        flag("-i,--id", "ID", "Client identifier (a random one)"),
        flag("-I,--id-prefix", "PREFIX", "Client identifier: this, then the process number"),
        flag("-V,--protocol-version", "VERSION", "mqttv311 or mqttv5; also 311 or 5 (mqttv311)"),
        flag("-k,--keepalive", "SECONDS", "Keep-alive, 5 to 65535 (60)"),
        flag("-c,--disable-clean-session", "", "Keep the session: what arrives while we are away is delivered later; needs -i"),
        flag("-x,--session-expiry-interval", "SECONDS", "How long a session is kept, MQTT 5.0; -1: for ever"),
        flag("-M,--max-inflight", "N", "QoS 1 and 2 messages under way at once (100)"),
        flag("--ws", "", "Over WebSocket, at the path /mqtt"),
        flag("--cafile", "FILE", "Authorities that may sign the broker's certificate, PEM; use TLS"),
        flag("--tls-use-os-certs", "", "Use TLS with the system's authorities"),
        flag("--cert", "FILE", "Our certificate, PEM, with --key; use TLS"),
        flag("--key", "FILE", "Its private key, PEM"),
        flag("--insecure", "", "Do not check the broker's certificate; for experiments only"),
        flag("--will-topic", "TOPIC", "Topic of the will: what the broker publishes when we vanish"),
        flag("--will-payload", "TEXT", "Its payload (empty)"),
        flag("--will-qos", "QOS", "Its QoS (0)"),
        flag("--will-retain", "", "Retain it"),
        flag("--nodelay", "", "Known for compatibility: packets are never held back"),
        flag("-d,--debug", "", "Tell what happens"),
        flag("--quiet", "", "No error messages"),
    };
}

message& connection_reader::will() {
    if (!options_.will) options_.will.emplace();
    return *options_.will;
}

result<void> connection_reader::take_url(const std::string& url) {
    const auto scheme = url.find("://");
    const auto path = scheme == url.npos ? url.npos : url.find('/', scheme + 3);
    const auto name = url.substr(0, scheme);
    if (scheme == url.npos || (name != "mqtt" && name != "mqtts")) return failure("-L: it must begin with mqtt:// or mqtts://");
    if (path == url.npos || path + 1 == url.size()) return failure("-L: the topic is missing: " + name + "://HOST/TOPIC");
    url_address_ = url.substr(0, path);
    url_topic_ = url.substr(path + 1);
    return {};
}

result<bool> connection_reader::take_who(std::string_view name, const std::string& value) {
    if (name == "--username") {
        options_.user_name = value;
    } else if (name == "--pw") {
        options_.password = value;
    } else if (name == "--scram") {
        options_.scram_sha_256 = true;
    } else if (name == "--id") {
        options_.client_id = value;
    } else if (name == "--id-prefix") {
        id_prefix_ = value;
    } else if (name == "--protocol-version") {
        version_given_ = true;
        if (value == "mqttv311" || value == "311") {
            options_.version = mqtt_version::v3_1_1;
        } else if (value == "mqttv5" || value == "5") {
            options_.version = mqtt_version::v5;
        } else {
            return failure("-V: \"" + value + "\" is not one of mqttv311, mqttv5");
        }
    } else if (name == "--keepalive") {
        const auto seconds = whole_number("-k", value, 5, 65'535);
        if (!seconds) return std::unexpected(seconds.error());
        options_.keep_alive = std::chrono::seconds(*seconds);
    } else if (name == "--disable-clean-session") {
        persistent_ = true;
    } else if (name == "--session-expiry-interval") {
        const auto seconds = session_expiry(value);
        if (!seconds) return std::unexpected(seconds.error());
        session_expiry_s_ = *seconds;
    } else {
        return false;
    }
    return true;
}

result<bool> connection_reader::take_will(std::string_view name, const std::string& value) {
    if (name == "--will-topic") {
        will().topic = value;
    } else if (name == "--will-payload") {
        will().payload = value;
    } else if (name == "--will-retain") {
        will().retain = true;
    } else if (name == "--will-qos") {
        const auto qos = qos_number(name, value);
        if (!qos) return std::unexpected(qos.error());
        will().qos = *qos;
    } else {
        return false;
    }
    return true;
}

result<bool> connection_reader::take_tls(std::string_view name, const std::string& value) {
    if (name == "--cafile") {
        options_.tls.ca_file = value;
    } else if (name == "--cert") {
        options_.tls.cert_file = value;
    } else if (name == "--key") {
        options_.tls.key_file = value;
    } else if (name == "--insecure") {
        options_.tls.verify_peer = false;
        return true;  // says nothing about wanting TLS
    } else if (name != "--tls-use-os-certs") {
        return false;
    }
    tls_ = true;
    return true;
}

result<bool> connection_reader::take(const settings::given_flag& given) {
    const auto name = settings::long_name(*given.which);
    if (name == "--host") {
        host_ = given.value;
    } else if (name == "--port") {
        const auto port = whole_number("-p", given.value, 1, 65'535);
        if (!port) return std::unexpected(port.error());
        port_ = static_cast<std::uint16_t>(*port);
    } else if (name == "--url") {
        if (const auto done = take_url(given.value); !done) return std::unexpected(done.error());
    } else if (name == "--max-inflight") {
        const auto number = whole_number("-M", given.value, 1, 65'535);
        if (!number) return std::unexpected(number.error());
        options_.inflight_max = static_cast<std::uint16_t>(*number);
    } else if (name == "--ws") {
        websocket_ = true;
    } else if (name == "--debug") {
        debug_ = true;
    } else if (name == "--quiet") {
        quiet_ = true;
    } else if (name != "--nodelay") {
        for (const auto reader : {&connection_reader::take_who, &connection_reader::take_will, &connection_reader::take_tls}) {
            const auto taken = (this->*reader)(name, given.value);
            if (!taken || *taken) return taken;
        }
        return false;
    }
    return true;
}

result<void> connection_reader::take_property(const std::vector<std::string>& words) {
    has_properties_ = true;
    if (words[0] == "connect") return take_connect_property(words);
    if (words[0] == "disconnect") return take_disconnect_property(words);
    if (words[1] != "will-delay-interval") return set_message_property(will().properties, words);
    const auto seconds = whole_number("-D will will-delay-interval", words[2], 0, forever);
    if (!seconds) return std::unexpected(seconds.error());
    options_.will_delay_s = *seconds;
    return {};
}

result<void> connection_reader::take_connect_property(const std::vector<std::string>& words) {
    struct property {
        std::string_view name;
        std::uint32_t min;
        std::uint32_t max;
        std::function<void(std::uint32_t)> set;
    };
    const std::array<property, 6> properties{{
        {"session-expiry-interval", 0, forever, [&](auto n) { session_expiry_s_ = n; }},
        {"receive-maximum", 1, 65'535, [&](auto n) { options_.receive_maximum = static_cast<std::uint16_t>(n); }},
        {"maximum-packet-size", 1, forever, [&](auto n) { options_.packet_bytes_max = n; }},
        {"topic-alias-maximum", 0, 65'535, [&](auto n) { options_.topic_alias_maximum = static_cast<std::uint16_t>(n); }},
        {"request-response-information", 0, 1, [&](auto n) { options_.request_response_information = n == 1; }},
        {"request-problem-information", 0, 1, [&](auto n) { options_.request_problem_information = n == 1; }},
    }};
    if (words[1] == "user-property") {
        options_.connect_user_properties.emplace_back(words[2], words[3]);
        return {};
    }
    const auto* known = std::ranges::find(properties, words[1], &property::name);
    if (known == properties.end()) {
        std::string names = "user-property";
        for (const auto& one : properties) names += ", " + std::string(one.name);
        return failure("-D connect: there is no property " + words[1] + "; there are " + names);
    }
    const auto number = whole_number("-D connect " + words[1], words[2], known->min, known->max);
    if (!number) return std::unexpected(number.error());
    known->set(*number);
    return {};
}

result<void> connection_reader::take_disconnect_property(const std::vector<std::string>& words) {
    if (words[1] == "user-property") {
        goodbye_.user.emplace_back(words[2], words[3]);
    } else if (words[1] == "reason-string") {
        goodbye_.reason_string = words[2];
    } else if (words[1] == "session-expiry-interval") {
        const auto seconds = whole_number("-D disconnect session-expiry-interval", words[2], 0, forever);
        if (!seconds) return std::unexpected(seconds.error());
        goodbye_.session_expiry_s = *seconds;
    } else {
        return failure("-D disconnect: there is no property " + words[1] + "; there are session-expiry-interval, reason-string, user-property");
    }
    return {};
}

result<client_options> connection_reader::finish() const {
    client_options out = options_;
    if (url_address_) {
        out.address = *url_address_;
    } else {
        const std::string scheme = websocket_ ? (tls_ ? "wss" : "ws") : (tls_ ? "mqtts" : "mqtt");
        const std::string host = host_.find(':') == std::string::npos || host_.starts_with('[') ? host_ : "[" + host_ + "]";
        out.address = scheme + "://" + host + (port_ ? ":" + std::to_string(*port_) : "") + (websocket_ ? "/mqtt" : "");
    }
    if (!id_prefix_.empty()) {
        if (!out.client_id.empty()) return failure("-i and -I cannot be given together");
        out.client_id = id_prefix_ + std::to_string(getpid());
    }
    if (!out.user_name.empty() && out.password.empty()) out.password = environment_password_;
    if (out.scram_sha_256 && !version_given_) out.version = mqtt_version::v5;
    const bool v5 = out.version == mqtt_version::v5;
    if (has_properties_ && !v5) return failure("-D: only MQTT 5.0 (-V mqttv5) has properties");
    if (out.scram_sha_256 && !v5) return failure("--scram: only MQTT 5.0 (-V mqttv5) has it");
    if (out.scram_sha_256 && out.user_name.empty() && !url_address_) return failure("--scram: a user name is needed: -u");
    if (session_expiry_s_ && !v5) return failure("-x: only MQTT 5.0 (-V mqttv5) has it");
    out.clean_start = !persistent_;
    out.session_expiry_s = session_expiry_s_.value_or(persistent_ ? forever : 0);
    if (persistent_ && out.client_id.empty()) return failure("-c: a session that is kept needs a client identifier of yours: -i");
    if (out.will && out.will->topic.empty()) return failure("a will needs --will-topic");
    if (out.tls.cert_file.empty() != out.tls.key_file.empty()) return failure("--cert and --key must be given together");
    if (!v5 && !out.password.empty() && out.user_name.empty()) return failure("-P: MQTT 3.1.1 has no password without a user name: -u");
    return out;
}

result<connection_reader> read_command_line(std::span<const settings::flag> flags, std::span<const std::string> arguments,
                                            std::string environment_password, std::string_view property_commands,
                                            const std::function<result<void>(std::string_view, const std::string&)>& own,
                                            const std::function<result<void>(const std::vector<std::string>&)>& own_property) {
    const auto given = settings::parse_arguments(flags, arguments);
    if (!given) return std::unexpected(given.error());
    connection_reader connection(std::move(environment_password));
    std::vector<std::string> property_words;
    for (const auto& one : *given) {
        const auto name = settings::long_name(*one.which);
        if (name == "--property") {
            property_words.push_back(one.value);
            continue;
        }
        const auto taken = connection.take(one);
        if (!taken) return std::unexpected(taken.error());
        if (*taken) continue;
        if (const auto done = own(name, one.value); !done) return std::unexpected(done.error());
    }
    const auto properties = split_properties(property_words, property_commands);
    if (!properties) return std::unexpected(properties.error());
    for (const auto& words : *properties) {
        const bool is_connections = words[0] == "connect" || words[0] == "will" || words[0] == "disconnect";
        const auto done = is_connections ? connection.take_property(words) : own_property(words);
        if (!done) return std::unexpected(done.error());
    }
    return connection;
}

}  // namespace tepore::tools
