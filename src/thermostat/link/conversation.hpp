// A thermostat to talk to in a test: the real link and home, no sockets, no threads, time moved by hand. Tests read like a conversation:
//
//   talk t;
//   t.connects();
//   t.hears("setpoint/set", "21.5");
//   CHECK(t.answer()["ok"] == true);
//   CHECK(t.retained["home1/thermostat/setpoint"] == "21.5");
#pragma once

#include <doctest/doctest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "thermostat/link/link_core.hpp"

namespace tepore::thermostat::testing {

using namespace std::chrono_literals;

struct talk_options {
    house_class house = house_class::medium;
    law controller = law::pi;
    sensor_source source = sensor_source::own;
    std::vector<std::string> zones{""};
    double speed = 1.0;
    bool mqtt5 = false;
};

inline const wall_time monday = std::chrono::sys_days(std::chrono::year(2026) / std::chrono::November / 23);

inline home make_home(const talk_options& o, instant now) {
    std::vector<room_setup> rooms;
    for (const auto& id : o.zones) {
        zone_memory memory;
        memory.settings.controller = o.controller;
        memory.schedule = ordinary_week({});
        rooms.push_back({.id = id,
                         .name = "Room " + id,
                         .defaults = {},
                         .source = o.source,
                         .memory = memory,
                         .house = simulated_house(o.house, 7, season::annual)});
    }
    return {time_zone(), std::move(rooms), now};
}

class talk {
public:
    explicit talk(talk_options o = {})
        : options_(o),
          now_{monotonic{} + 1h, {monotonic{}, monday}},
          core({.uid = "home1", .version = "0.1.0", .speed = o.speed, .mqtt5 = o.mqtt5}, make_home(o, now_.here), now_.real) {}

    void connects() { take(core.connected(now_)); }
    void loses_the_broker() { core.disconnected(now_); }
    void says_goodbye() { take(core.closing(now_)); }

    /// A message from the broker; `topic` below home1/thermostat.
    void hears(const std::string& topic, const std::string& payload, bool retain = false) {
        message m{.topic = "home1/thermostat/" + topic, .payload = payload, .retain = retain, .properties = {}};
        hears_message(m);
    }
    void hears_message(const message& m) { take(core.received(m, now_)); }

    /// The world's time moves, a tick every 100 ms at most; the thermostat's time follows `speed` times as fast.
    void passes(duration d) {
        while (d > 0s) {
            const auto tick = std::min<duration>(d, options_.speed > 1.0 ? 100ms : 1s);
            d -= tick;
            now_.real += tick;
            const auto lived = std::chrono::duration_cast<duration>(tick * options_.speed);
            now_.here = {now_.here.steady + lived, now_.here.wall + std::chrono::duration_cast<wall_time::duration>(lived)};
            take(core.tick(now_));
        }
    }

    /// The one answer since the last call. Fails the test when there is none or more than one.
    nlohmann::json answer() {
        REQUIRE(answers.size() == 1);
        auto only = answers.front();
        answers.clear();
        return only;
    }
    std::string error() {
        const auto a = answer();
        REQUIRE(a["ok"] == false);
        REQUIRE(a["message"].is_string());
        return a["error"];
    }
    [[nodiscard]] std::string state(const std::string& name) const {
        const auto found = retained.find("home1/thermostat/" + name);
        return found == retained.end() ? "(nothing)" : found->second;
    }
    [[nodiscard]] std::size_t published(const std::string& name) const {
        std::size_t count = 0;
        for (const auto& m : sent) count += m.topic == "home1/thermostat/" + name ? 1u : 0u;
        return count;
    }
    [[nodiscard]] const zone_status& status(std::size_t zone = 0) const { return core.home().rooms()[zone].zone.status(); }
    [[nodiscard]] moment now() const { return now_; }

    std::map<std::string, std::string> retained;  // as a broker would keep it
    std::vector<nlohmann::json> answers;
    std::vector<message> sent;  // everything, in order; the test clears it
    bool saved = false;

private:
    void take(effects&& out) {
        saved = saved || out.save;
        for (auto& m : out.publish) {
            CHECK(m.topic.ends_with("/set") == false);
            if (m.topic == "home1/thermostat/result") {
                CHECK_FALSE(m.retain);
                CHECK(m.qos == mqtt_qos::at_least_once);
                answers.push_back(nlohmann::json::parse(m.payload));
            } else if (m.retain) {
                CHECK(m.qos == mqtt_qos::at_least_once);
                if (m.payload.empty()) retained.erase(m.topic);
                if (!m.payload.empty()) retained[m.topic] = m.payload;
            }
            sent.push_back(std::move(m));
        }
    }

    talk_options options_;
    moment now_;

public:
    link_core core;
};

}  // namespace tepore::thermostat::testing
