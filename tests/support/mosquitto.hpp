// Debian's mosquitto as a foreign broker in a test.
//
//   mosquitto broker({"max_inflight_messages 20"});
//   client c({.address = broker.url()}, ...);
#pragma once

#include "support/broker_process.hpp"

namespace tepore::testing {

class mosquitto : public broker_process {
public:
    static constexpr const char* program = "/usr/sbin/mosquitto";

    [[nodiscard]] static bool available() { return ::access(program, X_OK) == 0; }

    /// `lines` are added to the configuration; anonymous clients are let in.
    explicit mosquitto(std::vector<std::string> lines = {}) {
        lines.emplace_back("allow_anonymous true");
        launch(command(*this, lines));
    }

    /// Writes the configuration of a mosquitto for `place`, and says how to start it.
    [[nodiscard]] static std::vector<std::string> command(const broker_process& place, const std::vector<std::string>& lines) {
        const auto path = place.directory() / "mosquitto.conf";
        std::ofstream config(path);
        if (::geteuid() == 0) config << "user root\n";
        config << "set_tcp_nodelay true\n"
               << "listener " << place.port() << " 127.0.0.1\n"
               << "listener " << place.websocket_port() << " 127.0.0.1\nprotocol websockets\n"
               << "persistence_location " << place.directory().string() << "/\n";
        for (const auto& line : lines) config << line << '\n';
        return {program, "-v", "-c", path.string()};
    }
};

}  // namespace tepore::testing
