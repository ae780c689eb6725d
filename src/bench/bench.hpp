// `tepore bench` below its command line: finds the broker, runs the scenario, hands back what came out.
#pragma once

#include "base/result.hpp"
#include "bench/options.hpp"
#include "bench/report.hpp"

namespace tepore::bench {

/// May take minutes. An error says why nothing could be measured at all.
[[nodiscard]] result<report> run(const options& asked);

}  // namespace tepore::bench
