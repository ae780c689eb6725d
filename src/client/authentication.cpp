#include "client/authentication.hpp"

#include <utility>

#include "protocol/codec.hpp"

namespace tepore::mqtt_client {
namespace {

using protocol::decoded;
using protocol::fault;
using protocol::property_id;
using protocol::reason;

std::optional<std::string> data_of(protocol::property_view properties) {
    const auto data = properties.data(property_id::authentication_data);
    return data ? std::optional(std::string(as_text(*data))) : std::nullopt;
}

}  // namespace

void authentication::connection_begins() noexcept {
    ++exchange_;
    asked_ = false;
    phase_ = method_.empty() ? phase::none : phase::connecting;
}

void authentication::connection_lost(event_list& events) {
    ++exchange_;
    asked_ = false;
    if (busy()) end({outcome::unknown, 0, {}, "the connection ended before the authentication did"}, events);
    phase_ = phase::none;
}

void authentication::ask(authentication_asked::question what, std::optional<std::string> data, event_list& events) {
    asked_ = true;
    events.add(authentication_asked{what, std::move(data), exchange_});
}

decoded<void> authentication::on_auth(const protocol::auth& p, event_list& events) {
    const auto wrong = [](const char* rule, const char* what) { return std::unexpected(fault{reason::protocol_error, rule, what}); };
    if (phase_ == phase::none) return wrong("MQTT5-4.12.0-6", "AUTH, though we asked for no authentication exchange");
    if (p.properties.text(property_id::authentication_method) != method_)
        return wrong("MQTT5-4.12.0-5", "AUTH: another authentication method than CONNECT's");
    if ((phase_ != phase::connecting && phase_ != phase::again) || asked_) return wrong("MQTT5 4.12", "AUTH out of turn");
    if (p.code == reason::continue_authentication) {
        ask(authentication_asked::question::challenge, data_of(p.properties), events);
        return {};
    }
    if (p.code != reason::success) return wrong("MQTT5-3.15.2-1", "AUTH: re-authentication is the client's to begin");
    if (phase_ == phase::connecting) return wrong("MQTT5-4.12.0-2", "AUTH: success before CONNACK is CONNACK's to tell");
    phase_ = phase::proving_again;
    ask(authentication_asked::question::success, data_of(p.properties), events);
    return {};
}

bool authentication::holds(const protocol::frame& f, event_list& events) {
    if (phase_ == phase::proving) return true;
    if (phase_ != phase::connecting) return false;
    const auto answer = protocol::decode_connack(f, protocol::version::v5);
    if (!answer || answer->code != 0 || !check(*answer)) return false;  // the engine has its own words for these
    phase_ = phase::proving;
    ask(authentication_asked::question::success, data_of(answer->properties), events);
    return true;
}

decoded<void> authentication::check(const protocol::connack& answer) const {
    const auto named = answer.properties.text(property_id::authentication_method);
    if (method_.empty() && !named) return {};
    if (method_.empty())
        return std::unexpected(fault{reason::protocol_error, "MQTT5-4.12.0-6", "CONNACK: an authentication method that we did not name"});
    if (asked_) return std::unexpected(fault{reason::protocol_error, "MQTT5 4.12", "CONNACK before we answered AUTH"});
    if (named != method_)
        return std::unexpected(fault{reason::protocol_error, "MQTT5-4.12.0-5", "CONNACK: not the authentication method of CONNECT"});
    return {};
}

void authentication::refused(std::uint8_t code, const std::string& why, event_list& events) {
    if (busy()) end(mqtt_client::refused(code, why), events);
}

result<bool> authentication::put_auth(reason code, const std::optional<std::string>& data, link& link) const {
    if (data && data->size() > protocol::string_bytes_max) return failure("the authentication data are longer than 65,535 bytes");
    protocol::property_builder properties;
    properties.text(property_id::authentication_method, method_);
    if (data) properties.data(property_id::authentication_data, as_bytes(*data));
    const protocol::auth packet{code, properties.view()};
    if (protocol::encoded_size(packet, link.version) > link.limits.packet_bytes_max)
        return failure("the broker takes no packet as large as AUTH must be");
    link.put(packet);
    return false;
}

result<bool> authentication::answered(std::uint32_t exchange, authentication_step step, link& link, event_list& events) {
    if (exchange != exchange_ || !std::exchange(asked_, false)) return false;
    if (!step.error.empty()) {
        if (busy()) end(mqtt_client::refused(static_cast<std::uint8_t>(reason::not_authorized), step.error), events);
        return failure(std::move(step.error));
    }
    switch (phase_) {
        case phase::connecting:
        case phase::again: return put_auth(reason::continue_authentication, step.data, link);
        case phase::beginning: phase_ = phase::again; return put_auth(reason::reauthenticate, step.data, link);
        case phase::proving: phase_ = phase::standing; return true;
        case phase::proving_again: end({outcome::acknowledged, 0, {}, {}}, events); return false;
        default: return false;
    }
}

std::optional<std::string> authentication::begin_again(operation_id operation, monotonic answer_by, event_list& events) {
    if (method_.empty()) return "the client did not log in by an authentication method [MQTT5-4.12.0-7]";
    if (phase_ == phase::none || phase_ == phase::connecting || phase_ == phase::proving) return "the client is not connected";
    if (busy()) return "another re-authentication is under way";
    phase_ = phase::beginning;
    operation_ = operation;
    deadline_ = answer_by;
    ++exchange_;
    ask(authentication_asked::question::begin, std::nullopt, events);
    return {};
}

void authentication::end(operation_result r, event_list& events) {
    phase_ = phase::standing;
    deadline_ = never;
    events.complete(std::exchange(operation_, 0), std::move(r));
}

}  // namespace tepore::mqtt_client
