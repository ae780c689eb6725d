// tepore pub: publishes like mosquitto_pub.
#include <cstdio>
#include <cstdlib>

#include "apps/commands.hpp"
#include "apps/tools/link.hpp"
#include "apps/tools/publisher.hpp"

namespace tepore::apps {

int pub_command(std::span<const std::string> arguments) {
    const char* password = std::getenv("TEPORE_MQTT_PASSWORD");
    const auto plan = tools::read_pub_plan(arguments, password != nullptr ? password : "");
    if (!plan) {
        std::fprintf(stderr, "tepore pub: %s\ntepore pub --help shows all flags\n", plan.error().message.c_str());
        return tools::exit_failure;
    }
    if (plan->help) {
        std::printf("tepore pub -t TOPIC (-m TEXT | -f FILE | -l | -s | -n) [FLAGS]\nPublishes messages.\n\n%s",
                    settings::flags_help(tools::pub_flags()).c_str());
        return 0;
    }
    return tools::publish_as_planned(*plan);
}

}  // namespace tepore::apps
