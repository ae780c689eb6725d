// What a command line of `tepore bench` asks for. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bench/options.hpp"
#include "settings/arguments.hpp"

namespace tepore::tools {

struct bench_plan {
    bool help = false;
    bool json = false;
    bench::options options;
};

[[nodiscard]] std::vector<settings::flag> bench_flags();
/// `environment_password`: what is used when the broker's URL names a user and no password.
[[nodiscard]] result<bench_plan> read_bench_plan(std::span<const std::string> arguments, std::string environment_password);
/// The list of scenarios, one a line.
[[nodiscard]] std::string bench_scenarios_help();

}  // namespace tepore::tools
