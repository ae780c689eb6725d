// The broker that a client test is run against: Debian's mosquitto, or the program that the environment variable TEPORE_TEST_BROKER names, which is
// our own. CTest runs the same tests with both; what differs is in docs/interop.md.
#pragma once

#include <algorithm>

#include "support/mosquitto.hpp"

namespace tepore::testing {

/// What a test asks of a broker.
enum class need : std::uint8_t {
    long_queues,               // as long as it gets: no message is dropped
    sessions_on_disk,          // sessions outlive the broker's process
    nobody_gets_in,            // every CONNECT is refused
    goodbyes,                  // 5.0: DISCONNECT before a client that is taken over is closed
    receive_maximum_at_qos_2,  // 5.0: never more unacknowledged messages than the client takes
};

class any_broker : public broker_process {
public:
    explicit any_broker(const std::vector<need>& needs = {}) { launch(own() ? own_command(needs) : mosquitto_command(needs)); }

    /// Ours.
    [[nodiscard]] static bool own() { return std::getenv("TEPORE_TEST_BROKER") != nullptr; }
    /// Whether the broker can do that at all.
    [[nodiscard]] static bool has(need what) {
        if (what == need::sessions_on_disk) return !own();
        return own() || (what != need::goodbyes && what != need::receive_maximum_at_qos_2);
    }

private:
    [[nodiscard]] static bool contains(const std::vector<need>& needs, need what) { return std::ranges::find(needs, what) != needs.end(); }

    [[nodiscard]] std::vector<std::string> own_command(const std::vector<need>& needs) const {
        std::vector<std::string> words{std::getenv("TEPORE_TEST_BROKER"),
                                       "broker",
                                       "--listen",
                                       "tcp://127.0.0.1:" + std::to_string(port()),
                                       "--listen",
                                       "ws://127.0.0.1:" + std::to_string(websocket_port()),
                                       "--data",
                                       directory().string()};
        if (contains(needs, need::long_queues)) words.insert(words.end(), {"--queue-messages-max", "100000"});
        if (contains(needs, need::nobody_gets_in)) {
            const auto users = directory() / "users";
            std::ofstream{users};
            words.insert(words.end(), {"--users-file", users.string()});
        }
        return words;
    }

    [[nodiscard]] std::vector<std::string> mosquitto_command(const std::vector<need>& needs) const {
        std::vector<std::string> lines{std::string("allow_anonymous ") + (contains(needs, need::nobody_gets_in) ? "false" : "true")};
        if (contains(needs, need::long_queues)) lines.emplace_back("max_queued_messages 0");
        if (contains(needs, need::sessions_on_disk)) lines.emplace_back("persistence true");
        return mosquitto::command(*this, lines);
    }
};

}  // namespace tepore::testing
