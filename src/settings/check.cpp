#include "settings/check.hpp"

#include <algorithm>

#include "settings/listener.hpp"

namespace tepore::settings {
namespace {

/// "broker.listen (home.toml:3)": which setting, and where it was given.
std::string named(const layered& settings, std::string_view section, std::string_view key) {
    const auto* s = find(section, key);
    const auto origin = settings.origins.find(s);
    return full_name(*s) + (origin == settings.origins.end() ? "" : " (" + origin->second + ")");
}

/// A listener that others can reach lets in whoever has a password, or everybody if somebody said so. It never happens by default.
void check_open_listener(const layered& settings, const listener& l, mistakes& wrong) {
    const auto& broker = settings.values.broker;
    if (l.loopback() || !broker.users_file.empty() || broker.anonymous == "anywhere") return;
    wrong.push_back(named(settings, "broker", "listen") + ": " + to_string(l) +
                    " can be reached from the network, and nobody would need a password. "
                    "Either make a users file (tepore passwd FILE NAME) and name it in broker.users_file; "
                    "or listen on 127.0.0.1 only; "
                    "or, if really everybody may connect, set broker.anonymous = \"anywhere\"");
}

void check_listeners(const layered& settings, mistakes& wrong) {
    const auto& values = settings.values;
    const auto where = named(settings, "broker", "listen");
    if (values.broker.listen.empty()) wrong.push_back(where + ": no listener: nobody could connect");
    bool encrypted = false;
    for (const auto& text : values.broker.listen) {
        const auto l = parse_listener(text);
        if (!l) {
            wrong.push_back(where + ": " + l.error().message);
            continue;
        }
        encrypted = encrypted || l->encrypted();
        check_open_listener(settings, *l, wrong);
    }
    if (encrypted && (values.tls.cert_file.empty() || values.tls.key_file.empty())) {
        wrong.push_back(where + ": tls and wss listeners need tls.cert_file and tls.key_file");
    }
    if (values.broker.anonymous == "never" && values.broker.users_file.empty()) {
        wrong.push_back(named(settings, "broker", "anonymous") + ": with \"never\" and no broker.users_file nobody could connect");
    }
}

void check_thermostat(const layered& settings, mistakes& wrong) {
    const auto& t = settings.values.thermostat;
    const bool plain = std::all_of(t.uid.begin(), t.uid.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
    if (t.uid.empty() || t.uid.size() > 64 || !plain) {
        wrong.push_back(named(settings, "thermostat", "uid") + ": it must be 1 to 64 letters, digits, _ and -");
    }
    const auto known = {"mqtt://", "mqtts://", "ws://", "wss://"};
    if (std::none_of(known.begin(), known.end(), [&](const char* scheme) { return t.broker.starts_with(scheme); })) {
        wrong.push_back(named(settings, "thermostat", "broker") + ": it must begin with mqtt://, mqtts://, ws:// or wss://");
    }
}

}  // namespace

void complete_run(layered& settings) {
    auto& values = settings.values;
    if (settings.given("broker", "listen")) return;
    values.broker.listen = {"tcp://127.0.0.1:" + std::to_string(values.run.mqtt_port), "ws://127.0.0.1:" + std::to_string(values.run.http_port)};
}

mistakes check(const command& c, layered& settings) {
    mistakes wrong;
    if (c.own_section == "run") {
        for (const auto* port : {"mqtt_port", "http_port"}) {
            if (settings.given("broker", "listen") && settings.given("run", port)) {
                wrong.push_back(named(settings, "run", port) + ": has no meaning beside " + named(settings, "broker", "listen") +
                                "; leave one of them out");
            }
        }
        complete_run(settings);
    }
    if (c.own_section != "thermostat") check_listeners(settings, wrong);
    if (c.own_section != "broker") check_thermostat(settings, wrong);
    return wrong;
}

}  // namespace tepore::settings
