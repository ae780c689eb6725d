#include "bench/scenario.hpp"

#include <array>

namespace tepore::bench {
namespace {

struct entry {
    scenario which;
    std::string_view name;
    void (*run)(const options&, world&, std::uint64_t, report&);
};

constexpr std::array scenarios{
    entry{scenario::pubsub, "pubsub", run_traffic},   entry{scenario::fanout, "fanout", run_traffic},
    entry{scenario::fanin, "fanin", run_traffic},     entry{scenario::latency, "latency", run_traffic},
    entry{scenario::idle, "idle", run_idle},          entry{scenario::match, "match", run_match},
    entry{scenario::churn, "churn", run_match},       entry{scenario::retained, "retained", run_retained},
    entry{scenario::offline, "offline", run_offline}, entry{scenario::overload, "overload", run_overload},
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

std::uint32_t connections_of(const options& asked) noexcept {
    switch (asked.scenario) {
        case scenario::idle: return asked.connections + 1;
        case scenario::match: return asked.publishers + asked.clients;
        case scenario::churn: return asked.publishers + asked.clients + churners;
        case scenario::retained: return asked.publishers + 1;
        case scenario::offline: return 2 * asked.receivers;
        case scenario::overload: return 2 * asked.publishers + asked.frozen + flooders + 1;
        default: return asked.publishers + asked.receivers;
    }
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
