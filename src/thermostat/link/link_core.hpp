// A home on MQTT, without the network: (message | connected | disconnected | tick | closing) -> messages to publish.
//
// Every command gets exactly one answer on <uid>/thermostat/result, and its state topic is published again. Nothing is published while the broker is
// away; the rooms are heated all the same, and everything is published when it is back, `online` = `true` last.
// Threads: none of its own; one caller at a time. Two times: `real` for rate limits and pacing, `here` for everything the thermostat does.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "tepore/client.hpp"
#include "thermostat/contract/contract.hpp"
#include "thermostat/contract/topics.hpp"
#include "thermostat/link/home.hpp"
#include "thermostat/link/rate_limit.hpp"

namespace tepore::thermostat {

struct link_setup {
    std::string uid;
    std::string version;
    double speed = 1.0;
    bool mqtt5 = false;
};

struct moment {
    monotonic real;
    instant here;
};

struct log_line {
    log_level level = log_level::info;
    std::string text;
};

/// What the shell has to do after a call.
struct effects {
    std::vector<message> publish;
    std::vector<log_line> log;
    bool save = false;  // a wish was granted: it must survive a crash
};

class link_core {
public:
    static constexpr double commands_a_second_max = 20.0;   // for each zone
    static constexpr std::size_t retained_topics_max = 16;  // named in the alarm
    static constexpr std::size_t correlation_bytes_max = 1024;

    link_core(link_setup setup, thermostat::home home, monotonic real);

    [[nodiscard]] message will() const;
    [[nodiscard]] std::vector<subscription> subscriptions() const;

    [[nodiscard]] effects connected(moment now);
    void disconnected(moment now);
    [[nodiscard]] effects received(const message& m, moment now);
    [[nodiscard]] effects tick(moment now);
    /// The last words before a clean DISCONNECT.
    [[nodiscard]] effects closing(moment now);

    [[nodiscard]] const thermostat::home& home() const noexcept { return home_; }

private:
    struct shown {
        std::string payload;
        std::optional<monotonic> at;  // when last; none: never
        bool due = true;              // publish even if it did not change
        bool hurry = true;            // look at it now, whatever its pace
    };
    struct zone_face {
        std::array<shown, zone_property_count> properties;
        thermostat::rate_limit limit{commands_a_second_max};
        bool state_changed = true;
    };
    struct alarm_face {
        std::vector<std::string> zones;
        wall_time since{};
    };

    void live(moment now) { home_.live_until(now.here); }
    void repair_online(effects& out, moment now);
    /// False: over the rate limit. The answer was given; the state can wait for the next tick.
    [[nodiscard]] bool answer_command(const message& m, const located& where, effects& out, moment now);
    void show_again(const located& where, bool granted, bool limited);
    void show_everything();
    [[nodiscard]] std::optional<refusal> refuse_early(const message& m, const located& where, moment now);
    [[nodiscard]] std::optional<refusal> obey(const message& m, const located& where, effects& out);
    [[nodiscard]] bool clears_retained(const message& m);
    void send_answer(const message& m, const answer& a, effects& out) const;
    void publish_all(effects& out, moment now);
    void publish_due(effects& out, moment now);
    void publish_property(std::size_t zone, property p, effects& out, monotonic real);
    void publish_outdoor(effects& out, monotonic real);
    void publish_alarms(effects& out, bool all);
    void publish_retained_alarm(effects& out);
    void publish_info(effects& out) const;
    void note(effects& out, log_level level, std::string text) const;
    [[nodiscard]] zone_view view(std::size_t zone) const;
    [[nodiscard]] std::string payload(std::size_t zone, property p) const { return print(p, view(zone)); }

    link_setup setup_;
    thermostat::home home_;
    topics topics_;
    wall_time started_;
    std::vector<zone_face> faces_;
    shown outdoor_;
    std::array<alarm_face, alarm_count> alarms_;
    std::vector<std::string> retained_topics_;
    wall_time retained_since_{};
    bool retained_changed_ = false;
    bool connected_ = false;
    bool online_due_ = false;  // somebody else said that we are offline
    monotonic online_repaired_{};
};

}  // namespace tepore::thermostat
