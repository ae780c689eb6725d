#pragma once

#include "settings/settings.hpp"
#include "thermostat/link/runner.hpp"

namespace tepore::apps {

[[nodiscard]] thermostat::run_options options_of(const settings::thermostat_settings& from);

}  // namespace tepore::apps
