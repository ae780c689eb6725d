// tepore sub: subscribes and prints like mosquitto_sub.
#include <cstdio>
#include <cstdlib>

#include "apps/commands.hpp"
#include "apps/tools/link.hpp"
#include "apps/tools/subscriber.hpp"

namespace tepore::apps {

int sub_command(std::span<const std::string> arguments) {
    const char* password = std::getenv("TEPORE_MQTT_PASSWORD");
    const auto plan = tools::read_sub_plan(arguments, password != nullptr ? password : "");
    if (!plan) {
        std::fprintf(stderr, "tepore sub: %s\ntepore sub --help shows all flags\n", plan.error().message.c_str());
        return tools::exit_failure;
    }
    if (plan->help) {
        std::printf("tepore sub -t FILTER [FLAGS]\nPrints messages as they arrive.\n\n%s", settings::flags_help(tools::sub_flags()).c_str());
        return 0;
    }
    return tools::subscribe_as_planned(*plan);
}

}  // namespace tepore::apps
