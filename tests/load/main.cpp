// tepore_load many|chaos|garbage --port P [--clients N] [--seconds S] [--seed X] [--ws-port P]
// Exit code 0 when everything held, 1 when not, 2 for a wrong command line. One line of JSON tells what was found.
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "load/chaos.hpp"
#include "load/garbage.hpp"
#include "load/many.hpp"

namespace {

using namespace tepore::load;

constexpr std::size_t spare_descriptors = 1'000;

using settings = std::map<std::string, std::uint64_t, std::less<>>;

std::optional<settings> parse(int count, char** arguments) {
    settings found = {{"port", 0}, {"ws-port", 0}, {"clients", 0}, {"seconds", 0}, {"seed", 1}};
    for (int i = 2; i + 1 < count; i += 2) {
        const std::string_view name = arguments[i];
        const std::string_view value = arguments[i + 1];
        const auto at = name.starts_with("--") ? found.find(name.substr(2)) : found.end();
        if (at == found.end()) return std::nullopt;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), at->second);
        if (error != std::errc{} || end != value.data() + value.size()) return std::nullopt;
    }
    if (count < 2 || count % 2 != 0 || found["port"] == 0) return std::nullopt;
    return found;
}

std::optional<outcome> run(std::string_view test, settings& s) {
    const auto port = static_cast<std::uint16_t>(s["port"]);
    const auto clients = static_cast<unsigned>(s["clients"]);
    const auto seconds = static_cast<unsigned>(s["seconds"]);
    if (test == "many") {
        many_options o{.port = port};
        if (clients != 0) o.clients = clients;
        if (seconds != 0) o.seconds = seconds;
        if (!swarm::allow_descriptors(o.clients + spare_descriptors))
            return outcome{false, R"({"test":"many","ok":false,"problem":"too few descriptors"})"};
        return many(o);
    }
    if (test == "chaos") {
        chaos_options o{.port = port, .seed = s["seed"]};
        if (clients != 0) o.clients = clients;
        if (seconds != 0) o.seconds = seconds;
        if (!swarm::allow_descriptors(o.clients * 2 + spare_descriptors))
            return outcome{false, R"({"test":"chaos","ok":false,"problem":"too few descriptors"})"};
        return chaos(o);
    }
    if (test == "garbage") {
        garbage_options o{.port = port, .ws_port = static_cast<std::uint16_t>(s["ws-port"]), .seed = s["seed"]};
        if (seconds != 0) o.seconds = seconds;
        return garbage(o);
    }
    return std::nullopt;
}

}  // namespace

int main(int count, char** arguments) {
    std::signal(SIGPIPE, SIG_IGN);
    auto found = parse(count, arguments);
    const auto result = found ? run(arguments[1], *found) : std::nullopt;
    if (!result) {
        std::fputs("usage: tepore_load many|chaos|garbage --port P [--clients N] [--seconds S] [--seed X] [--ws-port P]\n", stderr);
        return 2;
    }
    std::puts(result->json.c_str());
    return result->good ? 0 : 1;
}
