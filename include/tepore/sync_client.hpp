// The blocking face of the client: each call returns when its answer is there, or when its time is over.
//
//   tepore::sync_client c({.address = "mqtt://127.0.0.1"});
//   if (auto r = c.connect(); !r.ok()) return complain(r.text);
//   c.subscribe("home/+/temperature");
//   while (auto m = c.receive(std::chrono::seconds(10))) show(m->topic, m->payload);
//
// Threads: any number of threads may use one object. There is no callback: the client's thread never runs user code.
// When time is over: the operation goes on in the background, and what becomes of it is not told (outcome unknown). It keeps its
// place in the queue.
// Reconnecting goes on by itself, as with the client; subscriptions are repeated.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tepore/client.hpp"

namespace tepore {

class sync_client {
public:
    using milliseconds = std::chrono::milliseconds;

    /// Received messages that wait for receive(). Above this nothing more is read from the broker, which then keeps them. (What one read brought, at
    /// most 256 KiB, is kept above it.) Answers to publish() wait behind them too: who subscribes must receive.
    static constexpr std::size_t inbox_messages_max = 1000;

    explicit sync_client(client_options options);
    ~sync_client();  // stop() with 2 s
    sync_client(const sync_client&) = delete;
    sync_client& operator=(const sync_client&) = delete;

    /// Waits until connected. Refused: unusable options, or the broker's no to CONNECT (`code`). Expired: not within `limit`; `text` tells the latest
    /// reason. In the background it goes on trying in any case, except with unusable options.
    operation_result connect(milliseconds limit = std::chrono::seconds(10));
    operation_result publish(message m, milliseconds limit = std::chrono::seconds(10));
    operation_result publish(std::string topic, std::string payload, mqtt_qos qos = mqtt_qos::at_least_once,
                             milliseconds limit = std::chrono::seconds(10));
    operation_result subscribe(std::vector<subscription> filters, milliseconds limit = std::chrono::seconds(10));
    operation_result subscribe(std::string filter, mqtt_qos qos = mqtt_qos::at_least_once, milliseconds limit = std::chrono::seconds(10));
    operation_result unsubscribe(std::vector<std::string> filters, milliseconds limit = std::chrono::seconds(10));
    /// As client::reauthenticate().
    operation_result reauthenticate(milliseconds limit = std::chrono::seconds(10));
    /// The oldest message not yet received. Empty when none came within `limit`, or when the client is stopped and none is left.
    [[nodiscard]] std::optional<message> receive(milliseconds limit);
    /// As client::stop(). Threads that wait in receive() return.
    bool stop(milliseconds limit = std::chrono::seconds(2));

    [[nodiscard]] bool connected() const noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tepore
