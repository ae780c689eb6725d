// What a client's handlers saw, and a way to wait for it. Handlers write from the client's thread, the test waits on its own.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "tepore/client.hpp"

namespace tepore::testing {

using namespace std::chrono_literals;

/// Nothing here waits longer: a test that needs it all has failed.
inline constexpr auto patience = 30s;

class witness {
public:
    [[nodiscard]] client_handlers handlers() {
        client_handlers h;
        h.on_connected = [this](const connected_info& info) { note([&] { connections.push_back(info); }); };
        h.on_disconnected = [this](std::string_view why, std::chrono::milliseconds) { note([&] { losses.emplace_back(why); }); };
        h.on_message = [this](const message& m) { note([&] { messages.push_back(m); }); };
        return h;
    }
    [[nodiscard]] completion done() {
        return [this](const operation_result& r) { note([&] { results.push_back(r); }); };
    }

    /// False when `condition` did not come true in time. It is asked with the witness locked.
    template <class Condition>
    [[nodiscard]] bool wait(Condition condition, std::chrono::milliseconds limit = patience) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, limit, condition);
    }
    [[nodiscard]] bool connected(std::size_t times = 1) {
        return wait([&] { return connections.size() >= times; });
    }
    [[nodiscard]] bool lost(std::size_t times = 1) {
        return wait([&] { return losses.size() >= times; });
    }
    [[nodiscard]] bool completed(std::size_t count) {
        return wait([&] { return results.size() >= count; });
    }
    [[nodiscard]] bool received(std::size_t count) {
        return wait([&] { return messages.size() >= count; });
    }

    template <class Change>
    void note(Change change) {
        const std::scoped_lock lock(mutex_);
        change();
        changed_.notify_all();
    }

    // Read them after a wait that says that nothing changes any more, or after stop().
    std::vector<connected_info> connections;
    std::vector<std::string> losses;
    std::vector<message> messages;
    std::vector<operation_result> results;

private:
    std::mutex mutex_;
    std::condition_variable changed_;
};

/// Subscribes and waits for the answer.
inline void subscribe_and_wait(client& c, std::string filter, mqtt_qos qos) {
    witness w;
    c.subscribe({{.filter = std::move(filter), .qos = qos}}, w.done());
    REQUIRE(w.completed(1));
    REQUIRE_MESSAGE(w.results[0].ok(), w.results[0].text);
}

}  // namespace tepore::testing
