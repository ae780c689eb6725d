#include "bench/bench.hpp"

#include "base/random.hpp"
#include "bench/scenario.hpp"
#include "bench/stage.hpp"

namespace tepore::bench {
namespace {

std::uint64_t run_number() {
    std::uint64_t out = 0;
    for (const auto byte : random_bytes<8>()) out = out << 8 | byte;
    return out;
}

}  // namespace

result<report> run(const options& asked) {
    const auto broker = find_broker(asked.broker, asked.yes);
    if (!broker) return std::unexpected(broker.error());
    auto world = stage::create(asked, *broker, static_cast<std::uint32_t>(demand_of(asked).connections));
    if (!world) return std::unexpected(world.error());
    return run_scenario(asked, **world, run_number());
}

}  // namespace tepore::bench
