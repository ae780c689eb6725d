// What the engine has to tell. Events are collected during a call and handed out afterwards: nobody's code runs inside the engine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tepore/client.hpp"

namespace tepore::mqtt_client {

/// Names one publish, subscribe or unsubscribe of one engine; 0 names none.
using operation_id = std::uint64_t;

struct connected {
    connected_info info;
};
/// The CONNACK said no; `disconnected` follows.
struct connection_refused {
    server_goodbye said;
};
/// The broker sent DISCONNECT; `disconnected` follows.
struct server_said_goodbye {
    server_goodbye said;
};
struct disconnected {
    std::string why;  // in words; never empty
};
struct completed {
    operation_id operation = 0;
    operation_result result;
};
/// The broker granted this subscription once and refused it when it was repeated for a new session.
struct subscription_lost {
    std::string filter;
    std::uint8_t code = 0;
};

/// The object of client_options::authentication must speak; its answer goes to engine::authentication_answered().
struct authentication_asked {
    enum class question : std::uint8_t { begin, challenge, success };
    question what = question::begin;
    std::optional<std::string> data;
    std::uint32_t exchange = 0;
};

using event = std::variant<authentication_asked, connected, connection_refused, server_said_goodbye, disconnected, message, completed, subscription_lost>;

class event_list {
public:
    void add(event e) { events_.push_back(std::move(e)); }
    /// Nothing is noted for operation 0: nobody asked to be told.
    void complete(operation_id operation, operation_result result) {
        if (operation != 0) events_.emplace_back(completed{operation, std::move(result)});
    }
    [[nodiscard]] std::vector<event> take() { return std::exchange(events_, {}); }
    [[nodiscard]] bool empty() const noexcept { return events_.empty(); }

private:
    std::vector<event> events_;
};

[[nodiscard]] inline operation_result refused(std::uint8_t code, std::string text) {
    return {outcome::refused, code, {}, std::move(text)};
}

}  // namespace tepore::mqtt_client
