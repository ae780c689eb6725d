#include "apps/commands.hpp"
#include "apps/serve.hpp"
#include "apps/service.hpp"

namespace tepore::apps {

int broker_command(std::span<const std::string> arguments) {
    const auto ready = prepare(settings::broker_command(), arguments);
    if (ready.exit) return *ready.exit;
    auto server = serve(ready.settings, *ready.log);
    if (!server) return give_up(settings::exit_code::bind, server.error().message);
    wait_for_end();
    return 0;
}

}  // namespace tepore::apps
