// Subscribes as a plan says and prints what arrives.
#pragma once

#include "apps/tools/sub_plan.hpp"

namespace tepore::tools {

/// Returns the exit code. Messages go to standard output, errors to standard error unless the plan is quiet.
[[nodiscard]] int subscribe_as_planned(const sub_plan& plan);

}  // namespace tepore::tools
