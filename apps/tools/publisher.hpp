// Publishes what a plan says and waits until the broker has taken it.
#pragma once

#include "apps/tools/pub_plan.hpp"

namespace tepore::tools {

/// Returns the exit code. Prints errors unless the plan is quiet.
[[nodiscard]] int publish_as_planned(const pub_plan& plan);

}  // namespace tepore::tools
