// What is known, as one line of JSON for programs.
#pragma once

#include <string>

#include "remote/terminal/home.hpp"

namespace tepore::remote {

/// {"uid":"home1","broker":"connected","online":true,"name":"Living room","temperature":20.7,"setpoint":21.0,"mode":"heat",...,"alarms":[...]}
/// What is not known is null. Without end of line.
[[nodiscard]] std::string json_line(const home& h);

}  // namespace tepore::remote
