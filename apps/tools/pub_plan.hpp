// What a command line of `tepore pub` asks for. Pure.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include <tepore/client.hpp>

#include "base/result.hpp"
#include "settings/arguments.hpp"

namespace tepore::tools {

enum class payload_source : std::uint8_t { none, text, file, lines, input, empty };

struct pub_plan {
    bool help = false;
    bool debug = false;
    bool quiet = false;
    client_options connection;
    disconnect_options goodbye;
    message pattern;  // topic, QoS, retain, properties; the payload of -m
    payload_source source = payload_source::none;
    std::string file;
    std::uint32_t repeat = 1;
    std::chrono::milliseconds repeat_delay{0};
};

[[nodiscard]] std::vector<settings::flag> pub_flags();
[[nodiscard]] result<pub_plan> read_pub_plan(std::span<const std::string> arguments, std::string environment_password);

}  // namespace tepore::tools
