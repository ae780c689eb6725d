// Enhanced authentication (5.0: 4.12) as the shards see it: what is offered, and where one connection stands.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "broker/scram_accounts.hpp"
#include "sasl/scram_server.hpp"

namespace tepore::broker {

/// How clients may log in where users are configured.
struct login_rules {
    bool passwords = true;                        // user name and password in CONNECT
    std::shared_ptr<const scram_accounts> scram;  // null: SCRAM-SHA-256 is not offered
    std::function<std::string()> nonce;           // fresh and unguessable at each call, from any thread; REQUIRED with scram
};

/// Of a connection whose CONNECT named a method. Lives as long as the connection: it may authenticate again.
struct authentication {
    std::string method;
    std::string user_name;                       // that was proven; empty before
    std::optional<sasl::scram_server> exchange;  // under way
    bool without_verifier = false;               // the exchange cannot succeed, and the log should say why
    monotonic deadline = never;                  // of the exchange
    std::vector<std::uint8_t> connect;           // the packet, until its exchange is over
    std::string last_data;                       // that CONNACK carries
};

}  // namespace tepore::broker
