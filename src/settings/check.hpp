// What single values cannot tell: settings that only make sense, or are only safe, together. Pure: no file is opened, no socket.
#pragma once

#include "settings/layers.hpp"
#include "settings/load.hpp"

namespace tepore::settings {

/// Also completes what depends on other settings (see complete_run()). Empty: usable.
[[nodiscard]] mistakes check(const command& c, layered& settings);

/// `tepore run`: without broker.listen of its own, the broker listens on the two ports of [run].
void complete_run(layered& settings);

}  // namespace tepore::settings
