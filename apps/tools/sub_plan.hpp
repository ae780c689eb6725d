// What a command line of `tepore sub` asks for, and what is done with each message that arrives. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tepore/client.hpp>

#include "apps/tools/message_format.hpp"
#include "base/result.hpp"
#include "settings/arguments.hpp"

namespace tepore::tools {

struct sub_plan {
    bool help = false;
    bool debug = false;
    bool quiet = false;
    client_options connection;
    disconnect_options goodbye;
    subscribe_details details;
    user_properties unsubscribe_user;
    std::vector<subscription> subscriptions;
    std::vector<std::string> unsubscriptions;
    std::vector<std::string> left_out;  // filters of -T
    message_format format = message_format::payload_only();
    bool end_of_line = true;
    bool skip_retained = false;
    bool only_retained = false;
    bool remove_retained = false;
    bool exit_after_suback = false;
    std::optional<std::uint32_t> count;
    std::optional<std::chrono::seconds> timeout;
};

[[nodiscard]] std::vector<settings::flag> sub_flags();
[[nodiscard]] result<sub_plan> read_sub_plan(std::span<const std::string> arguments, std::string environment_password);

struct treatment {
    bool print = false;
    bool remove = false;  // clear the retained message
    bool end = false;     // --retained-only: the first live message ends it
};
[[nodiscard]] treatment treat(const sub_plan& plan, const message& m);

}  // namespace tepore::tools
