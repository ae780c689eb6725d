#include "broker/server.hpp"

#include <algorithm>
#include <optional>
#include <thread>

#include "base/random.hpp"
#include "broker/users.hpp"
#include "broker/worker.hpp"
#include "net/handshake_pool.hpp"
#include "protocol/wire.hpp"
#include "sasl/base64.hpp"

namespace tepore::broker {

namespace {

/// Our part of a nonce: 144 bits, and no padding in base 64.
constexpr std::size_t nonce_bytes = 18;

login_rules login_rules_of(const server_options& options, const users& known) {
    login_rules rules;
    rules.passwords = options.password_login;
    if (!options.scram_sha_256) return rules;
    rules.scram = std::make_shared<const scram_accounts>(known.verifiers(), random_bytes<sasl::digest{}.size()>());
    rules.nonce = [] { return sasl::to_base64(random_bytes<nonce_bytes>()); };
    return rules;
}

}  // namespace

struct server::parts {
    parts(unsigned worker_count, const broker::limits& l) : shared(worker_count, l) {}
    commons shared;
    std::unique_ptr<net::handshake_pool> handshakes;  // outlives the workers, whose streams use it
    std::vector<std::unique_ptr<worker>> workers;
    std::unique_ptr<password_checker> passwords;  // ends before the workers that its answers go to
    std::vector<net::address> addresses;
};

server::server(std::unique_ptr<parts> p) : parts_(std::move(p)) {}

server::~server() {
    stop();
}

result<std::unique_ptr<server>> server::start(const server_options& options, log_sink& log) {
    for (const auto& text : {options.limits.response_information, options.limits.server_reference})
        if (text.size() > protocol::string_bytes_max || !protocol::is_valid_utf8(text))
            return failure("broker.response_information and broker.server_reference are sent to clients: at most 65535 bytes of UTF-8");
    const auto count = std::clamp(options.workers != 0 ? options.workers : std::thread::hardware_concurrency(), 1u, shards_max);
    auto p = std::make_unique<parts>(count, options.limits);
    if (!options.users_file.empty()) {
        auto known = users::load(options.users_file);
        if (!known) return std::unexpected(known.error());
        log.write(log_level::info, std::to_string(known->size()) + " users from " + options.users_file);
        p->shared.login = login_rules_of(options, *known);
        p->passwords = std::make_unique<password_checker>(std::move(*known));
        p->shared.authentication = true;
    }
    auto loops = net::make_loops(options.event_loop, count, log);
    if (!loops) return std::unexpected(std::move(loops.error()));
    for (unsigned i = 0; i < count; ++i) {
        p->workers.push_back(std::make_unique<worker>(i, p->shared, log, p->workers, p->passwords.get(), std::move((*loops)[i])));
    }
    if (std::ranges::any_of(options.listeners, [](const auto& spec) { return net::is_encrypted(spec.at.kind); })) {
        p->handshakes = std::make_unique<net::handshake_pool>(options.handshake_threads != 0 ? options.handshake_threads : count);
    }
    for (auto spec : options.listeners) {
        if (const auto prepared = net::prepare(spec, p->handshakes.get()); !prepared) return std::unexpected(prepared.error());
        // The first worker claims the port alone or fails; then the others join, and the kernel spreads the connections.
        spec.sharing = count == 1 ? net::port_sharing::alone : net::port_sharing::first;
        for (auto& w : p->workers) {
            const auto at = w->listen(spec);
            if (!at) return std::unexpected(at.error());
            if (w == p->workers.front()) p->addresses.push_back(*at);
            spec.at.port = at->port;
            spec.sharing = net::port_sharing::next;
        }
        log.write(log_level::notice, "listening on " + p->addresses.back().text());
    }
    for (auto& w : p->workers) w->run();
    return std::unique_ptr<server>(new server(std::move(p)));
}

void server::stop() {
    for (auto& w : parts_->workers) w->stop();
    for (auto& w : parts_->workers) w->join();
}

const std::vector<net::address>& server::addresses() const noexcept {
    return parts_->addresses;
}

}  // namespace tepore::broker
