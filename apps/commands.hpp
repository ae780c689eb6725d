// The commands of `tepore`. Each takes what stands after its name and returns the process's exit code.
#pragma once

#include <span>
#include <string>

namespace tepore {

using arguments = std::span<const std::string>;

[[nodiscard]] int run_command(arguments given);
[[nodiscard]] int broker_command(arguments given);
[[nodiscard]] int thermostat_command(arguments given);
[[nodiscard]] int remote_command(arguments given);
[[nodiscard]] int pub_command(arguments given);
[[nodiscard]] int sub_command(arguments given);
[[nodiscard]] int passwd_command(arguments given);

}  // namespace tepore
