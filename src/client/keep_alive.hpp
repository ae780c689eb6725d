// When to ask the broker whether it is still there, and when to give it up (3.1.2.10).
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"

namespace tepore::mqtt_client {

class keep_alive {
public:
    /// `interval` zero: never pings.
    void start(std::chrono::seconds interval, std::chrono::milliseconds answer_limit, monotonic now) noexcept {
        // A quarter early: the promise is about when packets arrive, not about when they were written.
        quiet_max_ = std::chrono::milliseconds(interval) * 3 / 4;
        answer_limit_ = answer_limit;
        last_sent_ = last_received_ = now;
        asked_ = false;
    }
    void stop() noexcept {
        quiet_max_ = {};
        asked_ = false;
    }

    void sent(monotonic now) noexcept { last_sent_ = now; }
    void received(monotonic now) noexcept {
        last_received_ = now;
        if (asked_) asked_at_ = now;  // the answer may stand behind other traffic: whoever talks is alive
    }
    void asked(monotonic now) noexcept {
        if (!asked_) asked_at_ = now;
        asked_ = true;
    }
    void answered() noexcept { asked_ = false; }
    /// While nobody reads from the network, silence means nothing.
    void deaf(bool yes, monotonic now) noexcept {
        deaf_ = yes;
        if (asked_) asked_at_ = now;
    }

    /// A PINGREQ is due when nothing was sent for most of the interval [MQTT-3.1.2-23], and also when nothing was received: a client that only
    /// publishes at QoS 0 would otherwise never notice that its broker is gone.
    [[nodiscard]] bool ask_due(monotonic now) const noexcept { return ask_at() <= now; }
    [[nodiscard]] bool given_up(monotonic now) const noexcept { return give_up_at() <= now; }
    [[nodiscard]] monotonic deadline() const noexcept { return std::min(ask_at(), give_up_at()); }

private:
    [[nodiscard]] monotonic ask_at() const noexcept {
        if (quiet_max_.count() == 0) return never;
        // One question at a time, except that the broker must hear something from a client that waits.
        const auto quiet_since = asked_ || deaf_ ? last_sent_ : std::min(last_sent_, last_received_);
        return quiet_since + quiet_max_;
    }
    [[nodiscard]] monotonic give_up_at() const noexcept { return asked_ && !deaf_ ? asked_at_ + answer_limit_ : never; }

    std::chrono::milliseconds quiet_max_{};
    std::chrono::milliseconds answer_limit_{};
    monotonic last_sent_{};
    monotonic last_received_{};
    monotonic asked_at_{};
    bool asked_ = false;
    bool deaf_ = false;
};

}  // namespace tepore::mqtt_client
