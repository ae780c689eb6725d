#include "apps/tools/bench_plan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <initializer_list>

#include "apps/tools/connection_flags.hpp"
#include "bench/scenario.hpp"
#include "bench/stamp.hpp"
#include "protocol/topic.hpp"

namespace tepore::tools {
namespace {

using bench::options;
using enum bench::scenario;

/// A set of scenarios.
using those = std::uint32_t;
constexpr those bit(bench::scenario s) noexcept {
    return 1u << static_cast<unsigned>(s);
}
constexpr those only(std::initializer_list<bench::scenario> list) noexcept {
    those out = 0;
    for (const auto s : list) out |= bit(s);
    return out;
}
constexpr those all = ~those{0};

struct scenario_row {
    bench::scenario which;
    const char* summary;
    void (*defaults)(options&);
};

constexpr std::array scenarios{
    scenario_row{pubsub, "publisher i to subscriber i; each waits for what is under way", [](options&) {}},
    scenario_row{fanout, "each message to all of many subscribers",
                 [](options& o) {
                     o.publishers = 1;
                     o.receivers = 1000;
                     o.window = 10;
                 }},
    scenario_row{fanin, "many publishers to one subscriber",
                 [](options& o) {
                     o.publishers = 500;
                     o.receivers = 1;
                 }},
    scenario_row{latency, "messages at a fixed rate; how long each takes from when it should have been sent", [](options&) {}},
    scenario_row{idle, "many connections that do nothing", [](options& o) { o.seconds = 3; }},
    scenario_row{match, "very many subscriptions, and messages that match few of them", [](options& o) { o.publishers = 10; }},
    scenario_row{churn, "the same, each topic a new one, while subscriptions come and go", [](options& o) { o.publishers = 10; }},
    scenario_row{retained, "retained messages are stored, and all read at once",
                 [](options& o) {
                     o.publishers = 10;
                     o.window = 100;
                 }},
    scenario_row{offline, "messages wait for clients that are away and come back",
                 [](options& o) {
                     o.qos = protocol::qos::at_least_once;
                     o.count = 1000;
                 }},
    scenario_row{overload, "pairs that talk, beside clients that stop reading and publishers without restraint", [](options& o) { o.rate = 5000; }},
};

constexpr std::uint32_t window_qos_1_2 = 20;

struct flag_row {
    settings::flag flag;
    those read_by;
    std::function<result<void>(options&, std::string_view name, const std::string& value)> take;
};

template <class Field>
auto whole(Field options::*field, std::uint32_t min, std::uint32_t max) {
    return [=](options& o, std::string_view name, const std::string& value) -> result<void> {
        const auto number = whole_number(name, value, min, max);
        if (!number) return std::unexpected(number.error());
        o.*field = static_cast<Field>(*number);
        return {};
    };
}

auto decimal(double options::*field, double min, double max) {
    return [=](options& o, std::string_view name, const std::string& value) -> result<void> {
        double number = 0;
        const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (code != std::errc() || end != value.data() + value.size() || !(number >= min && number <= max)) {
            const auto bound = [](double d) { return d < 1 && d > 0 ? std::to_string(d) : std::to_string(static_cast<std::int64_t>(d)); };
            return failure(std::string(name) + ": \"" + value + "\" is not a number from " + bound(min) + " to " + bound(max));
        }
        o.*field = number;
        return {};
    };
}

result<void> take_broker(options& o, std::string_view name, const std::string& value) {
    auto parsed = net::parse_address(value);
    if (!parsed) return failure(std::string(name) + ": " + parsed.error().message);
    o.broker = std::move(*parsed);
    return {};
}

result<void> take_pairs(options& o, std::string_view name, const std::string& value) {
    const auto number = whole_number(name, value, 1, bench::clients_max);
    if (!number) return std::unexpected(number.error());
    o.publishers = o.receivers = *number;
    return {};
}

result<void> take_qos(options& o, std::string_view name, const std::string& value) {
    const auto number = whole_number(name, value, 0, 2);
    if (!number) return std::unexpected(number.error());
    o.qos = static_cast<protocol::qos>(*number);
    return {};
}

result<void> take_shape(options& o, std::string_view name, const std::string& value) {
    if (value != "plain" && value != "deep") return failure(std::string(name) + ": \"" + value + "\" is neither plain nor deep");
    o.shape = value == "deep" ? bench::match_shape::deep : bench::match_shape::plain;
    return {};
}

result<void> take_prefix(options& o, std::string_view name, const std::string& value) {
    if (value.size() > bench::prefix_bytes_max || !protocol::check_topic_name(value) || value.front() == '$') {
        return failure(std::string(name) + ": \"" + value + "\" is not the beginning of a topic: up to " + std::to_string(bench::prefix_bytes_max) +
                       " bytes of UTF-8 text without + and #, and not beginning with $");
    }
    o.prefix = value;
    return {};
}

const std::vector<flag_row>& rows() {
    static const std::vector<flag_row> table{
        {{"--broker", "URL", "mqtt[s]://[USER[:PASSWORD]@]HOST[:PORT], ws[s]://...; without a password: TEPORE_MQTT_PASSWORD (mqtt://127.0.0.1:1883)",
          ""},
         all,
         take_broker},
        {{"--v5", "", "MQTT 5.0 instead of 3.1.1", ""},
         all,
         [](options& o, std::string_view, const std::string&) {
             o.version = protocol::version::v5;
             return result<void>();
         }},
        {{"--cafile", "FILE", "Certificates that are trusted, PEM (the system's)", ""},
         all,
         [](options& o, std::string_view, const std::string& value) {
             o.tls.ca_file = value;
             return result<void>();
         }},
        {{"--insecure", "", "Any certificate will do", ""},
         all,
         [](options& o, std::string_view, const std::string&) {
             o.tls.verify_peer = false;
             return result<void>();
         }},
        {{"--pid", "N", "The broker's process on this machine: tells its CPU time and memory as well", ""},
         all,
         whole(&options::pid, 1, 0x7fff'ffff)},
        {{"--yes", "", "The broker is neither on this machine nor in its private network, and I may put load on it", ""},
         all,
         [](options& o, std::string_view, const std::string&) {
             o.yes = true;
             return result<void>();
         }},
        {{"--prefix", "TEXT", "Topics begin with it (bench)", ""}, all, take_prefix},

        {{"--pairs", "N", "Publishers, and as many subscribers (100)", "Sizes"}, only({pubsub, latency, overload}), take_pairs},
        {{"--pubs", "N", "Publishers (fanout 1, fanin 500, match, churn and retained 10)", "Sizes"},
         only({fanout, fanin, match, churn, retained}),
         whole(&options::publishers, 1, bench::clients_max)},
        {{"--subs", "N", "Subscribers (1000)", "Sizes"}, only({fanout}), whole(&options::receivers, 1, bench::clients_max)},
        {{"--sessions", "N", "Clients that are away (100)", "Sizes"}, only({offline}), whole(&options::receivers, 1, bench::clients_max)},
        {{"--frozen", "N", "Clients that stop reading (1000)", "Sizes"}, only({overload}), whole(&options::frozen, 1, bench::clients_max)},
        {{"--flood", "N", "Messages of the flood per second (as many as the broker lets in)", "Sizes"},
         only({overload}),
         decimal(&options::flood_per_s, 1, bench::rate_max)},
        {{"--conns", "N", "Connections (10000)", "Sizes"}, only({idle}), whole(&options::connections, 1, bench::clients_max)},
        {{"--qos", "QOS", "Quality of service, 0, 1 or 2 (0; offline 1)", "Sizes"},
         only({pubsub, fanout, fanin, latency, idle, retained, offline, overload}),
         take_qos},
        {{"--window", "N", "Messages of a publisher that are under way at most (64; at QoS 1 and 2: 20; fanout 10, retained 100)", "Sizes"},
         only({pubsub, fanout, fanin, match, churn, retained, offline}),
         whole(&options::window, 1, bench::window_max)},
        {{"--count", "N", "Subscriptions or retained messages (100000); messages for each session (1000)", "Sizes"},
         only({match, churn, retained, offline}),
         whole(&options::count, 8, bench::subscriptions_max)},
        {{"--clients", "N", "Clients that they are spread over (1000)", "Sizes"},
         only({match, churn}),
         whole(&options::clients, 1, bench::clients_max)},
        {{"--per-packet", "N", "Filters in a SUBSCRIBE (20)", "Sizes"},
         only({match, churn}),
         whole(&options::filters_per_packet, 1, bench::filters_per_packet_max)},
        {{"--shape", "SHAPE", "Filters: plain, as telemetry has them, or deep, as an adversary would: up to 32 levels, half of them + (plain)",
          "Sizes"},
         only({match}),
         take_shape},
        {{"--siblings", "N", "Deep filters that differ only in which levels are + (8)", "Sizes"},
         only({match}),
         whole(&options::siblings, 1, bench::siblings_max)},
        {{"--churn", "N", "Subscriptions that come or go per second (1000)", "Sizes"},
         only({churn}),
         decimal(&options::churn_per_s, 1, bench::rate_max)},
        {{"--rate", "N", "Messages per second, all pairs together (10000; overload 5000)", "Sizes"},
         only({latency, overload}),
         decimal(&options::rate, 1, bench::rate_max)},
        {{"--payload", "BYTES", "Size of a message, at least 24 (64)", "Sizes"},
         all,
         whole(&options::payload_bytes, bench::stamp_bytes, bench::payload_bytes_max)},
        {{"--per-source", "N", "Connections from each loopback address, where the broker is on one (1000)", "Sizes"},
         all,
         whole(&options::per_source, 1, bench::clients_max)},
        {{"--concurrency", "N", "Connections that are being made at a time (128)", "Sizes"},
         all,
         whole(&options::concurrency, 1, bench::concurrency_max)},

        {{"--seconds", "S", "Measured time (5; idle 3)", "Time"}, all, decimal(&options::seconds, 0.05, bench::seconds_max)},
        {{"--warmup", "S", "Time before it, where there is traffic (1)", "Time"}, all, decimal(&options::warmup_s, 0, bench::seconds_max)},
        {{"--drain", "S", "Patience at the end for what is still on its way (10)", "Time"},
         all,
         decimal(&options::drain_s, 0.05, bench::seconds_max)},
        {{"--timeout", "S", "Patience with connecting and subscribing (60)", "Time"}, all, decimal(&options::patience_s, 0.05, bench::seconds_max)},
    };
    return table;
}

const scenario_row* find_scenario(std::string_view name) {
    const auto found = std::ranges::find_if(scenarios, [&](const scenario_row& row) { return name == bench::name_of(row.which); });
    return found == scenarios.end() ? nullptr : found;
}

std::string scenario_names() {
    std::string out;
    for (const auto& row : scenarios) out += (out.empty() ? "" : ", ") + std::string(bench::name_of(row.which));
    return out;
}

/// What only makes sense together.
result<void> check(const options& o) {
    if (o.scenario == offline && o.qos == protocol::qos::at_most_once)
        return failure("--qos 0: brokers keep messages of QoS 1 and 2 for clients that are away");
    if (o.shape == bench::match_shape::deep && (o.siblings > o.clients || o.siblings > o.count)) {
        return failure("--siblings " + std::to_string(o.siblings) + " are more than --clients or --count: each of them belongs to another client");
    }
    const auto needs = bench::demand_of(o);
    const auto too_many = [](std::uint64_t number, std::uint64_t max, const std::string& what) {
        return failure(std::to_string(number) + ' ' + what + " are more than " + std::to_string(max) + ": ask for less");
    };
    if (needs.flows > bench::flows_max)
        return too_many(needs.flows, bench::flows_max, "rows of messages to keep account of, one for each receiver of a publisher,");
    if (needs.bytes_under_way > bench::bytes_under_way_max) return too_many(needs.bytes_under_way, bench::bytes_under_way_max, "bytes under way");
    if (needs.stored_messages > bench::messages_max) return too_many(needs.stored_messages, bench::messages_max, "messages for the broker to keep");
    const auto stored_bytes = needs.stored_messages * o.payload_bytes;
    if (stored_bytes > bench::broker_bytes_max) return too_many(stored_bytes, bench::broker_bytes_max, "bytes for the broker to keep");
    return {};
}

}  // namespace

std::vector<settings::flag> bench_flags() {
    std::vector<settings::flag> out{{"scenario", "SCENARIO", "What is measured, see above", ""}};
    for (const auto& row : rows()) out.push_back(row.flag);
    out.push_back({"--json", "", "One line of JSON instead of the table; its fields are in docs/bench.md", "Other"});
    out.push_back({"--help", "", "This text", "Other"});
    return out;
}

std::string bench_scenarios_help() {
    std::string out;
    for (const auto& row : scenarios) {
        std::string name(bench::name_of(row.which));
        name.resize(10, ' ');
        out += "  " + name + row.summary + '\n';
    }
    return out;
}

result<bench_plan> read_bench_plan(std::span<const std::string> arguments, std::string environment_password) {
    const auto flags = bench_flags();
    const auto given = settings::parse_arguments(flags, arguments);
    if (!given) return std::unexpected(given.error());
    bench_plan plan;
    const scenario_row* scenario = nullptr;
    for (const auto& one : *given) {
        if (one.which->names == "--help") plan.help = true;
        if (one.which->names == "--json") plan.json = true;
        if (one.which->names != "scenario") continue;
        scenario = find_scenario(one.value);
        if (scenario == nullptr) return failure("there is no scenario \"" + one.value + "\"; there are " + scenario_names());
    }
    if (plan.help) return plan;
    if (scenario == nullptr) return failure("which scenario? One of " + scenario_names());
    auto& o = plan.options;
    o.scenario = scenario->which;
    o.broker = *net::parse_address("mqtt://127.0.0.1:1883");
    scenario->defaults(o);
    bool window_given = false;
    for (const auto& one : *given) {
        const auto row = std::ranges::find_if(rows(), [&](const flag_row& r) { return r.flag.names == one.which->names; });
        if (row == rows().end()) continue;
        const auto name = settings::long_name(row->flag);
        if ((row->read_by & bit(o.scenario)) == 0) {
            return failure(std::string(name) + " means nothing to the scenario " + std::string(bench::name_of(o.scenario)));
        }
        if (const auto taken = row->take(o, name, one.value); !taken) return std::unexpected(taken.error());
        window_given = window_given || name == "--window";
    }
    if (!window_given && o.qos != protocol::qos::at_most_once && o.scenario != retained) o.window = window_qos_1_2;
    if (o.broker.user && !o.broker.password && !environment_password.empty()) o.broker.password = std::move(environment_password);
    if (const auto usable = check(o); !usable) return std::unexpected(usable.error());
    return plan;
}

}  // namespace tepore::tools
