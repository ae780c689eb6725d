#include "bench/scenario.hpp"

#include <array>

namespace tepore::bench {
namespace {

struct entry {
    scenario which;
    std::string_view name;
    void (*run)(const options&, world&, std::uint64_t, report&);
    demand (*needs)(const options&) noexcept;
};

constexpr std::array scenarios{
    entry{scenario::pubsub, "pubsub", run_traffic, demand_of_traffic},
    entry{scenario::fanout, "fanout", run_traffic, demand_of_traffic},
    entry{scenario::fanin, "fanin", run_traffic, demand_of_traffic},
    entry{scenario::latency, "latency", run_traffic, demand_of_traffic},
    entry{scenario::idle, "idle", run_idle, demand_of_idle},
    entry{scenario::match, "match", run_match, demand_of_match},
    entry{scenario::churn, "churn", run_match, demand_of_match},
    entry{scenario::retained, "retained", run_retained, demand_of_retained},
    entry{scenario::offline, "offline", run_offline, demand_of_offline},
    entry{scenario::overload, "overload", run_overload, demand_of_overload},
};

const entry& entry_of(scenario s) noexcept {
    for (const auto& e : scenarios) {
        if (e.which == s) return e;
    }
    return scenarios.front();
}

std::string_view name_of(protocol::version v) noexcept {
    return v == protocol::version::v5 ? "5.0" : "3.1.1";
}

}  // namespace

std::string_view name_of(scenario s) noexcept {
    return entry_of(s).name;
}

demand demand_of(const options& asked) noexcept {
    return entry_of(asked.scenario).needs(asked);
}

report run_scenario(const options& asked, world& in, std::uint64_t run) {
    report out;
    out.text("scenario", name_of(asked.scenario), "scenario");
    out.text("broker", asked.broker.text(), "broker");
    out.text("mqtt", name_of(asked.version), "MQTT");
    out.count("qos", static_cast<std::uint64_t>(asked.qos), "QoS");
    out.count("payload_bytes", asked.payload_bytes, "payload", "bytes");
    entry_of(asked.scenario).run(asked, in, run, out);
    return out;
}

}  // namespace tepore::bench
