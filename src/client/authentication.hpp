// Enhanced authentication (5.0: 4.12) as the engine sees it: which AUTH may come, and which goes out. The method itself is the user's object. It is
// asked by an event and answers by a call, so that neither user code nor the work of a password runs inside the engine.
//
//   connecting --CONNACK--> proving --proven--> standing --reauthenticate()--> beginning --AUTH 0x19--> again --AUTH 0x00--> proving_again -->
//   standing
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "client/event.hpp"
#include "client/link.hpp"
#include "protocol/frame.hpp"
#include "tepore/authentication.hpp"

namespace tepore::mqtt_client {

class authentication {
public:
    /// `method` empty: there is none, and no AUTH is ever sent [MQTT5-4.12.0-7].
    explicit authentication(std::string method) : method_(std::move(method)) {}

    [[nodiscard]] const std::string& method() const noexcept { return method_; }
    void connection_begins() noexcept;
    void connection_lost(event_list& events);

    [[nodiscard]] protocol::decoded<void> on_auth(const protocol::auth& asked, event_list& events);
    /// An accepting CONNACK waits, and all that follows it, until its data are proven: true. The engine hands it in again when they are.
    [[nodiscard]] bool holds(const protocol::frame& connack, event_list& events);
    /// What is wrong with the method that CONNACK names.
    [[nodiscard]] protocol::decoded<void> check(const protocol::connack& answer) const;
    /// The broker refused: its DISCONNECT.
    void refused(std::uint8_t code, const std::string& why, event_list& events);

    /// The answer to an event. An error is why the connection must end. True: the held CONNACK can be read.
    [[nodiscard]] result<bool> answered(std::uint32_t exchange, authentication_step step, link& link, event_list& events);

    /// REQUIRES a connection that stands. Not empty: why not.
    [[nodiscard]] std::optional<std::string> begin_again(operation_id operation, monotonic answer_by, event_list& events);
    /// Of a re-authentication.
    [[nodiscard]] monotonic deadline() const noexcept { return deadline_; }
    [[nodiscard]] bool busy() const noexcept { return phase_ == phase::beginning || phase_ == phase::again || phase_ == phase::proving_again; }

private:
    enum class phase : std::uint8_t { none, connecting, proving, standing, beginning, again, proving_again };

    void ask(authentication_asked::question what, std::optional<std::string> data, event_list& events);
    [[nodiscard]] result<bool> put_auth(protocol::reason code, const std::optional<std::string>& data, link& link) const;
    void end(operation_result r, event_list& events);

    std::string method_;
    phase phase_ = phase::none;
    bool asked_ = false;          // the user's object has not answered yet
    std::uint32_t exchange_ = 0;  // tells answers that come too late
    operation_id operation_ = 0;  // the re-authentication
    monotonic deadline_ = never;
};

}  // namespace tepore::mqtt_client
