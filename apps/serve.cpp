#include "apps/serve.hpp"

#include "apps/tools/machine_memory.hpp"
#include "remote/web/page.hpp"

namespace tepore::apps {
namespace {

std::optional<net::http_content> page_at(const net::http_request& request) {
    const auto* file = remote::find_page_file(request.path);
    if (file == nullptr) return std::nullopt;
    const bool gzip = !file->gzip.empty() && request.field("accept-encoding").value_or("").find("gzip") != std::string_view::npos;
    return net::http_content{.body = gzip ? file->gzip : file->bytes,
                             .content_type = file->content_type,
                             .etag = gzip ? std::string_view{} : file->etag,
                             .cache_control = file->immutable ? "public, max-age=31536000, immutable" : "no-cache",
                             .content_encoding = gzip ? "gzip" : "",
                             .content_security_policy = remote::page_content_security_policy};
}

broker::limits limits_of(const settings::broker_settings& from) {
    broker::limits l;
    l.packet_bytes_max = from.packet_bytes_max;
    l.receive_maximum = static_cast<std::uint16_t>(from.receive_maximum);
    l.inflight_max = static_cast<std::uint16_t>(from.inflight_max);
    l.queue_messages_max = from.queue_messages_max;
    l.queue_bytes_max = from.queue_bytes_max;
    l.waiting_bytes_max = from.waiting_bytes_max != 0 ? from.waiting_bytes_max : tools::memory_allowed() / 4;
    l.connections_max = from.connections_max;
    l.retained = {.messages_max = from.retained_messages_max, .bytes_max = from.retained_bytes_max};
    l.connect_timeout = std::chrono::seconds(from.connect_timeout_s);
    l.sessions_max = from.sessions_max;
    l.subscriptions_per_session_max = from.subscriptions_per_session_max;
    l.session_expiry_max_s = from.session_expiry_max_s;
    l.sys_interval = std::chrono::seconds(from.sys_interval_s);
    l.keep_alive_max_s = static_cast<std::uint16_t>(from.keep_alive_max_s);
    l.topic_alias_maximum = static_cast<std::uint16_t>(from.topic_alias_maximum);
    l.maximum_qos = static_cast<protocol::qos>(from.maximum_qos);
    l.retain_available = from.retain_available;
    l.wildcard_subscriptions_available = from.wildcard_subscriptions_available;
    l.subscription_identifiers_available = from.subscription_identifiers_available;
    l.shared_subscriptions_available = from.shared_subscriptions_available;
    l.validate_payload_format = from.validate_payload_format;
    l.response_information = from.response_information;
    l.server_reference = from.server_reference;
    l.redirect = from.redirect == "permanent"   ? broker::redirection::permanent
                 : from.redirect == "temporary" ? broker::redirection::temporary
                                                : broker::redirection::none;
    return l;
}

}  // namespace

result<std::unique_ptr<broker::server>> serve(const settings::all_settings& from, log_sink& log) {
    broker::server_options options;
    options.workers = from.broker.workers;
    options.event_loop = from.broker.event_loop == "epoll"      ? net::loop_kind::epoll
                         : from.broker.event_loop == "io_uring" ? net::loop_kind::io_uring
                                                                : net::loop_kind::automatic;
    options.handshake_threads = from.tls.handshake_threads;
    options.users_file = from.broker.users_file;
    options.password_login = from.broker.password_login;
    options.scram_sha_256 = !from.broker.authentication_methods.empty();  // the only one there is
    options.limits = limits_of(from.broker);
    for (const auto& text : from.broker.listen) {
        net::listen_spec spec;
        auto at = net::parse_address(text);
        if (!at) return std::unexpected(at.error());
        spec.at = std::move(*at);
        spec.tls = {from.tls.cert_file, from.tls.key_file, from.tls.ca_file, !from.tls.ca_file.empty(), from.tls.session_tickets};
        if (from.http.page) spec.pages = page_at;
        spec.origins_allowed = from.http.origins;
        spec.log = &log;
        options.listeners.push_back(std::move(spec));
    }
    return broker::server::start(options, log);
}

}  // namespace tepore::apps
