// tepore pub: publishes like mosquitto_pub.
#include <cstdio>
#include <cstdlib>

#include "commands.hpp"
#include "tools/link.hpp"
#include "tools/publisher.hpp"

namespace tepore {

int pub_command(arguments given) {
    const char* password = std::getenv("TEPORE_MQTT_PASSWORD");
    const auto plan = tools::read_pub_plan(given, password != nullptr ? password : "");
    if (!plan) {
        std::fprintf(stderr, "tepore pub: %s\ntepore pub --help shows all flags\n", plan.error().message.c_str());
        return tools::exit_failure;
    }
    if (plan->help) {
        std::printf("tepore pub -t TOPIC (-m TEXT | -f FILE | -l | -s | -n) [FLAGS]\nPublishes messages.\n\n%s", settings::flags_help(tools::pub_flags()).c_str());
        return 0;
    }
    return tools::publish_as_planned(*plan);
}

}  // namespace tepore
