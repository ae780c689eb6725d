// The scenarios. Each is one straight story over a world: connect, subscribe, make traffic, wait for what is still on its way, report.
#pragma once

#include "bench/options.hpp"
#include "bench/report.hpp"
#include "bench/world.hpp"

namespace tepore::bench {

/// pubsub, fanout, fanin, latency.
void run_traffic(const options& asked, world& in, std::uint64_t run, report& into);
void run_idle(const options& asked, world& in, std::uint64_t run, report& into);
/// match, churn.
void run_match(const options& asked, world& in, std::uint64_t run, report& into);
void run_retained(const options& asked, world& in, std::uint64_t run, report& into);
void run_offline(const options& asked, world& in, std::uint64_t run, report& into);
void run_overload(const options& asked, world& in, std::uint64_t run, report& into);

/// What a run needs at most.
struct demand {
    std::uint64_t connections = 0;      // at once
    std::uint64_t flows = 0;            // of a publisher to a receiver, each with an account of what came
    std::uint64_t bytes_under_way = 0;  // payload in the generator's memory
    std::uint64_t stored_messages = 0;  // with the broker
};
[[nodiscard]] demand demand_of_traffic(const options& asked) noexcept;
[[nodiscard]] demand demand_of_idle(const options& asked) noexcept;
[[nodiscard]] demand demand_of_match(const options& asked) noexcept;
[[nodiscard]] demand demand_of_retained(const options& asked) noexcept;
[[nodiscard]] demand demand_of_offline(const options& asked) noexcept;
[[nodiscard]] demand demand_of_overload(const options& asked) noexcept;
[[nodiscard]] demand demand_of(const options& asked) noexcept;

/// The scenario that is asked for, with what all reports begin with. `run` tells this run's messages and clients from those of others.
[[nodiscard]] report run_scenario(const options& asked, world& in, std::uint64_t run);

}  // namespace tepore::bench
