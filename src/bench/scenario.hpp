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

/// How many connections it holds at once.
[[nodiscard]] std::uint32_t connections_of(const options& asked) noexcept;

/// The scenario that is asked for, with what all reports begin with. `run` tells this run's messages and clients from those of others.
[[nodiscard]] report run_scenario(const options& asked, world& in, std::uint64_t run);

}  // namespace tepore::bench
