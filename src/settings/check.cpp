#include "settings/check.hpp"

#include <algorithm>

#include "net/address.hpp"

namespace tepore::settings {
namespace {

/// "broker.listen (home.toml:3)": which setting, and where it was given.
std::string named(const layered& settings, std::string_view section, std::string_view key) {
    const auto* s = find(section, key);
    const auto origin = settings.origins.find(s);
    return full_name(*s) + (origin == settings.origins.end() ? "" : " (" + origin->second + ")");
}

/// Only programs on this machine reach it.
bool is_loopback(const net::address& at) {
    return at.host == "localhost" || at.host == "::1" ||
           (at.host.starts_with("127.") && at.host.find_first_not_of("0123456789.") == std::string::npos);
}

/// A listener that others can reach lets in whoever has a password, or everybody if somebody said so. It never happens by default.
void check_open_listener(const layered& settings, const net::address& at, mistakes& wrong) {
    const auto& broker = settings.values.broker;
    if (is_loopback(at) || !broker.users_file.empty() || broker.allow_anonymous_network) return;
    wrong.push_back(named(settings, "broker", "listen") + ": " + at.text() +
                    " can be reached from the network, and nobody would need a password. "
                    "Either make a users file (tepore passwd FILE NAME) and name it in broker.users_file; "
                    "or listen on 127.0.0.1 only; "
                    "or, if really everybody may connect, set broker.allow_anonymous_network = true");
}

void check_listeners(const layered& settings, mistakes& wrong) {
    const auto& values = settings.values;
    const auto where = named(settings, "broker", "listen");
    if (values.broker.listen.empty()) wrong.push_back(where + ": no listener: nobody could connect");
    bool encrypted = false;
    for (const auto& text : values.broker.listen) {
        const auto at = net::parse_address(text);
        if (!at) {
            wrong.push_back(where + ": " + at.error().message);
            continue;
        }
        if (at->user || at->password) wrong.push_back(where + ": a listener has no user and no password; broker.users_file has them");
        encrypted = encrypted || net::is_encrypted(at->kind);
        check_open_listener(settings, *at, wrong);
    }
    if (encrypted && (values.tls.cert_file.empty() || values.tls.key_file.empty())) {
        wrong.push_back(where + ": tls and wss listeners need tls.cert_file and tls.key_file");
    }
    if (values.broker.allow_anonymous_network && !values.broker.users_file.empty()) {
        wrong.push_back(named(settings, "broker", "allow_anonymous_network") + ": contradicts " + named(settings, "broker", "users_file") +
                        ", with which every client must log in; leave one of them out");
    }
}

void check_redirection(const layered& settings, mistakes& wrong) {
    if (settings.values.broker.redirect == "none" || !settings.values.broker.server_reference.empty()) return;
    wrong.push_back(named(settings, "broker", "redirect") + ": clients would be sent away without a word where to; name the server in " +
                    named(settings, "broker", "server_reference"));
}

void check_logins(const layered& settings, mistakes& wrong) {
    const auto& broker = settings.values.broker;
    if (broker.password_login) return;
    if (broker.users_file.empty()) {
        wrong.push_back(named(settings, "broker", "password_login") + ": has no meaning without broker.users_file; nobody is asked who they are");
    } else if (broker.authentication_methods.empty()) {
        wrong.push_back(named(settings, "broker", "password_login") + ": is turned off, and " + named(settings, "broker", "authentication_methods") +
                        " is empty: nobody could log in");
    }
}

constexpr const char* plain_name_rule = "it must be 1 to 64 letters, digits, _ and -";

bool is_plain_name(const std::string& name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

void check_thermostat(const layered& settings, mistakes& wrong) {
    const auto& t = settings.values.thermostat;
    if (!is_plain_name(t.uid)) wrong.push_back(named(settings, "thermostat", "uid") + ": " + plain_name_rule);
    if (const auto at = net::parse_address(t.broker); !at) wrong.push_back(named(settings, "thermostat", "broker") + ": " + at.error().message);
}

void check_remote(const layered& settings, mistakes& wrong) {
    const auto& r = settings.values.remote;
    if (!is_plain_name(r.uid)) wrong.push_back(named(settings, "remote", "uid") + ": " + plain_name_rule);
    if (!r.zone.empty() && !is_plain_name(r.zone)) wrong.push_back(named(settings, "remote", "zone") + ": " + plain_name_rule);
    if (const auto at = net::parse_address(r.broker); !at) wrong.push_back(named(settings, "remote", "broker") + ": " + at.error().message);
}

/// What only matters where broker and thermostat share a process.
void check_run(const layered& settings, mistakes& wrong) {
    for (const auto* port : {"mqtt_port", "http_port"}) {
        if (settings.given("broker", "listen") && settings.given("run", port)) {
            wrong.push_back(named(settings, "run", port) + ": has no meaning beside " + named(settings, "broker", "listen") +
                            "; leave one of them out");
        }
    }
    const auto& listen = settings.values.broker.listen;
    const bool plain = std::any_of(listen.begin(), listen.end(), [](const auto& text) {
        const auto at = net::parse_address(text);
        return at && at->kind == net::transport::tcp;
    });
    if (settings.given("broker", "listen") && !plain && !settings.given("thermostat", "broker")) {
        wrong.push_back(named(settings, "broker", "listen") +
                        ": the thermostat needs a tcp listener, which may be on 127.0.0.1; or say in thermostat.broker how it is to connect");
    }
    if (settings.given("broker", "users_file") && !settings.given("thermostat", "broker")) {
        wrong.push_back(named(settings, "broker", "users_file") +
                        ": the thermostat, too, must log in; give it a name of its own: "
                        "thermostat.broker = \"mqtt://NAME:PASSWORD@127.0.0.1:1883\"");
    }
    if (!settings.values.broker.password_login && !settings.given("thermostat", "broker") && !settings.values.thermostat.scram) {
        wrong.push_back(named(settings, "broker", "password_login") + ": the thermostat, too, must log in by SCRAM-SHA-256: thermostat.scram = true");
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
        check_run(settings, wrong);
        complete_run(settings);
    }
    if (c.own_section == "remote") {
        check_remote(settings, wrong);
        return wrong;
    }
    if (c.own_section != "thermostat") {
        check_listeners(settings, wrong);
        check_redirection(settings, wrong);
        check_logins(settings, wrong);
    }
    if (c.own_section != "broker") check_thermostat(settings, wrong);
    return wrong;
}

}  // namespace tepore::settings
