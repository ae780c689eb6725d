#include <cstdio>
#include <string>
#include <vector>

#include "apps/commands.hpp"

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (!arguments.empty() && arguments[0] == "broker") return tepore::apps::broker_command(std::span(arguments).subspan(1));
    std::fputs("usage: tepore broker ...\n", stderr);
    return 1;
}
