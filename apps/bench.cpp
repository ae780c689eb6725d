// tepore bench: measures a broker, ours or any other.
#include "bench/bench.hpp"

#include <cstdio>
#include <cstdlib>

#include "apps/commands.hpp"
#include "apps/tools/bench_plan.hpp"

namespace tepore::apps {

int bench_command(std::span<const std::string> arguments) {
    const char* password = std::getenv("TEPORE_MQTT_PASSWORD");
    const auto plan = tools::read_bench_plan(arguments, password != nullptr ? password : "");
    if (!plan) {
        std::fprintf(stderr, "tepore bench: %s\ntepore bench --help shows all flags\n", plan.error().message.c_str());
        return static_cast<int>(bench::verdict::trouble);
    }
    if (plan->help) {
        std::printf(
            "tepore bench SCENARIO [FLAGS]\n"
            "Measures a broker, and checks that every message arrives, once, in order and as it was sent.\n\n%s\n%s",
            tools::bench_scenarios_help().c_str(), settings::flags_help(tools::bench_flags()).c_str());
        return 0;
    }
    const auto report = bench::run(plan->options);
    if (!report) {
        std::fprintf(stderr, "tepore bench: %s\n", report.error().message.c_str());
        return static_cast<int>(bench::verdict::trouble);
    }
    std::fputs((plan->json ? report->json() + '\n' : report->table()).c_str(), stdout);
    return static_cast<int>(report->how());
}

}  // namespace tepore::apps
