// The commands of `tepore`. Each takes what follows its name, and returns the exit code of the process.
#pragma once

#include <span>
#include <string>

namespace tepore::apps {

int broker_command(std::span<const std::string> arguments);
int thermostat_command(std::span<const std::string> arguments);
int run_command(std::span<const std::string> arguments);
int pub_command(std::span<const std::string> arguments);
int sub_command(std::span<const std::string> arguments);
int remote_command(std::span<const std::string> arguments);
int bench_command(std::span<const std::string> arguments);
int passwd_command(std::span<const std::string> arguments);

}  // namespace tepore::apps
