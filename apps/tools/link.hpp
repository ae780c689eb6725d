// A client for a command that does one thing and ends: what became of the connection, told to the main thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include <tepore/client.hpp>

#include "apps/tools/wait_point.hpp"

namespace tepore::tools {

/// Exit codes of mosquitto's tools: 0, the reason code with which the broker refused, 27 for a timeout, 1 for anything else.
inline constexpr int exit_failure = 1;
inline constexpr int exit_timeout = 27;

/// How the command is going to end. The first verdict stands. Threads: any.
class verdict {
public:
    explicit verdict(wait_point& waiting) : waiting_(waiting) {}

    /// `why` is printed to standard error; empty: nothing is.
    void end(int exit_code, std::string why = {});
    [[nodiscard]] bool ended() const;
    void note_connected();
    [[nodiscard]] bool was_connected() const;
    void note_refused(std::uint8_t code);
    [[nodiscard]] std::optional<int> refusal() const;
    [[nodiscard]] int exit_code() const;
    [[nodiscard]] std::string why() const;

private:
    mutable std::mutex lock_;
    wait_point& waiting_;
    std::optional<int> refusal_;
    bool connected_ = false;
    bool ended_ = false;
    int exit_code_ = 0;
    std::string why_;
};

/// Handlers that end the command when the first connection fails; a connection that was there once is restored by the client.
[[nodiscard]] client_handlers handlers_of(verdict& verdict, bool debug);

/// The exit code for an operation that was not acknowledged.
[[nodiscard]] int exit_code_of(const operation_result& result) noexcept;

}  // namespace tepore::tools
